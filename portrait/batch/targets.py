"""The names that portraits and mattes are saved under: never two of one name, never that of a file that is read."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from portrait.errors import ImageFileError, PortraitError
from portrait.files.os_errors import is_same_file, write_error


def tell_apart(sources: Sequence[Path], targets: Sequence[Path]) -> list[Path]:
    """Targets under which sources that differ in their ending alone do not meet.

    Where several would get one name, those whose ending changes keep it in their name: beside ``a.png``, ``a.gif``
    becomes ``a.gif.png``.
    """
    count_by_name: dict[str, int] = defaultdict(int)
    for target in targets:
        count_by_name[_name_on_any_disk(target)] += 1
    return [
        target.with_name(source.name + target.suffix)
        if count_by_name[_name_on_any_disk(target)] > 1 and source.suffix.lower() != target.suffix.lower()
        else target
        for source, target in zip(sources, targets, strict=True)
    ]


def require_distinct_targets(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Raise when two sources would be saved under one name, by the rules of any file system.

    Names that differ only in case or in Unicode composition are one file on macOS and Windows.

    Raises
    ------
    PortraitError
        Names all of them.
    """
    sources_by_name: dict[str, list[Path]] = defaultdict(list)
    target_by_name: dict[str, Path] = {}
    for source, target in pairs:
        name = _name_on_any_disk(target)
        sources_by_name[name].append(source)
        target_by_name[name] = target
    collisions = [
        f"{', '.join(map(str, sources))} → {target_by_name[name]}"
        for name, sources in sources_by_name.items()
        if len(sources) > 1
    ]
    if collisions:
        message = "Several photos would be saved under one name: " + "; ".join(collisions)
        raise PortraitError(message, "Rename all but one of them, or move them to folders of their own.")


def require_other_files(outputs: Sequence[Path], inputs: Mapping[str, Path | None]) -> None:
    """Raise when one file would be written twice, or over one that is read, whatever the spelling or links.

    Parameters
    ----------
    outputs
        The portrait, and the matte if it is saved.
    inputs
        What is read, by what it is called in a message.

    Raises
    ------
    ImageFileError
        Names the file.
    """
    if len({_name_on_any_disk(written) for written in outputs}) < len(outputs):
        raise ImageFileError(
            f"Portrait and matte would both be saved as {outputs[0]}", "Give them different names or folders."
        )
    for written in outputs:
        for name, read in inputs.items():
            if read is not None and is_same_file(written, read):
                raise ImageFileError(f"{written} would overwrite {name}", "Choose another name or folder.")


def require_folder_of(written: Path) -> None:
    """Raise `ImageFileError` where the folder to save to is not there: before the slow work, not after it."""
    try:
        written.parent.stat()
    except OSError as exc:
        raise write_error(written, exc) from exc


def _name_on_any_disk(path: Path) -> str:
    """Equal for names that some disk holds for the same; the file need not be there."""
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()
