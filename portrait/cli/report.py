"""Output of the commands: JSON and tables on stdout, messages to the user on stderr."""

import json
import sys
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from portrait.errors import PortraitError
from portrait.language import tr

if TYPE_CHECKING:
    from rich.console import Console

    from portrait.photo.report import FileReport


_UNLIMITED_CHARS = 10_000
_CONTROLS = (*range(ord("\t")), *range(ord("\n") + 1, 32), *range(127, 160))
_SHOWN_CONTROLS = dict.fromkeys(_CONTROLS, "\N{REPLACEMENT CHARACTER}")
"""Control characters, which a file name could hold: sent to a terminal they would move its cursor or colour it."""


def say(text: str) -> None:
    """Write a line for the user to stderr, without control characters."""
    if sys.stderr is not None:  # as in a window without a console on Windows
        sys.stderr.write(f"{text.translate(_SHOWN_CONTROLS)}\n")
        sys.stderr.flush()


def say_error(error: PortraitError, about: PurePath | None = None) -> None:
    """Write an error in the form that all commands share: what happened, and what to do next."""
    prefix = f"{about}: " if about is not None and str(about) not in error.message else ""
    say(tr("error: {message}", message=f"{prefix}{error.message}"))
    if error.hint:
        say(tr("hint: {hint}", hint=error.hint))


def say_portrait(report: "FileReport") -> None:
    """Write one line for a finished file, and one for each of its warnings."""
    seconds = sum(report.timings_ms.values()) / 1000.0
    say(
        tr(
            "{input} -> {output} ({width} × {height}, {time_s:.1f} s)",
            input=report.input,
            output=report.output,
            width=report.width,
            height=report.height,
            time_s=seconds,
        )
    )
    for warning in report.warnings:
        say(tr("warning: {message}", message=f"{report.input.name}: {warning}"))


def print_json(values: Mapping[str, object]) -> None:
    """Print one JSON object on one line, in ASCII, for stdout may not be able to encode every file name."""
    sys.stdout.write(f"{json.dumps(values)}\n")
    sys.stdout.flush()


def failure_json(source: PurePath, target: PurePath, error: PortraitError) -> Mapping[str, object]:
    """The JSON object for a file that failed."""
    return {
        "input": str(source),
        "output": str(target),
        "status": "failed",
        "error": error.message,
        "hint": error.hint,
    }


def open_console() -> "Console":
    """A console on stdout. Without a terminal its width is unlimited, where rich would wrap tables at 80 columns."""
    from rich.console import Console

    return Console(width=None if Console().is_terminal else _UNLIMITED_CHARS)
