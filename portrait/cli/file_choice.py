"""What ``portrait photo`` and ``portrait batch`` share: the options of how a photo becomes a portrait."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portrait.cli.options import (
    BlurRadius,
    Chosen,
    Command,
    People,
    PresetName,
    Strength,
    Subject,
    choose_people,
    with_preset,
    with_settings,
    with_strength,
)
from portrait.core.people.people_choice import PeopleChoice
from portrait.settings import Settings, SettingValue, file_options, replace_settings
from portrait.settings.subject import split_subject

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.photo.options import FileOptions


@dataclass(frozen=True, slots=True)
class FileChoice:
    """What was chosen on the command line.

    Attributes
    ----------
    values
        Settings by key that were given, by an option of their own, a strength or a preset.
    blur_radius_px
        As in `portrait.photo.options.FileOptions`.
    people
        Who stays sharp; None: it was not said.
    subject
        Names of the classes of the subject.
    """

    values: Chosen
    blur_radius_px: float | None
    people: PeopleChoice | None
    subject: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        """The built-in settings, changed by the values."""
        return replace_settings(Settings(), self.values)

    @property
    def model(self) -> str | None:
        """Name or path of the model; None for the quality's own."""
        return self.settings.model or None

    def with_value(self, key: str, value: SettingValue) -> "FileChoice":
        """The choice with one more value."""
        return replace(self, values={**self.values, key: value})

    def open_engine(self, threads: int | None = None) -> "PortraitEngine":
        """Open the engine; ``threads`` as `portrait.engine.open_engine` takes them."""
        from portrait.engine import open_engine

        return open_engine(self.model, threads=threads, subject=self.subject)

    def file_options(self, **others: Any) -> "FileOptions":
        """How a photo becomes a portrait, with further fields of `portrait.photo.options.FileOptions`."""
        people = choose_people(self.people, self.subject)
        options = replace(file_options(self.settings), blur_radius_px=self.blur_radius_px, people=people, **others)
        return replace(options, camera_matte="off") if self.subject else options


def _shared(
    preset: PresetName = None,
    blur_radius_px: BlurRadius = None,
    strength: Strength = None,
    people: People = None,
    subject: Subject = "",
) -> None:
    """The options of `FileChoice` beside those of the settings, for their signature."""


def with_file_choice(*keys: str) -> Callable[[Command], Command]:
    """Decorator that adds the options of a `FileChoice`, with these rows of the settings table, to a command.

    The command receives them as its keyword argument ``chosen``.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(
            *,
            chosen: Chosen,
            preset: str | None,
            blur_radius_px: float | None,
            strength: float | None,
            people: PeopleChoice | None,
            subject: str,
            **arguments: Any,
        ) -> None:
            values = with_preset(with_strength(chosen, strength), preset)
            choice = FileChoice(values, blur_radius_px, people, split_subject(subject))
            command(chosen=choice, **arguments)

        own, shared = (inspect.signature(function).parameters.values() for function in (command, _shared))
        run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        return with_settings(*keys)(run)

    return decorate
