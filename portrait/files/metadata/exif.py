"""Reading of EXIF blocks (orientation, resolution, focal length) and changes for a saved portrait (size, thumbnail).

Changes are made in place, because maker notes have absolute offsets; new data goes to the end. Layout: EXIF 2.32
(CIPA DC-008), 4.5–4.6.
"""

import math
from collections.abc import Mapping
from fractions import Fraction

from portrait.files.containers.tiff_block import (
    EXIF_IFD,
    LONG,
    RATIONAL,
    SHORT,
    Directory,
    TiffBlock,
    TiffReader,
    Value,
)
from portrait.files.metadata.exif_cleaning import EXIF_HEADER, ORIENTATION

_WIDTH_TAGS, _HEIGHT_TAGS = (0x0100, 0xA002), (0x0101, 0xA003)
_COMPRESSION, _JPEG_OFFSET, _JPEG_LENGTH, _JPEG_THUMBNAIL = 0x0103, 0x0201, 0x0202, 6
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _INCH, _CENTIMETRE = 0x011A, 0x011B, 0x0128, 2, 3
_FOCAL_LENGTH, _FOCAL_LENGTH_35_MM = 0x920A, 0xA405
_FOCAL_PLANE_RESOLUTION, _FOCAL_PLANE_UNIT = (0xA20E, 0xA20F), 0xA210
_MOST_DPI_DENOMINATOR = 10_000

_LENS_TAGS = {_FOCAL_LENGTH, _FOCAL_LENGTH_35_MM, *_FOCAL_PLANE_RESOLUTION, _FOCAL_PLANE_UNIT, 0xA002, 0xA003}
_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
_FULL_FRAME_MM = (36.0, 24.0)


def read_orientation(exif: bytes) -> int | None:
    """EXIF orientation, 1 … 8; None where it is not stated, or the block is damaged before it."""
    try:
        block = _open(exif)
        entry = block.first_directory().find(ORIENTATION)
        orientation = 0 if entry is None else int(block.number(entry))
    except ValueError:
        return None
    return orientation if 1 <= orientation <= 8 else None


def read_resolution(exif: bytes) -> tuple[float, float] | None:
    """Pixels per inch, across and down; None where they are not stated, or the block is damaged before it."""
    try:
        block = _open(exif)
        directory = block.first_directory()
        across, down, unit = (
            block.number(entry) if (entry := directory.find(tag)) else 0.0
            for tag in (_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT)
        )
    except ValueError:
        return None
    per_inch = {_INCH: 1.0, _CENTIMETRE: 2.54}.get(int(unit), 0.0)
    return (across * per_inch, down * per_inch) if across * down * per_inch > 0.0 else None


def set_size(exif: bytes, width: int, height: int) -> bytes:
    """Write the image's size in pixels to those size tags that the block has; the changed block.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _open(exif)
    for directory in _described(block):
        for tags, value in ((_WIDTH_TAGS, width), (_HEIGHT_TAGS, height)):
            for entry in directory.entries:
                if entry.tag in tags:
                    block.write_number(entry, value)
    return _close(block)


def set_resolution(exif: bytes | None, dpi: tuple[float, float]) -> bytes:
    """Write the resolution in pixels per inch to the block, a new one where there is none; the changed block.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = TiffBlock.empty("<") if exif is None else _open(exif)
    first = None if exif is None else block.first_directory()
    values = resolution_values(block, dpi)
    start = block.append_directory(values, first.entries if first else ())
    if first is not None:
        block.set_next(block.directory(start), first.next)
        block.wipe(first.start, first.end)
    block.set_first_directory(start)
    return _close(block)


def resolution_values(block: TiffBlock, dpi: tuple[float, float]) -> list[Value]:
    """The three entries of a resolution in pixels per inch."""
    across, down = (Fraction(value).limit_denominator(_MOST_DPI_DENOMINATOR) for value in dpi)
    return [
        block.number_value(_X_RESOLUTION, RATIONAL, across.numerator, across.denominator),
        block.number_value(_Y_RESOLUTION, RATIONAL, down.numerator, down.denominator),
        block.number_value(_RESOLUTION_UNIT, SHORT, _INCH),
    ]


def add_thumbnail(exif: bytes, jpeg: bytes) -> bytes:
    """The block with a JPEG thumbnail added at its end; the old one must be gone.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _open(exif)
    first = block.first_directory()
    if first.next != 0:
        raise ValueError("EXIF block has a thumbnail already")
    start = block.append_directory(
        [
            block.number_value(_COMPRESSION, SHORT, _JPEG_THUMBNAIL),
            block.number_value(_JPEG_OFFSET, LONG, 0),
            block.number_value(_JPEG_LENGTH, LONG, len(jpeg)),
        ]
    )
    block.set_next(first, start)
    entry = block.directory(start).find(_JPEG_OFFSET)
    if entry is None:
        raise AssertionError("the entry has just been written")
    block.write_number(entry, len(block))
    block.append_bytes(jpeg)
    return _close(block)


def focal_length_35mm(exif: bytes) -> float | None:
    """Focal length in mm as on a sensor of 36 × 24 mm, by the diagonal.

    As the camera states it, or from the lens's own focal length and the size of the sensor, where its pixels per length
    and their number are stated.

    Returns
    -------
    None where it is not stated, or makes no sense.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _open(exif)
    numbers: dict[int, float] = {}
    for directory in _described(block):
        entries = (entry for entry in directory.entries if entry.tag in _LENS_TAGS)
        numbers |= {entry.tag: block.number(entry) for entry in entries}
    stated, own = numbers.get(_FOCAL_LENGTH_35_MM, 0.0), numbers.get(_FOCAL_LENGTH, 0.0)
    if stated > 0.0:
        return stated
    diagonal_mm = _sensor_diagonal_mm(numbers)
    return own * math.hypot(*_FULL_FRAME_MM) / diagonal_mm if own > 0.0 and diagonal_mm > 0.0 else None


def _sensor_diagonal_mm(numbers: Mapping[int, float]) -> float:
    """Diagonal of the sensor from pixels per length and their number; 0 where these are not stated."""
    sides = []
    for pixels_tag, resolution_tag in zip((_WIDTH_TAGS[1], _HEIGHT_TAGS[1]), _FOCAL_PLANE_RESOLUTION, strict=True):
        resolution = numbers.get(resolution_tag, 0.0)
        unit_mm = _UNITS_MM.get(int(numbers.get(_FOCAL_PLANE_UNIT, 2)), 0.0)
        sides.append(numbers.get(pixels_tag, 0.0) * unit_mm / resolution if resolution > 0.0 else 0.0)
    return math.hypot(*sides) if all(sides) else 0.0


def _open(exif: bytes) -> TiffBlock:
    return TiffBlock(exif.removeprefix(EXIF_HEADER))


def _close(block: TiffBlock) -> bytes:
    return EXIF_HEADER + block.to_bytes()


def _described(block: TiffReader) -> list[Directory]:
    """The directories that describe the image itself."""
    first = block.first_directory()
    camera_settings = first.find(EXIF_IFD)
    return [first] if camera_settings is None else [first, block.branch(camera_settings)]
