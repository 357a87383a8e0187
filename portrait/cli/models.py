"""``portrait models``: list the bundled models and the library, add to it and remove from it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from portrait.cli.report import open_console, print_json, say
from portrait.language import mark, tr

if TYPE_CHECKING:
    from rich.console import Console

    from portrait.inference.model_library import LibraryModel, LibraryRole
    from portrait.inference.model_store import ModelEntry

_HEADINGS = (mark("size"), mark("input"), mark("licence"))
_SCORE = "person IoU"  # not shown
_NUMBER = re.compile(r"[01]\.\d+")


Action = Literal["list", "add", "remove"]


def manage_models(
    action: Annotated[
        Action, typer.Argument(help="list shows the models; add keeps one in the library; remove deletes it there.")
    ] = "list",
    what: Annotated[str, typer.Argument(metavar="FILE|URL|NAME", help="For add and remove.", show_default=False)] = "",
    sha256: Annotated[
        str, typer.Option("--sha256", metavar="HEX", help="SHA-256 of the file; a download needs it.")
    ] = "",
    role: Annotated[Literal["depth"], typer.Option("--as", help="What the model is for.")] = "depth",
    name: Annotated[str, typer.Option(help="Its name in the library; without it, that of the file.")] = "",
    rule: Annotated[
        str,
        typer.Option(
            metavar="RULE",
            help="What a file without contract takes: depth-anything-v2-small or midas-small; without it, by its name "
            "and shape.",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON to stdout, one object a line.")] = False,
) -> None:
    """Show the bundled models that --model takes by name, and the library of models; add to it and remove from it."""
    if action == "list":
        _show_models(as_json)
        return
    if not what:
        raise typer.BadParameter(tr("say which model"), param_hint="FILE|URL|NAME")
    from portrait.inference.model_library import remove_model

    if action == "remove":
        model = remove_model(what)
        say(tr("Removed: {name}", name=model.name))
    else:
        model = _add(what, sha256, role, name, rule)
        say(tr("Added: {name}. Use it with --depth-model {name}", name=model.name))
    if as_json:
        print_json(_library_json(model))


def _add(source: str, sha256: str, role: "LibraryRole", name: str, rule: str) -> "LibraryModel":
    """Add a model, with a progress bar for a download."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress

    from portrait.inference.depth_network import DEPTH_PRESETS
    from portrait.inference.model_library import add_model

    if rule and rule not in DEPTH_PRESETS:
        raise typer.BadParameter(tr("known are: {names}", names=", ".join(DEPTH_PRESETS)), param_hint="--rule")
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        return add_model(source, role=role, sha256=sha256, name=name, rule=rule, progress=show)


def _show_models(as_json: bool) -> None:
    from portrait.files.system.assets import asset_path
    from portrait.inference.model_library import list_library
    from portrait.inference.model_store import list_models

    models, library = list_models(asset_path("models")), list_library()
    if as_json:
        for values in (*map(_to_json_dict, models), *map(_library_json, library)):
            print_json(values)
        return
    _print_table(models)
    if not models:
        say(tr("There is no bundled model. Install Portrait again, or give --model an ONNX file."))
    if library:
        _print_library(library)


def _library_json(model: "LibraryModel") -> dict[str, object]:
    return {
        "name": model.name,
        "role": model.role,
        "path": str(model.path),
        "size_bytes": model.size_bytes,
        "input": f"{model.spec.input_width} × {model.spec.input_height}",
        "licence": model.spec.licence,
        "sha256": model.sha256,
        "source": model.source,
    }


def _print_library(library: Sequence["LibraryModel"]) -> None:
    from rich.table import Table

    table = Table(tr("library"), tr("for"), *map(tr, _HEADINGS), tr("from"), box=None, pad_edge=False)
    for model in library:
        size, shape = f"{model.size_bytes / 1e6:.1f} MB", f"{model.spec.input_width} × {model.spec.input_height}"
        table.add_row(model.name, model.role, size, shape, model.spec.licence, model.source)
    console = open_console()
    console.print()
    console.print(table)


def _to_json_dict(model: "ModelEntry") -> dict[str, object]:
    return {
        "name": model.name,
        "role": model.role,
        "path": str(model.path),
        "size_bytes": model.size_bytes,
        "input": _input_size(model),
        "licence": model.spec.licence,
        "subjects": model.spec.possible_subjects,
        "person_iou": read_person_iou(model.card),
    }


def _print_table(models: Sequence["ModelEntry"]) -> None:
    from rich.table import Table

    table = Table(tr("name"), tr("for"), *map(tr, _HEADINGS), box=None, pad_edge=False)
    table.add_column(tr("person IoU"), no_wrap=True)
    for model in models:
        figures = "\n".join(f"{name} {iou:.3f}" for name, iou in read_person_iou(model.card).items())
        size = f"{model.size_bytes / 1e6:.1f} MB"
        table.add_row(model.name, _option(model), size, _input_size(model), model.spec.licence, figures)
    console = open_console()
    console.print(table)
    _print_notes(console, models)


def _print_notes(console: "Console", models: Sequence["ModelEntry"]) -> None:
    from portrait.inference.model_store import CLASSES_MODEL, PEOPLE_SUBJECTS

    if any(read_person_iou(model.card) for model in models):
        console.print(
            "\n"
            + tr(
                "person IoU: intersection over union of the network's mask and the true one, 1 being "
                "the best; mean over the photos of sets held back from training"
            )
        )

    for model in models:
        if len(model.spec.possible_subjects) > len(PEOPLE_SUBJECTS):
            console.print(f"\n{model.name}: --subject {','.join(model.spec.possible_subjects)}")
    if any(model.name == CLASSES_MODEL for model in models):
        said = tr("{name} is the network whose weights have an open licence, for any use.", name=CLASSES_MODEL)
        console.print(f"\n{said}")


def _option(model: "ModelEntry") -> str:
    """The option by which a bundled model is chosen."""
    from portrait.inference.model_store import CLASSES_MODEL

    if model.role is not None:
        return f"--quality {model.role}"
    return "--subject" if model.name == CLASSES_MODEL else ""


def _input_size(model: "ModelEntry") -> str:
    free = tr(", others too") if model.spec.is_dynamic else ""
    return f"{model.spec.input_width} × {model.spec.input_height}{free}"


def read_person_iou(card: Path | None) -> dict[str, float]:
    """Parse person IoU by data set from the table of a model card, in which the model's own rows are in bold."""
    if card is None:
        return {}
    found: dict[str, float] = {}
    column = None
    for line in card.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if _SCORE in cells:
            column = cells.index(_SCORE)
        elif column is not None and "**" in line and len(cells) > column and _NUMBER.fullmatch(cells[column]):
            found[cells[0]] = float(cells[column])
    return found
