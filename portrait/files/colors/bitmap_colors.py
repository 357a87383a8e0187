"""Colour spaces of BMP files, from headers of version 4 and 5 (Microsoft: BITMAPV4HEADER, BITMAPV5HEADER)."""

import struct
from io import SEEK_END
from typing import IO

from portrait.core.primaries import D65, Chromaticity, Primaries
from portrait.files.colors.color_space import SRGB_CURVE, ColorSpace, rgb_space
from portrait.language import tr

_FILE_HEADER_BYTES, _V4_BYTES, _V5_BYTES = 14, 108, 124
_SPACE_OFFSET, _ENDPOINTS_OFFSET, _GAMMA_OFFSET, _PROFILE_OFFSET = 56, 60, 96, 112
_CALIBRATED, _SRGB, _WINDOWS, _EMBEDDED = 0, b"BGRs", b" niW", b"DEBM"
_FIXED_2_30, _FIXED_16_16 = float(1 << 30), float(1 << 16)


def read_bitmap_profile(file: IO[bytes]) -> bytes | None:
    """The ICC profile embedded in a file; none without one."""
    header = _read_header(file)
    if len(header) < _V5_BYTES or header[_SPACE_OFFSET : _SPACE_OFFSET + 4] != _EMBEDDED:
        return None
    offset, length = struct.unpack_from("<II", header, _PROFILE_OFFSET)
    size, start = file.seek(0, SEEK_END), _FILE_HEADER_BYTES + offset
    file.seek(start)
    return file.read(max(0, min(length, size - start)))  # reading takes memory for all that is asked for


def read_bitmap_space(file: IO[bytes], notes: list[str]) -> ColorSpace:
    """The space of a file without an embedded profile; older headers, and calibrated ones of zeros, tell none.

    Raises
    ------
    ValueError
        The primaries span nothing.
    """
    header = _read_header(file)
    if len(header) < _V4_BYTES:
        return ColorSpace()
    kind = header[_SPACE_OFFSET : _SPACE_OFFSET + 4]
    if int.from_bytes(kind, "little") == _CALIBRATED:
        return _read_calibrated(header)
    if kind not in (_SRGB, _WINDOWS):
        notes.append(tr("the colour profile is not in the file: the colours were taken for sRGB"))
    return ColorSpace()


def _read_calibrated(header: bytes) -> ColorSpace:
    """Colour space of a calibrated header: its endpoints, D65 as white, and the gamma of green for all channels."""
    endpoints = struct.unpack_from("<9I", header, _ENDPOINTS_OFFSET)
    if not any(endpoints):
        return ColorSpace()
    red, green, blue = (_chromaticity(*endpoints[place : place + 3]) for place in (0, 3, 6))
    gamma = struct.unpack_from("<3I", header, _GAMMA_OFFSET)[1] / _FIXED_16_16
    return rgb_space(Primaries(red, green, blue, D65), (gamma,) if gamma else SRGB_CURVE)


def _chromaticity(*xyz: int) -> Chromaticity:
    """Chromaticity of CIE XYZ, or of x, y and z, given as fixed-point numbers of 30 binary places."""
    x, y, z = (value / _FIXED_2_30 for value in xyz)
    return x / (x + y + z), y / (x + y + z)


def _read_header(file: IO[bytes]) -> bytes:
    file.seek(0)
    start = file.read(_FILE_HEADER_BYTES + 4)
    if start[:2] != b"BM" or len(start) < _FILE_HEADER_BYTES + 4:
        return b""
    (length,) = struct.unpack_from("<I", start, _FILE_HEADER_BYTES)
    file.seek(_FILE_HEADER_BYTES)
    return file.read(min(length, _V5_BYTES))
