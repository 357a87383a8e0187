"""Atomic writing of files: afterwards there is the complete new file or, after a failure, what was there before."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TypeAlias, TypeVar

from portrait.errors import ImageFileError
from portrait.files.system.os_errors import folder_error, is_disk_full, is_folder, write_error
from portrait.language import tr

_P = TypeVar("_P", bound=PurePath)

PARTIAL_PREFIX, PARTIAL_SUFFIX = ".portrait-", ".part"

_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF}
"""Errors of syncing a folder on network drives and in write-only folders; the file itself is safe by then."""

Writer: TypeAlias = Callable[[Path, bytes | memoryview], None]
"""Writes a file, as `write_atomically` does."""

_NEW_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NEW_FILE_MODE = 0o666  # reduced by the umask; the 0600 of tempfile would make the image unreadable for others


def write_atomically(path: Path, data: bytes | memoryview) -> None:
    """Write ``data`` to ``path`` through a temporary file in the same folder.

    The temporary file is flushed to the disk before it takes the name, so that neither a crash nor a power cut leaves
    half an image; when writing fails or is interrupted it is removed. Only a killed process can leave it behind, see
    `remove_partial_files`.

    Raises
    ------
    ImageFileError
        Disk full, no permission, missing folder, ``path`` is a folder.
    """
    with _partial_beside(path) as partial:
        _write_to_disk(partial, data)
        partial.replace(path)
        _sync_folder(path.parent)


def write_considerately(
    path: Path,
    data: bytes | memoryview,
    *,
    require_replaceable: Callable[[Path], None],
    on_finished: Callable[[Path], None],
) -> None:
    """Write as `write_atomically`, but ask before an existing file is replaced.

    A file that another process creates meanwhile is not lost: a name that was free is taken only if it is still free.

    Parameters
    ----------
    path, data
        As for `write_atomically`.
    require_replaceable
        Called with ``path`` when a file exists there; raises if it must not be replaced.
    on_finished
        Called with the path of the complete temporary file before it is renamed.

    Raises
    ------
    ImageFileError
        As `write_atomically`; and what ``require_replaceable`` raises.
    """
    with _partial_beside(path) as partial:
        _write_to_disk(partial, data)
        _publish(partial, path, require_replaceable, on_finished)


def publish(
    finished: Path,
    path: Path,
    *,
    require_replaceable: Callable[[Path], None],
    on_finished: Callable[[Path], None],
) -> None:
    """Give a complete file its name, as `write_considerately` does; for files too large to be held in memory.

    Parameters
    ----------
    finished
        The file, on the same disk as ``path``. It is gone afterwards.
    path, require_replaceable, on_finished
        As for `write_considerately`.

    Raises
    ------
    ImageFileError
        No permission, ``path`` is a folder; and what ``require_replaceable`` raises. Then ``finished`` is left.
    """
    if is_folder(path):
        raise folder_error(path)
    try:
        sync_file(finished)
        _publish(finished, path, require_replaceable, on_finished)
        finished.unlink(missing_ok=True)
    except OSError as exc:
        raise write_error(path, exc) from exc


def take_free_name(finished: Path, path: Path) -> None:
    """Give a complete file a name that is free, in one step; nothing that another process made is replaced.

    Parameters
    ----------
    finished
        The file, on the same disk as ``path``. It is flushed to the disk, and gone afterwards.
    path
        Its name.

    Raises
    ------
    FileExistsError
        The name is taken. Then ``finished`` is left.
    OSError
        The file cannot be flushed or named.
    """
    sync_file(finished)
    _name_if_free(finished, path)
    finished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Flush a file that another library wrote to the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _publish(
    partial: Path, path: Path, require_replaceable: Callable[[Path], None], on_finished: Callable[[Path], None]
) -> None:
    on_finished(partial)
    try:
        _name_if_free(partial, path)
    except FileExistsError:
        require_replaceable(path)
        partial.replace(path)
    _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make the folder of an output, and those above it, where it is not there.

    Raises
    ------
    ImageFileError
        It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        if is_disk_full(exc):
            raise write_error(folder, exc) from exc
        raise ImageFileError(
            tr("The folder {folder} cannot be made: {reason}", folder=folder, reason=exc.strerror or exc),
            tr("Choose another folder."),
        ) from exc


def require_writable(path: Path) -> None:
    """Check before long work that its result can be written: an empty temporary file is made and removed.

    Raises
    ------
    ImageFileError
        Disk full, no permission, missing folder, ``path`` is a folder.
    """
    with _partial_beside(path) as partial:
        _write_to_disk(partial, b"")


@contextmanager
def _partial_beside(path: Path) -> Iterator[Path]:
    """Context of a temporary name in the folder of ``path``; the file is removed at the end, after interrupts too."""
    if is_folder(path):
        raise folder_error(path)
    partial = partial_path(path)
    try:
        try:
            yield partial
        finally:
            partial.unlink(missing_ok=True)
    except OSError as exc:
        raise write_error(path, exc) from exc


def remove_partial_files(folder: Path) -> int:
    """Remove temporary files that killed runs left in ``folder`` itself; returns their number.

    Only for a folder that nobody else is saving to.
    """
    partial_files = list(folder.glob(f"{PARTIAL_PREFIX}*{PARTIAL_SUFFIX}"))
    for partial in partial_files:
        partial.unlink(missing_ok=True)
    return len(partial_files)


def partial_path(path: _P) -> _P:
    """A new temporary name beside ``path``."""
    return path.with_name(f"{PARTIAL_PREFIX}{os.urandom(8).hex()}{PARTIAL_SUFFIX}")


def _write_to_disk(path: Path, data: bytes | memoryview) -> None:
    with open(os.open(path, _NEW_FILE_FLAGS, _NEW_FILE_MODE), "wb") as file:  # noqa: PTH123 (a descriptor, not a path)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _name_if_free(partial: Path, path: Path) -> None:
    """Give a file a free name in one step; raise `FileExistsError` where the name is taken.

    A hard link is made, because on POSIX renaming would replace; the caller then removes the old name.
    """
    if os.name == "nt":
        partial.rename(path)
        return
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network drives lack hard links; any other error occurs again below
        os.close(os.open(path, _NEW_FILE_FLAGS, _NEW_FILE_MODE))
        partial.replace(path)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows has no such call."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as exc:
        if exc.errno not in _NO_FOLDER_SYNC:
            raise
