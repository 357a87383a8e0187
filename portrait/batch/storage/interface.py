"""What a batch asks of the storage of its photos and portraits."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePath
from typing import Protocol

from portrait.files.system.file_signature import FileSignature


class Status(Protocol):
    """Size in bytes, and time of the last change in seconds since 1970."""

    @property
    def st_size(self) -> int: ...
    @property
    def st_mtime(self) -> float: ...


class Entry(Protocol):
    """A file or folder in a list of a folder; `os.DirEntry` is one."""

    @property
    def name(self) -> str: ...
    def is_dir(self) -> bool: ...
    def is_symlink(self) -> bool: ...
    def stat(self) -> Status: ...


class Look(Protocol):
    """Answers about files, which may be those of a while ago; what is written is decided by new ones."""

    def is_there(self, path: PurePath) -> bool:
        """Whether anything has this name."""

    def version(self, file: PurePath) -> tuple[int, int]:
        """Size in bytes and a number that changes with the content: the time in ns, say. -1, -1: there is no file."""


class JournalFile(Protocol):
    """The file that a journal is kept in: opened and locked, read once, then only appended to."""

    def read_blocks(self) -> Iterable[bytes]:
        """The content, in parts; afterwards it ends with a whole line."""

    def append(self, line: bytes, *, is_awaited: bool) -> None:
        """Append a whole line or nothing.

        A line that nobody waits for may be written a minute later, or with the next: what is lost with it is only done
        again. May raise OSError.
        """


class Storage(Look, Protocol):
    """Folders and files, on this machine or elsewhere; safe for threads.

    All methods raise `PortraitError` where the storage cannot be reached.
    """

    def is_folder(self, folder: PurePath) -> bool:
        """Whether a folder has this name."""

    def entries(self, folder: PurePath) -> Sequence[Entry]:
        """What lies in a folder, by name; raise `PortraitError` where it cannot be listed."""

    def look(self) -> Look:
        """A look at many files, folder by folder, that need not ask for each."""

    def identity(self, path: PurePath) -> str:
        """One text for all names of a place."""

    def is_same(self, path: PurePath, other: PurePath) -> bool:
        """Whether both exist and are one, whatever their spelling."""

    def signature(self, file: PurePath) -> FileSignature | None:
        """The signature of a file; None where none can be read."""

    def fits(self, file: PurePath, signature: FileSignature) -> bool:
        """Whether a file still has the content that it had when it was signed."""

    def free_bytes(self, folder: PurePath) -> int | None:
        """Free space for files below a folder that need not exist yet; None: it is not known, or without end."""

    def make_folder(self, folder: PurePath) -> None:
        """Make a folder, and those above it, where folders are made at all."""

    def remove_leftovers(self, folder: PurePath) -> None:
        """Remove what killed runs have left in a folder that nobody else writes to."""

    def open_journal(self, folder: PurePath) -> AbstractContextManager[JournalFile]:
        """Open and lock the journal of a folder, which is made; raise `PortraitError` where another batch holds it."""

    def fetched(self, file: PurePath) -> AbstractContextManager[Path]:
        """Context of a file of this machine with the content; the file itself where it is one."""

    def beginning(self, file: PurePath) -> AbstractContextManager[Path]:
        """As `fetched`, but only the beginning, which tells the size of most images, need be there."""
