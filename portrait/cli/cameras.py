"""``portrait cameras``: the sources of the live view."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli.report import open_console, print_json, say
from portrait.language import mark, tr

if TYPE_CHECKING:
    from portrait.capture import SourceEntry

_HEADINGS = (mark("id"), mark("name"), mark("kind"), mark("formats"))
_KINDS = {"camera": mark("camera"), "synthetic": mark("synthetic")}


def show_cameras(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a source.")] = False,
) -> None:
    """Show the cameras and other sources that `live --source` takes."""
    from portrait.capture import list_sources

    sources = list_sources()
    if as_json:
        for source in sources:
            print_json({"id": source.id, "name": source.name, "kind": source.kind, "formats": source.formats})
        return
    _print_table(sources)


def _print_table(sources: Sequence["SourceEntry"]) -> None:
    from rich.table import Table

    table = Table(*map(tr, _HEADINGS), box=None, pad_edge=False)
    for source in sources:
        table.add_row(source.id, source.name, tr(_KINDS.get(source.kind, source.kind)), ", ".join(source.formats))
    open_console().print(table)
    if not any(source.kind == "camera" for source in sources):
        say(tr("No camera was found. Plug one in; where another program uses it, close that program."))
