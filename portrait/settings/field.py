"""One row of the table of settings."""

from collections.abc import Callable
from dataclasses import dataclass

from portrait.errors import SettingsError
from portrait.language import tr
from portrait.settings.model import AUTO, Settings, SettingValue, read_setting


@dataclass(frozen=True, slots=True)
class SettingField:
    """One row of the table: what a setting is called, and which values it takes.

    Attributes
    ----------
    key
        Dotted path in `Settings`, and the key in the file.
    label, help
        For the window, and for ``--help``.
    option
        Option of the command line; empty where there is none.
    minimum, maximum
        Range of a number, ends included.
    step, stops
        Where the number's widget halts: at even steps, or at these values.
    can_be_auto
        Whether the number may be left to the picture, as ``auto``.
    choices
        The words a choice takes; empty for numbers and free text.
    unit
        Shown behind the number, and may be written there.
    prefix
        May be written before the number, as ``f/``.
    auto_word
        What stands for "auto" on a command line.
    is_flag
        Whether the option takes no value and chooses the last of the choices.
    form, check
        How a text must be written, and what raises ValueError where it is not; empty and none for free text.
    """

    key: str
    label: str
    help: str
    option: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    stops: tuple[float, ...] = ()
    can_be_auto: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    prefix: str = ""
    auto_word: str = AUTO
    is_flag: bool = False
    form: str = ""
    check: Callable[[str], object] | None = None

    @property
    def default(self) -> SettingValue:
        """The built-in value."""
        return read_setting(Settings(), self.key)

    @property
    def allowed(self) -> str:
        """The values it takes, in the words of ``--help``: ``1.4..16``, ``auto|50..200``, ``fast|fine``, ``TEXT``."""
        if self.choices:
            return "|".join(self.choices)
        if self.minimum is None or self.maximum is None:
            return self.form or "TEXT"
        numbers = f"{self.minimum:g}..{self.maximum:g}"
        return f"{self.auto_word}|{numbers}" if self.can_be_auto else numbers

    def require(self, value: object) -> SettingValue:
        """Return ``value`` as the type of this setting.

        Raises
        ------
        SettingsError
            It is of another type, or not one of the values allowed.
        """
        allowed = self._allowed_text(value) if isinstance(value, str) else self._allowed_number(value)
        if allowed is None:
            raise SettingsError(
                tr("{key} cannot be {value!r}", key=self.key, value=value),
                tr("It takes {values}.", values=self.allowed),
            )
        return allowed

    def parse(self, text: str) -> SettingValue:
        """Read the value as it stands on a command line.

        Raises
        ------
        SettingsError
            Not a number where one is needed, or not one of the values allowed.
        """
        if self.minimum is None or text in (AUTO, self.auto_word):
            return self.require(text)
        try:
            number = text.strip().lower().removeprefix(self.prefix).removesuffix(self.unit.lower())
            return self.require(float(number))
        except ValueError as exc:
            message = tr("{key} must be a number, got {text!r}", key=self.key, text=text)
            raise SettingsError(message, tr("It takes {values}.", values=self.allowed)) from exc

    def _allowed_text(self, text: str) -> str | None:
        if self.minimum is not None:
            return AUTO if self.can_be_auto and text in (AUTO, self.auto_word) else None
        return text if (not self.choices or text in self.choices) and self._has_form(text) else None

    def _has_form(self, text: str) -> bool:
        try:
            if self.check is not None:
                self.check(text)
        except ValueError:
            return False
        return True

    def _allowed_number(self, value: object) -> float | int | None:
        if self.minimum is None or self.maximum is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.minimum <= value <= self.maximum:
            return None
        number = int(value) if isinstance(self.default, int) else float(value)
        return number if number == value else None
