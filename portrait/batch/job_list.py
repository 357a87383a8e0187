"""List of the jobs of a batch that needs no memory for each: a temporary file, read again for each iteration."""

import os
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO

from portrait.batch.events import BatchJob

_IN_MEMORY_BYTES = 8 * 2**20
_BLOCK_BYTES = 2**18
_PARTS = 3


class JobList:
    """Jobs in the order in which they were added; up to 8 MB are held in memory, more in a temporary file.

    Parameters
    ----------
    input_dir, output_dir
        Folders below which all sources and targets lie.
    """

    def __init__(self, input_dir: PurePath, output_dir: PurePath) -> None:
        self.input_dir = input_dir
        self.output_dir = output_dir
        self._file: IO[bytes] | None = None
        self._in_file_bytes = 0
        self._in_memory = bytearray()  # what follows the file
        self._lock = threading.Lock()
        self._count = 0

    def add(self, source: PurePath, target: PurePath, matte_name: PurePath) -> None:
        """Add a job. All jobs are added before the first iteration."""
        parts = (source.relative_to(self.input_dir), target.relative_to(self.output_dir), matte_name)
        for part in parts:
            self._in_memory += os.fsencode(part) + b"\0"
        self._count += 1
        if len(self._in_memory) > _IN_MEMORY_BYTES:
            self._move_to_file()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[BatchJob]:
        parts: list[bytes] = []
        index = 0
        for block in self._blocks():
            parts += block
            complete = len(parts) - len(parts) % _PARTS
            for start in range(0, complete, _PARTS):
                index += 1
                source, target, matte = (os.fsdecode(part) for part in parts[start : start + _PARTS])
                yield BatchJob(
                    self.input_dir / source, self.output_dir / target, index, self._count, matte_name=PurePath(matte)
                )
            del parts[:complete]

    def _blocks(self) -> Iterator[list[bytes]]:
        """The complete parts of one block after the other. Several iterations may run at once."""
        place, cut = 0, b""
        while block := self._read(place):
            place += len(block)
            *complete, cut = (cut + block).split(b"\0")
            yield complete

    def _read(self, place: int) -> bytes:
        if self._file is None or place >= self._in_file_bytes:
            start = place - self._in_file_bytes
            return bytes(self._in_memory[start : start + _BLOCK_BYTES])
        with self._lock:
            self._file.seek(place)
            return self._file.read(_BLOCK_BYTES)

    def _move_to_file(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  it is closed with the list
            weakref.finalize(self, self._file.close)
        self._in_file_bytes += self._file.write(self._in_memory)
        self._in_memory.clear()
