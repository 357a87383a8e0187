"""``portrait presets``: list the looks that ``--preset`` takes by name."""

from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli.report import open_console, print_json, say
from portrait.language import tr
from portrait.settings.presets import list_presets, presets_folder

if TYPE_CHECKING:
    from portrait.settings.presets import Preset


def show_presets(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON to stdout, one object a line.")] = False,
) -> None:
    """Show the looks that `--preset` takes by name, the built-in ones and your own."""
    from rich.table import Table

    presets = list_presets()
    if as_json:
        for preset in presets:
            print_json(_to_json_dict(preset))
        return
    table = Table(tr("name"), tr("options"), box=None, pad_edge=False)
    for preset in presets:
        table.add_row(preset.name, preset.described() or tr("the defaults"))
    open_console().print(table)
    say(tr("Your own: JSON files in {folder}", folder=presets_folder()))


def _to_json_dict(preset: "Preset") -> dict[str, object]:
    path = None if preset.path is None else str(preset.path)
    return {"name": preset.name, "path": path, "settings": dict(preset.values)}
