"""Which generated page stands where, and which are not current."""

from collections.abc import Mapping
from pathlib import Path

import typer
from command_table import read_commands
from man_page import man_page
from pages import commands_page, python_page, settings_page

from portrait.cli.commands import make_application

_APP = (
    "Without a command, `portrait [PHOTO]...` opens the app, with the photos if given. `-h` or `--help` behind a "
    "command shows the same as this page.\n\n"
    "It ends with 0 when all went well, 1 when something was wrong with what was given or some files failed, 2 when "
    "the command was written wrongly, 70 after a bug, and 130 when it was stopped by Ctrl-C."
)
_EXPORT = (
    "Training and export need the extra `export`: `pip install '.[export]'`. An option that takes several values takes "
    "them in a row: `--data A B C`. For several processes or GPUs: `torchrun --standalone --nproc-per-node N -m export "
    "train ...`."
)


def app_pages() -> dict[str, str]:
    """Text of every page that needs no torch to be made, by its place below ``docs``."""
    commands = read_commands(make_application())
    return {
        "reference/settings.md": settings_page(),
        "reference/commands.md": commands_page("Commands", _APP, "portrait", commands),
        "reference/python.md": python_page(),
        "reference/portrait.1": man_page(commands),
    }


def export_pages(application: typer.Typer) -> dict[str, str]:
    """Text of the page on ``python -m export``, whose application needs torch."""
    page = commands_page("Training and export", _EXPORT, "python -m export", read_commands(application))
    return {"reference/export.md": page}


def stale_pages(docs: Path, pages: Mapping[str, str]) -> list[str]:
    """Names of the pages that are missing below ``docs`` or hold another text."""
    return [name for name, text in pages.items() if _text_of(docs / name) != text]


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
