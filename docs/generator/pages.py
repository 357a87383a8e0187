"""The pages of the reference as text, made from the settings table, the commands and the public names."""

import re
from collections.abc import Iterable, Sequence

from command_table import Command, Parameter

import portrait
from portrait.settings import FIELDS, SettingField

MARK = "<!-- Made by docs/generator. Change what it describes, then run: make reference -->"


def settings_page() -> str:
    """Every setting: key of the file, label in the window, option, values and default."""
    introduction = (
        "The window keeps what you choose in a settings file, one JSON object with the keys below. The command line "
        "starts from the defaults, never from that file, so that a script makes the same picture on every machine.\n\n"
        "| system | settings file |\n|---|---|\n"
        "| Linux | `~/.config/portrait/settings.json` |\n"
        "| macOS | `~/Library/Application Support/portrait/settings.json` |\n"
        "| Windows | `%LOCALAPPDATA%\\portrait\\settings.json` |\n\n"
        "A value that cannot be used is named at the start, and the file is put aside as `settings.broken.json`."
    )
    heads = ("key", "in the window", "option", "takes", "default", "what it does")
    return _page("Settings", introduction, _table(heads, map(_setting_cells, FIELDS)))


def commands_page(title: str, introduction: str, program: str, commands: Sequence[Command]) -> str:
    """Every command of a program, with usage and a table of what it takes."""
    overview = _table(
        ("command", "what it does"), [(f"[`{c.name}`](#{_anchor(program, c.name)})", c.help) for c in commands]
    )
    return _page(title, introduction, overview, *(_command_section(program, command) for command in commands))


def python_page() -> str:
    """The public names of the package; mkdocstrings puts their docstrings in place."""
    introduction = (
        "Everything here is imported from `portrait` itself; a name is loaded when it is first used. Images are uint8 "
        "`(H, W, 3)`, sRGB, in the order RGB; a matte is float32 `(H, W)`, 0 background to 1 person."
    )
    names = sorted(portrait.__all__, key=lambda name: (name[0].isupper(), name))
    return _page("Python", introduction, *(f"::: portrait.{name}" for name in names))


def _command_section(program: str, command: Command) -> str:
    arguments = [(_names(p), p.help) for p in command.parameters if not p.is_option]
    options = [(_names(p), _option_values(p), _with_default(p)) for p in command.parameters if p.is_option]
    parts = [f"## {program} {command.name}", command.help, f"    {program} {command.usage}"]
    if arguments:
        parts.append(_table(("argument", "what it is"), arguments))
    if options:
        parts.append(_table(("option", "takes", "what it does"), options))
    return "\n\n".join(parts)


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([MARK, f"# {title}", *parts]) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [heads, ["---"] * len(heads), *([_in_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _in_cell(text: str) -> str:
    """A text that stays inside its cell: the bar would end it, and a bracket may be taken for HTML."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _anchor(program: str, name: str) -> str:
    return re.sub(r"[-\s]+", "-", f"{program} {name}".lower())


def _names(parameter: Parameter) -> str:
    names = ", ".join(f"`{name}`" for name in parameter.names)
    return f"{names} (needed)" if parameter.is_required and parameter.is_option else names


def _option_values(parameter: Parameter) -> str:
    return _values(parameter.values) + (", several" if parameter.is_repeated else "")


def _values(values: str) -> str:
    """``auto|50..200`` as code, without the bar."""
    return ", ".join(f"`{value}`" for value in values.split("|")) if values else ""


def _with_default(parameter: Parameter) -> str:
    return f"{parameter.help} Default: {parameter.default}.".strip() if parameter.default else parameter.help


def _setting_cells(row: SettingField) -> tuple[str, ...]:
    option = f"`{row.option}`" if row.option else ""
    return f"`{row.key}`", row.label, option, _setting_values(row), _shown(row), row.help


def _setting_values(row: SettingField) -> str:
    return _values(row.allowed) + (f" {row.unit}" if row.unit else "")


def _shown(row: SettingField) -> str:
    return f"`{row.default}`" if row.default != "" else "empty"
