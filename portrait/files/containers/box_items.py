"""Items of HEIF and AVIF files as they stand in the file: their types and contents, and of them EXIF and XMP.

The libraries that decode the images alter EXIF and XMP: Pillow rewrites EXIF where an AVIF is rotated, which turns
texts that are not ASCII into question marks; pillow-heif reads a packet that is not UTF-8 as Latin-1.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from portrait.files.containers.boxes import read_box, read_items, split_boxes
from portrait.files.metadata.exif_cleaning import EXIF_HEADER

XMP_TYPE = b"application/rdf+xml"
_IN_FILE, _IN_IDAT = 0, 1
_MOST_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class _Location:
    """Location of an item: in the file, or in the box ``idat`` of the metadata; pieces by start and length."""

    method: int
    pieces: tuple[tuple[int, int], ...]


def read_heif_metadata(file: IO[bytes]) -> dict[str, bytes]:
    """EXIF and XMP of the image that is shown, by the keys ``exif`` and ``xmp``; missing or damaged ones are left out.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    found: dict[str, bytes] = {}
    try:
        if xmp := describing_content(file, XMP_TYPE):
            found["xmp"] = xmp
        if exif := describing_content(file, b"Exif"):
            (header_at,) = struct.unpack_from(">I", exif)  # ISO/IEC 23008-12, A.2.1
            if exif[4 + header_at :][:2] in (b"II", b"MM"):
                found["exif"] = EXIF_HEADER + exif[4 + header_at :]
    except (struct.error, LookupError):
        return found
    return found


def item_types(file: IO[bytes]) -> dict[int, bytes]:
    """The type of each item, by its number; of an uncompressed MIME item its content type.

    Layout: ISO/IEC 14496-12, 8.11.6.

    Raises
    ------
    struct.error, LookupError, OSError
        Damaged; cannot be read.
    """
    iinf = _meta(file).get(b"iinf", bytes(6))
    types = {}
    for kind, entry in split_boxes(iinf[8 if iinf[0] else 6 :]):
        if kind == b"infe" and entry[0] >= 2:
            number, type_at = (">H", 8) if entry[0] == 2 else (">I", 10)
            (item,) = struct.unpack_from(number, entry, 4)
            _, content_type, encoding, *_ = [*entry[type_at + 4 :].split(b"\0"), b"", b"", b""]
            is_plain = entry[type_at : type_at + 4] == b"mime" and not encoding
            types[item] = content_type if is_plain else entry[type_at : type_at + 4]
    return types


def describing_content(file: IO[bytes], wanted: bytes, image: int | None = None) -> bytes:
    """Content of the item of a type that describes an image; empty without one.

    Parameters
    ----------
    file
        HEIF or AVIF.
    wanted
        A type, as `item_types` gives it.
    image
        Number of the image; None: the one that is shown, which items describe that name none.

    Raises
    ------
    struct.error, LookupError, OSError
        As `item_content`.
    """
    items = read_items(file)
    image = items.primary if image is None else image
    described = {item: shown for (kind, item), shown in items.references.items() if kind == b"cdsc"}
    found = [
        item
        for item, kind in item_types(file).items()
        if kind == wanted and image in described.get(item, [items.primary])
    ]
    if not found:
        return b""
    return item_content(file, found[0])


def item_content(file: IO[bytes], item: int, most_bytes: int = _MOST_BYTES) -> bytes:
    """What an item holds, up to a number of bytes.

    Raises
    ------
    struct.error, LookupError, OSError
        Damaged, or made of other items; cannot be read.
    """
    meta = _meta(file)
    location = dict(_locations(meta[b"iloc"]))[item]
    if location.method == _IN_IDAT:
        return b"".join(meta[b"idat"][start : start + length] for start, length in location.pieces)[:most_bytes]
    if location.method != _IN_FILE:
        raise LookupError(f"item {item} is made of others")
    content = b""
    for start, length in location.pieces:
        file.seek(start)
        content += file.read(min(length, most_bytes - len(content)))
    return content


def _meta(file: IO[bytes]) -> dict[bytes, bytes]:
    return dict(split_boxes((read_box(file, b"meta") or bytes(4))[4:]))


def _locations(iloc: bytes) -> Iterator[tuple[int, _Location]]:
    """Location of each item (ISO/IEC 14496-12, 8.11.3)."""
    version, widths = iloc[0], (iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4, iloc[5] & 15 if iloc[0] else 0)
    offset_bytes, length_bytes, base_bytes, index_bytes = widths
    at = 6

    def number(size: int) -> int:
        nonlocal at
        if at + size > len(iloc):
            raise IndexError("the places of items are cut off")
        at += size
        return int.from_bytes(iloc[at - size : at])

    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else _IN_FILE
        number(2)  # which file: this one
        base = number(base_bytes)
        pieces = []
        for _ in range(number(2)):
            number(index_bytes)
            start = base + number(offset_bytes)
            pieces.append((start, number(length_bytes)))
        yield item, _Location(method, tuple(pieces))
