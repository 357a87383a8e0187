"""Single files behind a URL: what is told of them, and what can be done with them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Protocol

from portrait.files.system.file_signature import FileSignature

_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
_MARKS = ("ETag", "etag", "md5Hash", "generation")


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """Size in bytes and time of the last change in seconds since 1970; -1: it is not told; infinite: it may be now."""

    st_size: int
    st_mtime: float
    mark: int


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A file or folder in a list."""

    name: str
    is_folder: bool
    status: RemoteStatus

    def is_dir(self) -> bool:
        return self.is_folder

    def is_symlink(self) -> bool:
        return False

    def stat(self) -> RemoteStatus:
        return self.status


class RemoteFiles(Protocol):
    """Files that are read and written as a whole; the methods raise `PortraitError` where they cannot be reached."""

    def entries(self, folder: PurePath) -> Sequence[RemoteEntry]:
        """What lies in a folder, by name."""

    def version(self, file: PurePath) -> tuple[int, int]:
        """Size in bytes and a number that changes with the content. -1, -1: there is no file."""

    def make_folder(self, folder: PurePath) -> None:
        """Make a folder, and those above it, where folders are made at all."""

    def read(self, file: PurePath, most_bytes: int | None = None) -> bytes:
        """The content of a file, or its beginning."""

    def write(self, file: PurePath, data: bytes | memoryview, *, may_replace: bool) -> FileSignature:
        """Give a file its content in one step; raise `FileExistsError` where there is one that is to stay."""

    def remove(self, file: PurePath) -> None:
        """Remove a file."""


def version_of(status: RemoteStatus) -> tuple[int, int]:
    """Size and mark, as `Look.version` gives them."""
    return status.st_size, status.mark


def status_of(info: dict[str, Any]) -> RemoteStatus:
    """What fsspec tells of a file, under the names of the different storages."""
    size = info.get("size")
    time = next((info[name] for name in _TIMES if info.get(name)), None)
    changed_s = _seconds(time)
    mark = next((info[name] for name in _MARKS if info.get(name)), time if changed_s is None else changed_s)
    digest = hashlib.blake2b(str(mark).encode(), digest_size=7).digest()  # 56 bits: a number in any JSON
    return RemoteStatus(
        -1 if size is None else int(size), float("inf") if changed_s is None else changed_s, int.from_bytes(digest)
    )


def _seconds(time: Any) -> float | None:
    """Seconds since 1970, to the microsecond; None where the storage tells no time that we know."""
    if hasattr(time, "timestamp"):
        return round(float(time.timestamp()), 6)
    return round(float(time), 6) if isinstance(time, int | float) else None
