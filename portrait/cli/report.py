"""What the commands say: results as JSON on stdout, everything for the eye on stderr."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from portrait.errors import PortraitError

if TYPE_CHECKING:
    from rich.console import Console

    from portrait.photo.report import FileReport


_UNLIMITED_CHARS = 10_000


def say(text: str) -> None:
    """A line for the eye."""
    typer.echo(text, err=True)


def say_error(error: PortraitError, about: Path | None = None) -> None:
    """An error in the one form that all commands share: what happened, and what to do next."""
    prefix = f"{about}: " if about is not None and str(about) not in error.message else ""
    say(f"error: {prefix}{error.message}")
    if error.hint:
        say(f"hint: {error.hint}")


def say_portrait(report: "FileReport") -> None:
    """One line for a finished file, and one for each of its warnings."""
    seconds = sum(report.timings_ms.values()) / 1000.0
    say(f"{report.input} -> {report.output} ({report.width} × {report.height}, {seconds:.1f} s)")
    for warning in report.warnings:
        say(f"warning: {report.input.name}: {warning}")


def print_json(values: Mapping[str, object]) -> None:
    """One object on one line, in ASCII: stdout may refuse a file name that is no text, and end the command."""
    typer.echo(json.dumps(values))


def failure_json(source: Path, target: Path, error: PortraitError) -> Mapping[str, object]:
    """What stands in the JSON output for a file without a portrait."""
    return {
        "input": str(source),
        "output": str(target),
        "status": "failed",
        "error": error.message,
        "hint": error.hint,
    }


def open_console() -> "Console":
    """A console on stdout, as wide as its tables where that is no terminal: rich would take 80 columns."""
    from rich.console import Console

    return Console(width=None if Console().is_terminal else _UNLIMITED_CHARS)
