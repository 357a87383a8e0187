"""Where ``portrait photo`` writes its portraits, mattes and label maps."""

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from portrait.errors import ImageFileError
from portrait.files.formats import WRITABLE_SUFFIXES, OutputFormat, output_suffix
from portrait.files.system.atomic import make_folder
from portrait.files.system.os_errors import is_folder
from portrait.language import tr
from portrait.photo.targets import require_distinct_targets, tell_apart


class FolderPath(type(Path())):  # type: ignore[misc]  # the path class of this system
    """A path that was written as a folder: with a separator at its end, which `Path` drops."""


def parse_output(text: str) -> Path:
    """The path that ``-o`` names."""
    return FolderPath(text) if text.endswith(("/", os.sep)) else Path(text)


def names_folder(output: Path) -> bool:
    """Whether it is a folder, or was written as one; a name without an ending is one too, unless such a file is there.

    No picture can be saved without an ending.
    """
    return isinstance(output, FolderPath) or is_folder(output) or not (output.suffix or output.exists())


def plan_targets(
    inputs: Sequence[Path], output: Path, output_format: OutputFormat = "keep", *, is_transparent: bool = False
) -> list[Path]:
    """Output path of each portrait: ``output`` itself for one photo, else files in a folder, which is created.

    The suffixes chosen here are those of ``output_format``, with ``is_transparent`` of formats with transparency.

    Raises
    ------
    PortraitError
        Several portraits would have one name, or the folder has the name of an image file or cannot be made.
    """
    if len(inputs) == 1 and not names_folder(output):
        _require_format(output, output_format)
        return [_in_parent(output)]
    suffixes = [output_suffix(source, output_format, is_transparent=is_transparent) for source in inputs]
    named_alike = [output / f"{source.stem}{suffix}" for source, suffix in zip(inputs, suffixes, strict=True)]
    return _in_folder(output, inputs, tell_apart(inputs, named_alike))


def plan_matte_targets(inputs: Sequence[Path], output: Path | None) -> Sequence[Path | None]:
    """Output path of each matte or label map, by the rules of `plan_targets`; None where none is saved."""
    if output is None:
        return [None] * len(inputs)
    if len(inputs) == 1 and not names_folder(output):
        return [_in_parent(output)]
    return _in_folder(output, inputs, tell_apart(inputs, [output / f"{source.stem}.png" for source in inputs]))


def _in_folder(folder: Path, inputs: Sequence[Path], targets: list[Path]) -> list[Path]:
    """Check that the targets are distinct, and create their folder."""
    if folder.suffix.lower() in WRITABLE_SUFFIXES and not names_folder(folder):
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


def _require_format(target: Path, output_format: OutputFormat) -> None:
    """Raise a usage error where a file is named otherwise than the format that was asked for."""
    wanted = WRITABLE_SUFFIXES.get(f".{output_format}")
    if wanted is not None and WRITABLE_SUFFIXES.get(target.suffix.lower(), wanted) != wanted:
        raise typer.BadParameter(
            tr("{path} is not named as a file of this format; leave one of the two out", path=target),
            param_hint="--format",
        )
