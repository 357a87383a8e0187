"""Output paths of portraits and mattes, distinct from one another and from all input files."""

import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TypeVar

from portrait.errors import ImageFileError, PortraitError
from portrait.files.system.os_errors import is_same_file
from portrait.language import tr

_P = TypeVar("_P", bound=PurePath)


def tell_apart(sources: Sequence[PurePath], targets: Sequence[_P], pattern: str = "{name}") -> list[_P]:
    """Output paths without collisions between sources whose names differ only in their suffix.

    Where several sources would get one name, those whose suffix changes keep the old one in their name: beside
    ``a.png``, ``a.gif`` becomes ``a.gif.png``. The disk is not looked at, so that the same photos always get the same
    names. ``pattern`` is that of the targets' names without suffix.
    """
    count_by_name = Counter(spelling(target) for target in targets)
    return [
        target.with_name(pattern.replace("{name}", source.name) + target.suffix)
        if count_by_name[spelling(target)] > 1 and source.suffix.lower() != target.suffix.lower()
        else target
        for source, target in zip(sources, targets, strict=True)
    ]


def require_distinct_targets(pairs: Iterable[tuple[PurePath, PurePath]]) -> None:
    """Raise when two sources would be saved under one name, by the rules of any file system.

    Names that differ only in case or in Unicode composition are one file on macOS and Windows.

    Raises
    ------
    PortraitError
        Names all of them.
    """
    _require_distinct(pairs, _name_on_any_disk, tr("Several photos would be saved under one name"))


def require_own_mattes(pairs: Iterable[tuple[PurePath, PurePath]]) -> None:
    """Raise when two sources would take one given matte by its name; links may lead from several names to one file.

    Raises
    ------
    PortraitError
        Names all of them.
    """
    _require_distinct(pairs, spelling, tr("Several photos would take one matte"))


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
            tr("Portrait and matte would both be saved as {path}", path=outputs[0]),
            tr("Give them different names or folders."),
        )
    for written in outputs:
        for name, read in inputs.items():
            if read is not None and is_same_file(written, read):
                raise ImageFileError(
                    tr("{path} would overwrite {name}", path=written, name=name),
                    tr("Choose another name or folder."),
                )


def _require_distinct(
    pairs: Iterable[tuple[PurePath, PurePath]], name_of: Callable[[PurePath], str], complaint: str
) -> None:
    sources_by_name: dict[str, list[PurePath]] = defaultdict(list)
    file_by_name: dict[str, PurePath] = {}
    for source, file in pairs:
        name = name_of(file)
        sources_by_name[name].append(source)
        file_by_name[name] = file
    collisions = [
        f"{', '.join(map(str, sources))} → {file_by_name[name]}"
        for name, sources in sources_by_name.items()
        if len(sources) > 1
    ]
    if collisions:
        hint = tr("Rename all but one of them, or move them to folders of their own.")
        raise PortraitError(f"{complaint}: {'; '.join(collisions)}", hint)


def _name_on_any_disk(path: PurePath) -> str:
    """Equal for names that some disk holds for the same, by whatever links; the file need not be there."""
    return spelling(Path(os.path.realpath(path)))


def spelling(path: PurePath) -> str:
    """Equal for paths that some disk takes for the same."""
    return unicodedata.normalize("NFC", str(path)).casefold()
