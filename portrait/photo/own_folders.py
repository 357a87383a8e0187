"""Folders in which the app itself keeps what belongs to photos, and their bounds."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import platformdirs

from portrait.photo.made_files import STATE_DIR_VARIABLE


def own_folder(name: str) -> Path:
    """A folder of the app, which need not be there; it follows `STATE_DIR_VARIABLE`."""
    state = os.environ.get(STATE_DIR_VARIABLE)
    return (Path(state) if state else platformdirs.user_data_path("portrait", appauthor=False)) / name


def files_in(folder: Path) -> list[Path]:
    """The files below a folder, those that were written last first."""
    found = [(path, _written_at(path)) for path in _walk(folder)]
    return [path for path, _ in sorted(found, key=lambda pair: pair[1], reverse=True)]


def size_bytes(folder: Path) -> int:
    """How much the files below a folder hold."""
    return sum(_size(path) for path in _walk(folder))


def delete_oldest(folder: Path, most_files: int, most_bytes: int) -> int:
    """Delete the files that were written first, beyond a number and a size; how many were deleted."""
    kept = deleted = held = 0
    for path in files_in(folder):
        held += _size(path)
        if kept < most_files and held <= most_bytes:
            kept += 1
            continue
        with suppress(OSError):  # it is open elsewhere, or gone: the next call finds it again
            path.unlink()
            deleted += 1
    return deleted


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # deleted meanwhile
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
