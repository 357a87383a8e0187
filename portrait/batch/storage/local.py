"""Storage of this machine: disks, and network drives that are mounted."""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path, PurePath

from portrait.batch.storage.interface import Entry, Look
from portrait.errors import PortraitError
from portrait.files.system.atomic import make_folder, remove_partial_files
from portrait.files.system.file_lock import HELD_ELSEWHERE, lock_file
from portrait.files.system.file_signature import FileSignature
from portrait.files.system.os_errors import file_version, is_folder, is_same_file, is_there, read_error, write_error
from portrait.language import tr
from portrait.photo.made_files import JOURNAL_NAME

_BLOCK_BYTES = 2**20


class LocalStorage:
    """The `Storage` of this machine's files."""

    def is_folder(self, folder: PurePath) -> bool:
        return is_folder(Path(folder))

    def is_there(self, path: PurePath) -> bool:
        return is_there(Path(path))

    def version(self, file: PurePath) -> tuple[int, int]:
        return file_version(Path(file))

    def look(self) -> Look:
        return self

    def entries(self, folder: PurePath) -> Sequence[Entry]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as exc:
            raise read_error(Path(folder), exc) from exc

    def identity(self, path: PurePath) -> str:
        return os.path.realpath(path)  # unlike Path.resolve() it does not raise for circular links

    def is_same(self, path: PurePath, other: PurePath) -> bool:
        return is_same_file(Path(path), Path(other))

    def signature(self, file: PurePath) -> FileSignature | None:
        return FileSignature.of(Path(file))

    def fits(self, file: PurePath, signature: FileSignature) -> bool:
        return signature.fits(Path(file))

    def free_bytes(self, folder: PurePath) -> int | None:
        place = next((path for path in (Path(folder), *Path(folder).absolute().parents) if is_folder(path)), None)
        return None if place is None else shutil.disk_usage(place).free

    def make_folder(self, folder: PurePath) -> None:
        make_folder(Path(folder))

    def remove_leftovers(self, folder: PurePath) -> None:
        remove_partial_files(Path(folder))

    @contextmanager
    def open_journal(self, folder: PurePath) -> Iterator["LocalJournalFile"]:
        path = Path(folder) / JOURNAL_NAME
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b", buffering=0)
        except OSError as exc:
            raise write_error(path, exc) from exc
        with file:
            _lock(path, file)
            yield LocalJournalFile(file)

    @contextmanager
    def fetched(self, file: PurePath) -> Iterator[Path]:
        yield Path(file)

    beginning = fetched


class LocalJournalFile:
    """The `JournalFile` on a disk: each line is flushed by itself."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def read_blocks(self) -> Iterator[bytes]:
        self._file.seek(0)
        block = b"\n"
        while more := self._file.read(_BLOCK_BYTES):
            block = more
            yield block
        if not block.endswith(b"\n"):  # a kill has cut the last line off: the next begins a new one
            self._file.write(b"\n")
            yield b"\n"

    def append(self, line: bytes, *, is_awaited: bool) -> None:
        # Unbuffered: a buffer that a full disk refused would be written on closing.
        size_bytes = os.fstat(self._file.fileno()).st_size
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(size_bytes)
            raise


def _lock(path: Path, file: FileIO) -> None:
    """Lock the journal against other batches."""
    try:
        lock_file(file)
    except HELD_ELSEWHERE as exc:
        raise held_elsewhere(path.parent) from exc
    except OSError as exc:  # a network drive without locks, say
        raise write_error(path, exc) from exc


def held_elsewhere(folder: PurePath) -> PortraitError:
    """The error for a folder that another batch writes to."""
    message = tr("Another batch is writing to {folder}", folder=folder)
    return PortraitError(message, tr("Wait for it to end, or choose another output folder."))
