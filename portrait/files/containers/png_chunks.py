"""The chunks of a PNG file."""

import struct
from collections.abc import Collection, Iterator
from io import SEEK_END
from typing import IO

SIGNATURE = b"\x89PNG\r\n\x1a\n"

HEADER_BYTES, CHECKSUM_BYTES = 8, 4
"""Before and behind the content of each chunk."""


def walk_chunks(file: IO[bytes]) -> Iterator[tuple[int, bytes, int]]:
    """Offset, name and length of each chunk's content, at which the file then stands (PNG, third edition, 5.3).

    The walk ends where a whole header is missing. The length is that of what the file has, whatever the header says:
    reading takes memory for all that is asked for.
    """
    size, start = file.seek(0, SEEK_END), len(SIGNATURE) + HEADER_BYTES
    while len(header := read_at(file, start - HEADER_BYTES, HEADER_BYTES)) == HEADER_BYTES:
        length, name = struct.unpack(">I4s", header)
        yield start, name, max(0, min(length, size - start))
        start += length + CHECKSUM_BYTES + HEADER_BYTES


def read_chunks(file: IO[bytes], wanted: Collection[bytes]) -> dict[bytes, bytes]:
    """Contents of the first chunk of each wanted name that stands before the pixels, as far as there is one.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    found: dict[bytes, bytes] = {}
    for _, name, length in walk_chunks(file):
        if name == b"IDAT":
            break
        if name in wanted and name not in found:
            found[name] = file.read(length)
    return found


def read_at(file: IO[bytes], start: int, length: int) -> bytes:
    """The bytes at an offset, fewer where the file ends before."""
    file.seek(start)
    return file.read(length)
