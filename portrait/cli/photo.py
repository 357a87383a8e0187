"""``portrait photo``: make portraits of one photo or several."""

import os
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from portrait.cli.options import (
    FILE_KEYS,
    AsJson,
    BlurRadius,
    Chosen,
    People,
    Strength,
    Subject,
    choose_people,
    split_subject,
    with_settings,
    with_strength,
)
from portrait.cli.report import failure_json, print_json, say_error, say_portrait
from portrait.cli.translation import with_default
from portrait.core.render.look import AutoOrOff
from portrait.errors import EXIT_BUG, EXIT_DONE, EXIT_FAILED, ImageFileError, PortraitError, is_interrupt
from portrait.files.atomic import make_folder
from portrait.files.formats import WRITABLE_SUFFIXES, output_suffix
from portrait.files.os_errors import is_folder
from portrait.language import mark, tr
from portrait.photo.targets import require_distinct_targets, tell_apart
from portrait.settings import Settings, file_options, replace_settings

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.photo.options import FileOptions
    from portrait.photo.outputs import Outputs

_KEPT_HINT = mark("Choose another name or folder, or allow it with --overwrite.")


class NearSide(StrEnum):
    """Which end of a depth map is near."""

    BRIGHT = "bright"
    DARK = "dark"


@with_settings(*FILE_KEYS)
def make_portraits(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="IN",
            help="The photos.",
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
            "Folders are made.",
            parser=lambda text: _parse_output(text),
        ),
    ],
    chosen: Chosen,
    blur_radius_px: BlurRadius = None,
    strength: Strength = None,
    matte: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A grey picture of the input's size, taken as matte instead of the model's.",
            readable=False,
        ),
    ] = None,
    depth: Annotated[
        str,
        typer.Option(
            metavar="auto|off|FILE",
            help="What blurs each thing by its own distance: what a phone stored in the photo, or a grey picture.",
        ),
    ] = "auto",
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
    people: People = None,
    subject: Subject = "",
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
    from portrait.engine import open_engine
    from portrait.files.background import load_background
    from portrait.photo.made_files import MadeFiles
    from portrait.photo.outputs import remembered_outputs

    # Check the options and collect them.
    if matte is not None and len(inputs) > 1:
        raise typer.BadParameter(tr("one matte fits one photo; give one photo only"), param_hint="--matte")
    depth_path = _depth_path(depth, depth_near, len(inputs))
    chosen = with_strength(chosen, strength)
    settings = replace_settings(Settings(), chosen if depth_path else {**chosen, "depth": depth})
    options = replace(
        file_options(settings),
        blur_radius_px=blur_radius_px,
        matte_path=matte,
        depth_path=depth_path,
        depth_near_is_dark=depth_near is NearSide.DARK,
        people=choose_people(people, subject),
    )
    load_background(options.background)  # fail once, not for each photo
    # Choose the output paths, then make the portraits one by one.
    targets = plan_targets(inputs, output, is_transparent=options.background.kind == "transparent")
    matte_targets, label_targets = (plan_matte_targets(inputs, asked) for asked in (save_matte, save_labels))
    engine, made = open_engine(settings.model or None, subject=split_subject(subject)), MadeFiles()
    statuses, named = [], (output, save_matte, save_labels)
    for source, target, matte_target, labels_target in zip(inputs, targets, matte_targets, label_targets, strict=True):
        outputs = remembered_outputs(made, source, _KEPT_HINT, named=named, overwrite=overwrite)
        file = replace(options, save_matte_path=matte_target, save_labels_path=labels_target)
        statuses.append(_make_portrait(engine, source, target, file, outputs, as_json))
    if any(statuses):
        raise typer.Exit(max(statuses))  # the worst status of all photos


class FolderPath(type(Path())):  # type: ignore[misc]  # the path class of this system
    """A path that was written as a folder: with a separator at its end, which `Path` drops."""


def _parse_output(text: str) -> Path:
    if text == "-":
        raise typer.BadParameter(tr("portraits are not written to standard output; name a file or a folder"))
    return FolderPath(text) if text.endswith(("/", os.sep)) else Path(text)


def _names_folder(output: Path) -> bool:
    """Whether it is a folder, or was written as one; a name without an ending is one too, unless such a file is there.

    No picture can be saved without an ending.
    """
    return isinstance(output, FolderPath) or is_folder(output) or not (output.suffix or output.exists())


def _require_no_folder(inputs: list[Path]) -> list[Path]:
    """The inputs; raise before anything is asked of a command that was given a folder by mistake."""
    for path in inputs:
        if is_folder(path):
            raise ImageFileError(
                tr("{path} is a folder, not a photo", path=path),
                tr("portrait batch {path} OUT takes whole folders.", path=path),
            )
    return inputs


def plan_targets(inputs: Sequence[Path], output: Path, *, is_transparent: bool = False) -> list[Path]:
    """Output path of each portrait: ``output`` itself for one photo, else files in a folder, which is created.

    With ``is_transparent`` the suffixes chosen here are of formats with transparency.

    Raises
    ------
    PortraitError
        Several portraits would have one name, or the folder has the name of an image file or cannot be made.
    """
    if len(inputs) == 1 and not _names_folder(output):
        return [_in_parent(output)]
    suffixes = [output_suffix(source, "keep", is_transparent=is_transparent) for source in inputs]
    named_alike = [output / f"{source.stem}{suffix}" for source, suffix in zip(inputs, suffixes, strict=True)]
    return _in_folder(output, inputs, tell_apart(inputs, named_alike))


def plan_matte_targets(inputs: Sequence[Path], output: Path | None) -> Sequence[Path | None]:
    """Output path of each matte or label map, by the rules of `plan_targets`; None where none is saved."""
    if output is None:
        return [None] * len(inputs)
    if len(inputs) == 1 and not _names_folder(output):
        return [_in_parent(output)]
    return _in_folder(output, inputs, tell_apart(inputs, [output / f"{source.stem}.png" for source in inputs]))


def _depth_path(depth: str, near: NearSide | None, photos: int) -> Path | None:
    """The file that ``--depth`` names; None if it is a word such as ``auto``. Checks the options that go with it."""
    if depth in get_args(AutoOrOff):
        if near is not None:
            raise typer.BadParameter(tr("it goes with --depth FILE"), param_hint="--depth-near")
        return None
    if photos > 1:
        raise typer.BadParameter(tr("one depth map fits one photo; give one photo only"), param_hint="--depth")
    return Path(depth)


def _in_folder(folder: Path, inputs: Sequence[Path], targets: list[Path]) -> list[Path]:
    """Check that the targets are distinct, and create their folder."""
    if folder.suffix.lower() in WRITABLE_SUFFIXES and not _names_folder(folder):
        raise ImageFileError(
            tr("{folder} is the name of one file", folder=folder), tr("Several photos need a folder to go to.")
        )
    require_distinct_targets(zip(inputs, targets, strict=True))
    make_folder(folder)
    return targets


def _in_parent(target: Path) -> Path:
    """The target, once its folder is there."""
    make_folder(target.parent)
    return target


def _make_portrait(
    engine: "PortraitEngine", source: Path, target: Path, options: "FileOptions", outputs: "Outputs", as_json: bool
) -> int:
    """Make one portrait and report the result or error; return the exit status."""
    from portrait.photo.bugs import report_bug
    from portrait.photo.portrait_file import make_portrait_file

    # Make the portrait; an error is told at once.
    try:
        report = make_portrait_file(engine, source, target, options, outputs)
    except PortraitError as exc:
        say_error(exc, source)
        error, status = exc, EXIT_FAILED
    except Exception as exc:  # a bug is reported, and must not stop the other photos
        if is_interrupt(exc):
            raise KeyboardInterrupt from exc
        error, status = report_bug(source, exc), EXIT_BUG
    else:
        say_portrait(report)
        if as_json:
            print_json(report.to_json_dict())
        return EXIT_DONE
    # Failed: print the error as JSON too.
    if as_json:
        print_json(failure_json(source, target, error))
    return status
