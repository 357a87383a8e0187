"""The option ``--edits`` of ``portrait photo``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from portrait.cli.options import Chosen
from portrait.core.people.people_choice import PeopleChoice
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.photo.options import FileOptions

EditsFrom: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Make again what was changed in the window: strokes, people, depth map and look, from the file "
        "NAME.edits.json that lies beside a portrait, or from a portrait. The look alone fits any photo. Other options "
        "count more than that look.",
        readable=False,
    ),
]


def with_edits(
    options: "FileOptions", path: Path, photos: Sequence[Path], chosen: Chosen, people: PeopleChoice | None
) -> "FileOptions":
    """Options with what a file keeps; a depth map that was given stays.

    Raises
    ------
    ImageFileError
        As `portrait.settings.kept_edits.load_kept` and `with_kept`.
    """
    from portrait.photo.edits import PhotoEdits
    from portrait.settings.kept_edits import load_kept, with_kept

    kept = load_kept(path)
    if options.depth_path is not None or "depth" in chosen:
        kept = replace(kept, depth=None)
    if len(photos) > 1 and kept.edits != PhotoEdits():
        raise typer.BadParameter(tr("changes by hand fit one photo; give one photo only"), param_hint="--edits")
    return with_kept(options, kept, path, photos[0], chosen, people)
