"""The colours of TIFF files, told by tags (TIFF 6.0, sections 20 and 22)."""

import mmap
import struct
from typing import IO

import numpy as np
from numpy.typing import NDArray

from portrait.core.color import encode_srgb
from portrait.core.primaries import D65, SRGB, Primaries
from portrait.files.colors.color_space import SRGB_CURVE, ColorSpace, Curve, rgb_space
from portrait.files.containers.tiff_block import RATIONAL, SHORT, Directory, Entry, TiffReader
from portrait.language import mark, tr

_PHOTOMETRIC, _TRANSFER, _WHITE, _PRIMARIES = 262, 301, 318, 319
_RGB, _PALETTE, _YCBCR = 2, 3, 6
_SAME_CURVE = 0.004
"""Curves that differ by less than this, as sRGB encodes them, are taken for one: one of 255 levels."""

_DARKEST_FITTED = 0.01  # of white: below, 16 bits are too few for a logarithm
_CURVE_DROPPED = mark("the transfer function of the TIFF file is no gamma curve and was not used")


def read_tiff_space(file: IO[bytes], notes: list[str]) -> ColorSpace | None:
    """The space of the first picture; none where no tag tells it, and for other pictures than RGB and YCbCr.

    Parameters
    ----------
    file
        Without an ICC profile.
    notes
        Gets a sentence for a transfer function that is not used.

    Raises
    ------
    ValueError, struct.error, ArithmeticError
        Damaged, or the primaries span nothing.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        reader = TiffReader(content)
        directory = reader.first_directory()
        is_told = any(entry.tag in (_PRIMARIES, _TRANSFER) for entry in directory.entries)
        if not is_told or _photometric(reader, directory) not in (_RGB, _PALETTE, _YCBCR):
            return None
        primaries = _read_primaries(reader, directory)
        return rgb_space(primaries, _read_curve(reader, directory, notes))


def _photometric(reader: TiffReader, directory: Directory) -> int:
    entry = directory.find(_PHOTOMETRIC)
    return int(reader.number(entry)) if entry else -1


def _read_primaries(reader: TiffReader, directory: Directory) -> Primaries:
    """Of a white on its own nothing follows: it is shown as white whatever it is."""
    points = _rationals(reader, directory, _PRIMARIES, 6)
    if points is None:
        return SRGB
    white = _rationals(reader, directory, _WHITE, 2) or D65
    return Primaries((points[0], points[1]), (points[2], points[3]), (points[4], points[5]), (white[0], white[1]))


def _rationals(reader: TiffReader, directory: Directory, tag: int, count: int) -> tuple[float, ...] | None:
    entry = _find(directory, tag)
    if entry is None:
        return None
    if entry.kind != RATIONAL or entry.count != count:
        raise ValueError(f"tag {tag} must hold {count} fractions")
    numbers = struct.unpack(f"{reader.order}{2 * count}I", reader.value(entry))
    return tuple(numbers[place] / numbers[place + 1] for place in range(0, 2 * count, 2))


def _find(directory: Directory, tag: int) -> Entry | None:
    """The entry of a tag, of which it is an error to lie outside of the file."""
    entry = next((entry for entry in directory.entries if entry.tag == tag), None)
    if entry is not None and not entry.is_inside:
        raise ValueError(f"tag {tag} has no value")
    return entry


def _read_curve(reader: TiffReader, directory: Directory, notes: list[str]) -> Curve:
    """Of one table for all channels, or three alike; of tables that no curve describes sRGB's."""
    entry = _find(directory, _TRANSFER)
    if entry is None:
        return SRGB_CURVE
    if entry.kind != SHORT:
        raise ValueError("the transfer function must hold whole numbers of 16 bits")
    values = np.frombuffer(reader.value(entry), f"{reader.order}u2") / 65_535.0
    curve = _fit_curve(values.reshape(_channels(values.size), -1))
    if curve is None:
        notes.append(tr(_CURVE_DROPPED))
    return curve or SRGB_CURVE


def _channels(size: int) -> int:
    """Tables have a power of 2 of values each."""
    channels = next((count for count in (1, 3) if size % count == 0 and (size // count).bit_count() == 1), 0)
    if not channels or size // channels < 2:
        raise ValueError(f"a transfer function cannot have {size} values")
    return channels


def _fit_curve(tables: NDArray[np.float64]) -> Curve | None:
    """The curve of sRGB or the gamma curve that float64 (channels, levels) of linear light are close to."""
    levels = np.linspace(0.0, 1.0, tables.shape[1])
    encoded = encode_srgb(tables)
    if np.abs(encoded - levels).max() < _SAME_CURVE:
        return SRGB_CURVE
    fitted = (tables[0] > _DARKEST_FITTED) & (levels > 0.0) & (levels < 1.0)
    logarithms = np.log(levels[fitted])
    if not logarithms.any():
        return None
    gamma = float(np.log(tables[0][fitted]) @ logarithms / (logarithms @ logarithms))
    if gamma <= 0.0 or np.abs(encoded - encode_srgb(levels**gamma)).max() >= _SAME_CURVE:
        return None
    return (gamma,)
