"""From the query of a request to the options of a portrait: the rows of the settings table, by the options' names."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from portrait.core.people.people_choice import PEOPLE_FORM, PeopleChoice
from portrait.errors import SettingsError
from portrait.language import tr
from portrait.photo.options import FileOptions
from portrait.settings import FIELDS, SettingField, Settings, file_options, replace_setting

_LEFT_OUT = frozenset({"model", "max_megapixels", "live_source", "live_quality", "live_cpu_percent", "save.content"})
"""Rows with an option that are not the client's to choose: what the server runs, and how much it takes."""


def _is_closed(row: SettingField) -> bool:
    """Whether a row takes numbers, words or a form only: free text may be the path of a file of the server."""
    return bool(row.choices or row.form) or row.minimum is not None


OFFERED: Mapping[str, SettingField] = {
    row.option.removeprefix("--").replace("-", "_"): row
    for row in FIELDS
    if row.option and row.key not in _LEFT_OUT and not row.key.startswith("live_") and _is_closed(row)
}
"""Names in a query, and their rows."""

PEOPLE = "people"
_YES = frozenset({"", "1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


def choose_options(query: Iterable[tuple[str, str]], max_megapixels: float) -> FileOptions:
    """Options of one portrait from the names and values of a query.

    Raises
    ------
    SettingsError
        A name that is unknown or comes twice, a value that cannot be used, or a picture of the server's disk as
        background.
    """
    settings, people, seen = Settings(), PeopleChoice(), set()
    for name, text in query:
        if name in seen:
            raise SettingsError(tr("{name} stands in the query twice", name=name))
        seen.add(name)
        if name == PEOPLE:
            people = _parse_people(text)
        elif name in OFFERED:
            settings = _replace(settings, OFFERED[name], text)
        else:
            raise SettingsError(
                tr("there is no option {name}", name=name),
                tr("It takes {values}.", values=", ".join([*OFFERED, PEOPLE])),
            )
    options = file_options(settings)
    if options.background.path is not None:
        raise SettingsError(
            tr("a picture as background is not taken over HTTP"), tr("Ask for a transparent one, and put it behind.")
        )
    return replace(options, people=people, max_megapixels=max_megapixels)


def parameter_schema(row: SettingField) -> dict[str, Any]:
    """The JSON schema of a row, as OpenAPI has it."""
    if row.is_flag:
        return {"type": "boolean", "default": False}
    if row.choices:
        return {"type": "string", "enum": list(row.choices), "default": row.default}
    if row.minimum is None:
        return {"type": "string", "default": row.default}
    kind = "integer" if isinstance(row.default, int) else "number"
    number: dict[str, Any] = {"type": kind, "minimum": row.minimum, "maximum": row.maximum}
    if not row.can_be_auto:
        return {**number, "default": row.default}
    return {"anyOf": [number, {"type": "string", "enum": [row.auto_word]}], "default": row.default}


def _replace(settings: Settings, row: SettingField, text: str) -> Settings:
    if row.is_flag and text.lower() in _YES | _NO:
        return replace_setting(settings, row.key, row.choices[-1 if text.lower() in _YES else 0])
    return replace_setting(settings, row.key, row.parse(text))


def _parse_people(text: str) -> PeopleChoice:
    try:
        return PeopleChoice.parse(text)
    except ValueError as exc:
        raise SettingsError(tr("{text!r} cannot be used. It takes {values}.", text=text, values=PEOPLE_FORM)) from exc
