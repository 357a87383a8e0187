"""Removal of PNG text and profile chunks that exceed Pillow's limits.

Pillow would refuse the whole file. Its limits are global to the process and are therefore not changed.
"""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from PIL import PngImagePlugin

from portrait.files.containers.png_chunks import CHECKSUM_BYTES, HEADER_BYTES, SIGNATURE, read_at, walk_chunks
from portrait.language import tr

_TEXTS, _PROFILE = (b"tEXt", b"zTXt", b"iTXt"), b"iCCP"
_MOST_PROFILE_BYTES = 255 * 65_519
"""Largest profile that JPEG can hold (ICC.1:2022, B.4); also the limit for decompression."""


@dataclass(frozen=True, slots=True)
class SlimPng:
    """A PNG file without the chunks that are too large for Pillow.

    ``file`` is to be opened in place of the original; ``icc_profile`` is the large profile that was removed from it;
    ``warnings`` say what was left out.
    """

    file: IO[bytes]
    icc_profile: bytes | None = None
    warnings: tuple[str, ...] = ()


def slim_png(file: IO[bytes]) -> SlimPng:
    """Remove texts and profiles that are too large; other files, most PNG files among them, are returned unchanged.

    Parameters
    ----------
    file
        At its beginning, where the file that is returned is, too.
    """
    is_png = file.read(len(SIGNATURE)) == SIGNATURE
    chunks = _find_large_chunks(file) if is_png else {}
    if not chunks:
        file.seek(0)
        return SlimPng(file)
    profile, warnings = None, []
    for content in (content for name, content in chunks.values() if name == _PROFILE):
        profile = _unpack(content.partition(b"\0")[2][1:], _MOST_PROFILE_BYTES)
        if profile is None:
            warnings.append(tr("the colour profile is too large and was dropped"))
    if any(name in _TEXTS for name, _ in chunks.values()):
        warnings.append(tr("texts in the file are too large and were left out"))
    return SlimPng(_cut_out(file, chunks), profile, tuple(warnings))


def read_small_texts(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each text chunk of a PNG file that is within Pillow's limits, also behind the pixels."""
    large = _find_large_chunks(file)
    for start, name, length in walk_chunks(file):
        if name == b"IEND":
            return
        if name in _TEXTS and start not in large:
            yield name, file.read(length)


def _find_large_chunks(file: IO[bytes]) -> dict[int, tuple[bytes, bytes]]:
    """Chunks beyond Pillow's limits: name and content by offset."""
    large = {}
    text_bytes = 0
    for start, name, length in walk_chunks(file):
        if name not in (*_TEXTS, _PROFILE):
            continue
        content = file.read(length)
        unpacked = _unpack(_packed_part(name, content), PngImagePlugin.MAX_TEXT_CHUNK)
        is_large = unpacked is None
        if name in _TEXTS and not is_large:
            text_bytes += len(content) if unpacked == b"" else len(unpacked or b"")
            is_large = text_bytes > PngImagePlugin.MAX_TEXT_MEMORY
        if is_large:
            large[start] = name, content
    return large


def _packed_part(name: bytes, content: bytes) -> bytes:
    """The compressed bytes of a text or profile (PNG specification, 11.3.2.3 and 11.3.3); empty where it has none."""
    if name == b"tEXt":
        return b""
    rest = content.partition(b"\0")[2]
    if name != b"iTXt":
        return rest[1:]
    return rest[2:].split(b"\0", 2)[-1] if rest[:1] == b"\1" else b""


def _unpack(packed: bytes, most_bytes: int) -> bytes | None:
    """Decompress; empty where the data is damaged, None where the result is longer than ``most_bytes``."""
    decompressor = zlib.decompressobj()
    try:
        unpacked = decompressor.decompress(packed, most_bytes)
    except zlib.error:
        return b""
    return None if decompressor.unconsumed_tail else unpacked


def _cut_out(file: IO[bytes], chunks: dict[int, tuple[bytes, bytes]]) -> IO[bytes]:
    """A copy of the file without some of its chunks."""
    slim = io.BytesIO()
    start = 0
    for offset, (_, content) in chunks.items():
        slim.write(read_at(file, start, offset - HEADER_BYTES - start))
        start = offset + len(content) + CHECKSUM_BYTES
    file.seek(start)
    slim.write(file.read())
    slim.seek(0)
    return slim
