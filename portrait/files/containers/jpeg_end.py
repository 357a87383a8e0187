"""Detection of truncated JPEG and JPEG 2000 files, also where an end marker was appended after the truncation.

A JPEG decoder fills in missing data without an error. But the pixels of a complete file do not depend on what follows
it. So the file is decoded several times with different random data appended; it is complete if all results are equal.
"""

import io
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

_END, _START_OF_SCAN, _RESTART = b"\xff\xd9", 0xDA, 0xD0
_START_OF_TILE = b"\xff\x90"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd9-\xfe])")
_END_OF_IMAGE = 0xD9
"""A marker that ends the data of a scan: no stuffed 255 and no restart marker (ITU-T T.81, B.1.1.2)."""

_LAST_COEFFICIENT = 63
_UNTOLD_LEVELS = (127, 128)  # the first where colours are stored inverted
_FILLINGS, _PIECES, _PIECE_BYTES = 12, 16, 64


def complete_jpeg(content: bytes) -> bytes | None:
    """The JPEG file with its end marker, appended if need be; None where rows, or bits of them, are missing.

    Parameters
    ----------
    content
        A whole file, or one that was cut off anywhere.
    """
    body = content.rstrip(b"\xff")  # may be half of the end marker
    if not _has_all_scans(body):
        return None
    try:
        pictures = (_decode(body + filling) for filling in _fillings())
        first = next(pictures)
        is_complete = all(np.array_equal(first, other) for other in pictures)
    except (OSError, SyntaxError, ValueError):
        return None
    return body + _END if is_complete else None


def was_cut_off(picture: Image.Image, content: bytes) -> bool:
    """Whether a decoded JPEG with an end marker was cut off before it got that marker.

    A progressive one then lacks whole scans. Of others libjpeg leaves missing blocks mid-grey, the value of no
    coefficients: only images whose last pixel has that grey are tested.

    Parameters
    ----------
    picture
        Decoded.
    content
        Its file; what follows the end of the image does not count.
    """
    if picture.info.get("progressive"):
        return not _has_all_bands(content)
    width, height = picture.size
    last_pixel = np.asarray(picture.crop((width - 1, height - 1, width, height)))
    if not np.isin(last_pixel, _UNTOLD_LEVELS).all():
        return False
    last_scan = max((end for _, _, end in _segments(content)), default=0)
    end = content.find(_END, last_scan)
    return complete_jpeg(content[: end if end >= 0 else None]) is None


def ends_as_jpeg2000(content: bytes) -> bool:
    """Whether a JPEG 2000 codestream has its end marker; without its data, OpenJPEG decodes a tile as grey.

    Behind the header of the first tile no other bytes can equal the marker (ITU-T T.800, A.4.4 and B.10.1).
    """
    return content.find(_END, content.find(_START_OF_TILE)) > 0


def _decode(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        return np.asarray(picture)


@cache
def _fillings() -> tuple[bytes, ...]:
    """Random data to append, with restart markers, in pairs of which one is the bitwise inverse of the other.

    So the first missing bit is 0 in one decoded image and 1 in the other. Where libjpeg expects a restart marker, it
    skips some and treats others as a loss, which it leaves grey; so the pairs begin with different markers.
    """
    noise = np.random.default_rng(81).integers(1, 255, (_FILLINGS // 2, _PIECES, _PIECE_BYTES), dtype=np.uint8)
    return tuple(
        b"".join(piece.tobytes() + bytes([0xFF, _RESTART + (index + 4 * pair) % 8]) for index, piece in enumerate(bits))
        + _END
        for pair, pieces in enumerate(noise)
        for bits in (pieces, 255 - pieces)
    )


def _has_all_scans(content: bytes) -> bool:
    """Whether the scans, many in a progressive file, hold every coefficient of every component to its last bit."""
    wanting = _wanting_coefficients(content, is_last_bit_needed=True)
    return wanting is not None and not wanting


def _has_all_bands(content: bytes) -> bool:
    """Whether the scans hold something of every coefficient; encoders may leave out the last bits on purpose."""
    wanting = _wanting_coefficients(content, is_last_bit_needed=False)
    return wanting is not None and not wanting


def _wanting_coefficients(content: bytes, *, is_last_bit_needed: bool) -> set[tuple[int, int]] | None:
    """Component and index of each coefficient that no scan brings; None without a frame header."""
    wanting: set[tuple[int, int]] | None = None
    for kind, segment, _ in _segments(content):
        if kind in _FRAMES and len(segment) >= 6 and segment[5]:
            components = segment[6::3][: segment[5]]
            wanting = {(identity, k) for identity in components for k in range(_LAST_COEFFICIENT + 1)}
        elif kind == _START_OF_SCAN and wanting and len(segment) >= 1 and len(segment) == 4 + 2 * segment[0]:
            first, last, bits = segment[-3:]
            if bits & 0x0F == 0 or not is_last_bit_needed:
                wanting -= {(identity, k) for identity in segment[1:-3:2] for k in range(first, last + 1)}
    return wanting


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, parameters and end of each segment (ITU-T T.81, B.1.1.4) in order; scan data is skipped."""
    found = _MARKER.search(content, 2)
    while found is not None and found[1][0] != _END_OF_IMAGE:
        length = int.from_bytes(content[found.end() : found.end() + 2], "big")
        yield found[1][0], content[found.end() + 2 : found.end() + length], found.end() + length
        found = _MARKER.search(content, found.end() + max(length, 1))
