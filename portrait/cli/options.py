"""Options of the command line, made from the settings table."""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, TypeAlias

import typer

from portrait.cli.translation import with_default
from portrait.core.lens.thin_lens import strength_to_f_number
from portrait.core.people.people_choice import PEOPLE_FORM, PeopleChoice
from portrait.errors import SettingsError
from portrait.language import tr
from portrait.settings import FIELDS, SettingField, SettingValue, setting_field
from portrait.settings.presets import find_preset

BLUR_KEYS = tuple(row.key for row in FIELDS if row.key.startswith("blur."))
LOOK_KEYS = ("background", *BLUR_KEYS, "model")
BACKDROP_KEYS = tuple(row.key for row in FIELDS if row.key.startswith("backdrop."))
FILE_KEYS = (
    *LOOK_KEYS,
    *BACKDROP_KEYS,
    "quality",
    "camera_matte",
    "raw",
    "grain",
    "ground",
    "depth_model",
    "focus",
    "focal_range",
    *(row.key for row in FIELDS if row.key.startswith("save.")),
    "max_megapixels",
)

BlurRadius: TypeAlias = Annotated[
    float | None,
    typer.Option(min=0.0, help="Radius of the blur disk in pixels of the input; overrides the f-number."),
]
People: TypeAlias = Annotated[
    PeopleChoice | None,
    typer.Option(
        parser=lambda text: _parse_people(text),
        metavar=PEOPLE_FORM,
        help=with_default(
            "Who stays sharp: those whom the photo is of, everybody, or people by number, 1 being the largest; "
            "--json lists them.",
            PeopleChoice().group,
        ),
        show_default=False,
    ),
]
Subject: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="CLASS[,CLASS]",
        help=with_default(
            "What stays sharp, such as person,dog,car: the 20 classes of portrait-classes, or those of your --model.",
            "people",
        ),
        show_default=False,
    ),
]
Strength: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Strength of the blur, 0 to 1: stands for an f-number, from f/16 to f/1.4; 0.85 is f/2."
    ),
]
PresetName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME|FILE.json",
        help="A ready-made look, see the command presets, or a file of your own. Options that are given too win.",
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON to stdout, one object a line.")]

Chosen: TypeAlias = Mapping[str, SettingValue]
Command: TypeAlias = Callable[..., None]


def with_settings(*keys: str) -> Callable[[Command], Command]:
    """Decorator that adds options to a command, one for each of these rows of the settings table.

    The command receives the options that the user gave as its keyword argument ``chosen``: values by dotted key.
    """

    def decorate(command: Command) -> Command:
        # The command's own parameters, and those of the settings.
        own = [parameter for name, parameter in inspect.signature(command).parameters.items() if name != "chosen"]
        added = {key: _parameter(setting_field(key)) for key in keys}

        @functools.wraps(command)
        def run(**arguments: Any) -> None:
            given = {key: arguments.pop(parameter.name) for key, parameter in added.items()}
            values = {key: _flag_value(key, value) for key, value in given.items()}
            command(chosen={key: value for key, value in values.items() if value is not None}, **arguments)

        # Typer reads the options from signature and annotations.
        parameters = [*own, *added.values()]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _flag_value(key: str, given: SettingValue | bool | None) -> SettingValue | None:
    """The value that a given option chooses; None for an option, or a flag, that was not given."""
    if isinstance(given, bool):
        return setting_field(key).choices[-1] if given else None
    return given


def choose_people(people: PeopleChoice | None, subject: Collection[str]) -> PeopleChoice:
    """Who of the subjects stays sharp: by default all where a subject was named, else the main people."""
    return people or PeopleChoice("all" if subject else "main")


def with_strength(chosen: Chosen, strength: float | None) -> Chosen:
    """The chosen settings with the f-number that a strength stands for; a usage error beside a chosen f-number."""
    if strength is None:
        return chosen
    if "blur.f_number" in chosen:
        raise typer.BadParameter(tr("give a strength or an f-number, not both"), param_hint="--strength")
    return {**chosen, "blur.f_number": strength_to_f_number(strength)}


def with_preset(chosen: Chosen, name: str | None) -> Chosen:
    """The settings of a preset, by name or file, where they were not chosen themselves."""
    return chosen if name is None else {**find_preset(name).values, **chosen}


def _parse_people(text: str) -> PeopleChoice:
    try:
        return PeopleChoice.parse(text)
    except ValueError as exc:
        raise typer.BadParameter(
            tr("{text!r} cannot be used. It takes {values}.", text=text, values=PEOPLE_FORM)
        ) from exc


def _parameter(row: SettingField) -> inspect.Parameter:
    """The option of one setting, as a parameter of a command."""

    def parse(text: str) -> SettingValue:
        try:
            return row.parse(text)
        except SettingsError as exc:
            raise typer.BadParameter(tr("{text!r} cannot be used. {hint}", text=text, hint=exc.hint)) from exc

    text = row.help if row.default == "" else with_default(row.help, row.default)
    name = row.option.removeprefix("--").replace("-", "_")
    if row.is_flag:
        flag = typer.Option(row.option, help=row.help, show_default=False)
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, flag])
    option = typer.Option(row.option, parser=parse, metavar=row.allowed, help=text, show_default=False)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[type(row.default) | None, option],
    )
