"""``portrait photo``: make portraits of one photo or several."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from portrait.cli.file_choice import FileChoice, with_file_choice
from portrait.cli.given_edits import EditsFrom, with_edits
from portrait.cli.options import FILE_KEYS, AsJson
from portrait.cli.photo_targets import parse_output, plan_matte_targets, plan_targets
from portrait.cli.pipes import PIPE, Pipes, open_pipes
from portrait.cli.report import failure_json, print_json, say_error, say_portrait
from portrait.cli.translation import with_default
from portrait.core.render.look import AutoOrOff
from portrait.errors import EXIT_BUG, EXIT_DONE, EXIT_FAILED, ImageFileError, PortraitError, is_interrupt
from portrait.files.system.os_errors import is_folder
from portrait.language import mark, tr

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.photo.options import FileOptions
    from portrait.photo.outputs import Outputs

_KEPT_HINT = mark("Choose another name or folder, or allow it with --overwrite.")


class NearSide(StrEnum):
    """Which end of a depth map is near."""

    BRIGHT = "bright"
    DARK = "dark"


@with_file_choice(*FILE_KEYS)
def make_portraits(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="IN",
            help="The photos; - is standard input.",
            show_default=False,
            readable=False,
            callback=lambda paths: _require_no_folder(paths),
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="A file for one photo; a folder for several, or for one if OUT is a folder or ends like one. "
            "Folders are made. - is standard output, in the format of --format or of the photo.",
            parser=parse_output,
        ),
    ],
    chosen: FileChoice,
    matte: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A grey picture of the input's size, taken as matte instead of the model's.",
            readable=False,
        ),
    ] = None,
    depth: Annotated[
        str | None,
        typer.Option(
            metavar="auto|off|FILE",
            help=with_default(
                "What blurs each thing by its own distance: what a phone stored in the photo, or a grey picture.",
                "auto",
            ),
            show_default=False,
        ),
    ] = None,
    depth_near: Annotated[
        NearSide | None, typer.Option(help=with_default("What is near in the FILE of --depth.", NearSide.BRIGHT.value))
    ] = None,
    save_matte: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR", help="Save the matte too, as 16-bit PNG; DIR for several photos.", readable=False
        ),
    ] = None,
    save_labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR", help="Save the class of every pixel too, as PNG with VOC's colours.", readable=False
        ),
    ] = None,
    edits: EditsFrom = None,
    embed_original: Annotated[
        bool,
        typer.Option(
            "--embed-original",
            help="Put the photo itself, as it is, into the JPEG, so that the portrait alone can be changed further. "
            "Whoever gets the file can take out the whole photo: the background unblurred, and the place.",
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace files of these names. Without it, only portraits and mattes are replaced that Portrait "
            "made of the same photo and that nobody has changed since.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a portrait of a photo, or of several. Files that Portrait did not make are kept, see --overwrite."""
    from portrait.files.background import load_background

    # Check the options and collect them.
    if matte is not None and len(inputs) > 1:
        raise typer.BadParameter(tr("one matte fits one photo; give one photo only"), param_hint="--matte")
    depth_path = _depth_path(depth, depth_near, len(inputs))
    if depth is not None:
        chosen = chosen.with_value("depth", "auto" if depth_path else depth)
    options = chosen.file_options(
        matte_path=matte, depth_path=depth_path, depth_near_is_dark=depth_near is NearSide.DARK
    )
    if edits is not None:
        options = with_edits(options, edits, inputs, chosen.values, chosen.people)
    load_background(options.background)  # fail once, not for each photo
    options = replace(options, embed_original=embed_original)
    if PIPE in inputs:  # the record of a portrait tells the name of its photo, and this has none
        options = replace(options, save=replace(options.save, record="off"))
    with open_pipes(inputs, output, options, as_json=as_json) as pipes:
        status = _make_all(chosen, options, pipes, (save_matte, save_labels), overwrite=overwrite, as_json=as_json)
        pipes.send()
    if status:
        raise typer.Exit(status)


def _make_all(
    chosen: FileChoice,
    options: "FileOptions",
    pipes: Pipes,
    beside: tuple[Path | None, Path | None],
    *,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Choose the output paths, then make the portraits one by one; the worst status of all photos.

    ``beside`` is where mattes and label maps are saved.
    """
    from portrait.photo.made_files import MadeFiles
    from portrait.photo.outputs import remembered_outputs

    is_transparent = options.background.kind == "transparent"
    targets = plan_targets(pipes.inputs, pipes.output, options.save.naming_format, is_transparent=is_transparent)
    matte_targets, label_targets = (plan_matte_targets(pipes.inputs, asked) for asked in beside)
    engine, made, statuses = chosen.open_engine(), MadeFiles(), []
    for source, target, matte, labels in zip(pipes.inputs, targets, matte_targets, label_targets, strict=True):
        outputs = remembered_outputs(made, source, _KEPT_HINT, named=(pipes.output, *beside), overwrite=overwrite)
        if pipes.is_stdout:
            outputs = replace(outputs, remember=None)
        file = replace(options, save_matte_path=matte, save_labels_path=labels)
        statuses.append(_make_portrait(engine, source, target, file, outputs, pipes, as_json))
    return max(statuses)


def _require_no_folder(inputs: list[Path]) -> list[Path]:
    """The inputs; raise before anything is asked of a command that was given a folder by mistake."""
    for path in inputs:
        if path != PIPE and is_folder(path):
            raise ImageFileError(
                tr("{path} is a folder, not a photo", path=path),
                tr("portrait batch {path} OUT takes whole folders.", path=path),
            )
    return inputs


def _depth_path(depth: str | None, near: NearSide | None, photos: int) -> Path | None:
    """The file that ``--depth`` names; None if it is a word such as ``auto``. Checks the options that go with it."""
    if depth is None or depth in get_args(AutoOrOff):
        if near is not None:
            raise typer.BadParameter(tr("it goes with --depth FILE"), param_hint="--depth-near")
        return None
    if photos > 1:
        raise typer.BadParameter(tr("one depth map fits one photo; give one photo only"), param_hint="--depth")
    return Path(depth)


def _make_portrait(
    engine: "PortraitEngine",
    source: Path,
    target: Path,
    options: "FileOptions",
    outputs: "Outputs",
    pipes: Pipes,
    as_json: bool,
) -> int:
    """Make one portrait and report the result or error; return the exit status."""
    from portrait.photo.bugs import report_bug
    from portrait.photo.portrait_file import make_portrait_file

    # Make the portrait; an error is told at once.
    try:
        report = make_portrait_file(engine, source, target, options, outputs)
    except PortraitError as exc:
        error, status = pipes.told(exc), EXIT_FAILED
        say_error(error, pipes.about(source))
    except Exception as exc:  # a bug is reported, and must not stop the other photos
        if is_interrupt(exc):
            raise KeyboardInterrupt from exc
        error, status = report_bug(source, exc), EXIT_BUG
    else:
        report = pipes.report(report)
        say_portrait(report)
        if as_json:
            print_json(report.to_json_dict())
        return EXIT_DONE
    # Failed: print the error as JSON too.
    if as_json:
        print_json(failure_json(pipes.about(source), pipes.about(target), error))
    return status
