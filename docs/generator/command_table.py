"""What a Typer application takes, read from the signatures of its commands, as plain data."""

import enum
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo

_WORDS = {float: "NUMBER", int: "N", str: "TEXT", Path: "PATH"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or an option.

    Attributes
    ----------
    names
        ``("--output", "-o")``; of an argument the word that usage shows.
    values
        What it takes, ``auto|50..200``; empty for a switch.
    help
        One or two sentences.
    default
        The value without it; empty where the help tells, or where there is none.
    is_option, is_required, is_repeated
        Whether it is an option, has to be given, and takes several values.
    """

    names: tuple[str, ...]
    values: str
    help: str
    default: str
    is_option: bool
    is_required: bool
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A command with all that it takes."""

    name: str
    help: str
    parameters: tuple[Parameter, ...]

    @property
    def usage(self) -> str:
        """The line of usage: what must be given, and where the rest goes."""
        words = [_usage_word(parameter) for parameter in self.parameters]
        return " ".join([self.name, *filter(None, words), "[OPTIONS]"])


def read_commands(application: typer.Typer) -> tuple[Command, ...]:
    """Read all commands of an application, in the order in which they were added."""
    return tuple(_read_command(info.name, info.callback) for info in application.registered_commands)


def _read_command(name: str | None, callback: Callable[..., Any] | None) -> Command:
    if name is None or callback is None:
        raise ValueError("a command without name or function")
    return Command(name, _first_paragraph(callback), tuple(_read_parameters(callback)))


def _first_paragraph(callback: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(callback) or "").split("\n\n")[0].split())


def _read_parameters(callback: Callable[..., Any]) -> Iterator[Parameter]:
    # `with_settings` gives a command a signature of its own, with real types: no text is left to resolve there.
    hints = get_type_hints(callback, include_extras=True)
    for parameter in inspect.signature(callback).parameters.values():
        annotation = hints.get(parameter.name, parameter.annotation)
        if get_origin(annotation) is Annotated:
            kind, info = get_args(annotation)[:2]
            yield _read_parameter(parameter, kind, info)


def _read_parameter(parameter: inspect.Parameter, kind: Any, info: OptionInfo | ArgumentInfo) -> Parameter:
    inner, is_repeated = _inner_type(kind)
    is_required = parameter.default is inspect.Parameter.empty
    return Parameter(
        _names(parameter.name, inner, info),
        _values(inner, info),
        info.help or "",
        "" if is_required or info.show_default is False else _default(parameter.default),
        isinstance(info, OptionInfo),
        is_required,
        is_repeated,
    )


def _inner_type(kind: Any) -> tuple[Any, bool]:
    """The type of one value, and whether several are taken: ``list[Path] | None`` gives Path and True."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is list:
        return get_args(kind)[0], True
    return kind, False


def _names(name: str, kind: Any, info: OptionInfo | ArgumentInfo) -> tuple[str, ...]:
    if isinstance(info, ArgumentInfo):
        return ((info.metavar or name.upper()).strip("[]"),)
    option = "--" + name.strip("_").replace("_", "-")
    # The first name that a command declares stands where a default would, for Annotated options have theirs behind "=".
    declared = tuple(word for word in (info.default, *(info.param_decls or ())) if str(word).startswith("-"))
    return declared or ((option, f"--no-{option[2:]}") if kind is bool else (option,))


def _values(kind: Any, info: OptionInfo | ArgumentInfo) -> str:
    if kind is bool or isinstance(info, ArgumentInfo):
        return ""
    if info.metavar:
        return info.metavar
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return "|".join(str(member.value) for member in kind)
    if info.min is not None:
        return f"{info.min:g}..{'' if info.max is None else format(info.max, 'g')}"
    return _WORDS.get(kind, "TEXT")


def _default(value: Any) -> str:
    if value is None or value is False or value in ("", ()):
        return ""
    if value is True:
        return "on"
    return str(value.value if isinstance(value, enum.Enum) else value)


def _usage_word(parameter: Parameter) -> str:
    if parameter.is_option:
        return f"{parameter.names[0]} {parameter.values}" if parameter.is_required else ""
    word = parameter.names[0] + ("..." if parameter.is_repeated else "")
    return word if parameter.is_required else f"[{word}]"
