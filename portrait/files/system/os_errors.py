"""File-system checks, and operating-system errors as messages for the user."""

import errno
import os
from pathlib import Path

from portrait.errors import DiskFullError, ImageFileError
from portrait.language import tr

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def is_there(path: Path) -> bool:
    """Whether anything has this name, a broken link too; False where the system denies access."""
    try:
        path.lstat()
    except OSError:  # pathlib's own questions raise for names too long and folders that may not be searched
        return False
    return True


def is_folder(path: Path) -> bool:
    """Whether a folder has this name; False where the system denies access."""
    return os.path.isdir(path)  # noqa: PTH112  pathlib raises for links into locked folders, and for names too long


def is_file(path: Path) -> bool:
    """Whether a file has this name; False where the system denies access."""
    return os.path.isfile(path)  # noqa: PTH113  as above


def is_same_file(path: Path, other: Path) -> bool:
    """Whether both exist and are the same file, regardless of spelling and links."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def file_version(path: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns; -1 for a missing file, whose error comes when it is read."""
    try:
        status = path.stat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def is_disk_full(exc: OSError) -> bool:
    """Whether an error says that the disk, or the user's share of it, is full."""
    return exc.errno in _FULL


def read_error(path: Path, exc: OSError) -> ImageFileError:
    """The `ImageFileError` for a file that the system did not let us read."""
    if exc.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return ImageFileError(tr("{path} does not exist", path=path), tr("Check the spelling of the path."))
    if exc.errno == errno.EISDIR:
        return folder_error(path)
    if exc.errno in _FORBIDDEN:
        return ImageFileError(
            tr("No permission to read {path}", path=path), tr("Change the file's permissions, or copy it elsewhere.")
        )
    reason = exc.strerror or str(exc)
    return ImageFileError(
        tr("{path} cannot be read: {reason}", path=path, reason=reason),
        tr("Check that the disk or network drive is there."),
    )


def write_error(path: Path, exc: OSError) -> ImageFileError:
    """The `ImageFileError` for a file that the system did not let us write."""
    if is_disk_full(exc):
        return DiskFullError(
            tr("The disk is full: {path} was not saved", path=path), tr("Free some space, or save to another disk.")
        )
    if exc.errno in (errno.ENOENT, errno.ENOTDIR):
        return ImageFileError(
            tr("The folder {folder} does not exist", folder=path.parent), tr("Make it first, or choose another.")
        )
    if exc.errno == errno.EISDIR:
        return folder_error(path)
    if exc.errno in _FORBIDDEN:
        return ImageFileError(
            tr("No permission to write in {folder}", folder=path.parent), tr("Choose another folder to save to.")
        )
    if exc.errno == errno.ENAMETOOLONG:
        return ImageFileError(
            tr("The name of {path} is too long for this disk", path=path), tr("Choose a shorter name.")
        )
    reason = exc.strerror or str(exc)
    return ImageFileError(
        tr("{path} cannot be saved: {reason}", path=path, reason=reason),
        tr("Check that the disk or network drive is there."),
    )


def folder_error(path: Path) -> ImageFileError:
    """The `ImageFileError` for a folder where a file was meant."""
    return ImageFileError(
        tr("{path} is a folder, not a file", path=path), tr("Choose a file in it. Batch takes whole folders.")
    )
