"""The help of the commands, and usage errors, in the user's language.

Typer composes its texts from the commands at the start, in English, and has no catalogue; they are translated when they
are shown.
"""

import re
from collections.abc import Iterator
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from portrait.language import current_language, mark, tr

if TYPE_CHECKING:
    from rich.text import Text

    Base = TyperCommand
else:
    Base = object

_DEFAULT = mark("{text} Default: {value}.")

_COMPOSED = (
    _DEFAULT,
    mark("Invalid value for {name}: {reason}"),
    mark("Missing argument {name}."),
    mark("Missing option {name}."),
    mark("No such option: {name} (Possible options: {names})"),
    mark("No such option: {name}"),
    mark("No such command {name}. Did you mean {names}?"),
    mark("No such command {name}."),
    mark("Option {name} requires an argument."),
    mark("Option {name} does not take a value."),
    mark("Got unexpected extra argument(s) ({words})"),
    mark("Missing command."),
    mark("Input should be greater than or equal to {limit}"),
    mark("Input should be less than or equal to {limit}"),
    mark("Input should be a valid integer, {reason}"),
    mark("Input should be a valid number, {reason}"),
    mark("unable to parse string as an integer"),
    mark("unable to parse string as a number"),
    mark("Value error, {value} is not one of {values}."),
)
"""Texts that typer and pydantic compose, and the app's own with a default; they stand as typer 0.29 writes them."""

_FIXED = {
    "DEFAULT_STRING": mark("[default: {}]"),
    "REQUIRED_LONG_STRING": mark("[required]"),
    "ARGUMENTS_PANEL_TITLE": mark("Arguments"),
    "OPTIONS_PANEL_TITLE": mark("Options"),
    "COMMANDS_PANEL_TITLE": mark("Commands"),
    "ERRORS_PANEL_TITLE": mark("Error"),
    "RICH_HELP": mark("Try [blue]'{command_path} {help_option}'[/] for help."),
}
"""The fixed texts of `typer.rich_utils`, by their names there."""

_OWN_HELP = (mark("Show this message and exit."), mark("[OPTIONS]"), mark("COMMAND [ARGS]..."))
"""Of typer too, but found in the commands themselves."""


def with_default(text: str, value: object) -> str:
    """English help of an option, with its default."""
    return _DEFAULT.format(text=text, value=value)


def translate(text: str) -> str:
    """Translate an English text that may be composed of others; one that is unknown is returned as it is."""
    if (whole := tr(text)) != text:
        return whole
    for template in _COMPOSED:
        if found := _pattern(template).fullmatch(text):
            values = {name: translate(value) for name, value in found.groupdict().items()}
            return tr(template, **values) if values else tr(template)
    return text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What a format string with named fields can become."""
    parts = (re.escape(text) + (f"(?P<{name}>.+?)" if name else "") for text, name, _, _ in Formatter().parse(template))
    return re.compile("".join(parts), re.DOTALL)


class _Translated(Base):
    """Translates what a command shows of itself."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = " ".join(translate(piece) for piece in self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=tr("Usage: "))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate_fixed_texts()
        for described in (self, *self.get_params(ctx), *_subcommands(self)):
            for name in ("help", "epilog"):
                if text := getattr(described, name, None):
                    setattr(described, name, translate(text))
        super().format_help(ctx, formatter)


class TranslatedCommand(_Translated, TyperCommand):
    """A command whose help is in the user's language."""


class TranslatedGroup(_Translated, TyperGroup):
    """The commands, whose help is in the user's language."""


def show_usage_error(error: typer.TyperException) -> None:
    """Write to stderr what is wrong with a command line, as typer does it."""
    from typer import rich_utils

    _translate_fixed_texts()
    text = translate(error.format_message())
    rich_utils.rich_format_error(_UsageError(text, getattr(error, "ctx", None)))


class _UsageError(typer.BadParameter):
    """An error that is shown by its text alone."""

    def format_message(self) -> str:
        return self.message


def _subcommands(command: object) -> Iterator[object]:
    yield from getattr(command, "commands", {}).values()


def _translate_fixed_texts() -> None:
    """Set the fixed texts of the help.

    WORKAROUND: typer asks gettext for them when it is imported, in the environment's language and without a catalogue
    (https://github.com/fastapi/typer/blob/master/typer/rich_utils.py).

    WORKAROUND: rich counts letters where it takes away the space behind a wrapped line. Of letters that are two columns
    wide the last word is then cut off (https://github.com/Textualize/rich/blob/master/rich/text.py, ``rstrip_end``).
    """
    from rich.text import Text
    from typer import rich_utils

    if current_language() != "en" or _FIXED["OPTIONS_PANEL_TITLE"] != rich_utils.OPTIONS_PANEL_TITLE:
        for name, text in _FIXED.items():
            setattr(rich_utils, name, tr(text))
        Text.rstrip_end = _strip_to_width  # type: ignore[method-assign]


def _strip_to_width(self: "Text", size: int) -> None:
    """Take away spaces at the end of a line until it is ``size`` columns wide."""
    while self.cell_len > size and self.plain.endswith(" "):
        self.right_crop(1)
