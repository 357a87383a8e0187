"""The manual page portrait(1), in the macros of man(7)."""

from collections.abc import Sequence

from command_table import Command, Parameter

from portrait import __version__

_INTRODUCTION = (
    "Portrait finds the people in a picture and puts what is behind them out of focus, as a lens does. Without a "
    "command it opens the app, with the photos if given. Everything runs on this computer; nothing is sent."
)
_EXIT_STATUS = (
    ("0", "All went well."),
    ("1", "Something was wrong with what was given, or some files failed."),
    ("2", "The command was written wrongly."),
    ("70", "A bug; the log file holds the details."),
    ("130", "Stopped by Ctrl-C."),
)


def man_page(commands: Sequence[Command]) -> str:
    """The whole page: name, synopsis, description, every command with its options, exit status."""
    lines = ['.\\" Made by docs/generator. Change what it describes, then run: make reference']
    lines += [f'.TH PORTRAIT 1 "" "Portrait {__version__}" "User commands"']
    lines += [".SH NAME", "portrait \\- portrait mode for photos, webcams, videos and folders"]
    lines += [".SH SYNOPSIS", ".B portrait", "[PHOTO...]", ".br", ".B portrait", "COMMAND [ARGUMENTS] [OPTIONS]"]
    lines += [".SH DESCRIPTION", _escape(_INTRODUCTION), ".SH COMMANDS"]
    for command in commands:
        lines += _command_lines(command)
    lines += [".SH EXIT STATUS"]
    for number, meaning in _EXIT_STATUS:
        lines += [".TP", f".B {number}", meaning]
    return "\n".join(lines) + "\n"


def _command_lines(command: Command) -> list[str]:
    lines = [f'.SS "portrait {_escape(command.usage)}"', _escape(command.help)]
    for parameter in command.parameters:
        lines += [".TP", _head(parameter), _escape(_text(parameter))]
    return lines


def _head(parameter: Parameter) -> str:
    names = ", ".join(f"\\fB{_escape(name)}\\fR" for name in parameter.names)
    return f"{names} \\fI{_escape(parameter.values)}\\fR" if parameter.values else names


def _text(parameter: Parameter) -> str:
    return f"{parameter.help} Default: {parameter.default}." if parameter.default else parameter.help


def _escape(text: str) -> str:
    """A text in which no character is taken for a request or for a hyphen where a minus is meant."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text
