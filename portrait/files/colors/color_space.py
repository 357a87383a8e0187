"""RGB colour spaces of primaries and a curve, and ICC profiles made for them."""

import struct
from dataclasses import dataclass

import numpy as np

from portrait.core.high_dynamic_range import HdrCurve
from portrait.core.primaries import D50_XYZ, SRGB, Primaries, adaptation_to_d50, rgb_to_xyz

Curve = tuple[float, ...]
"""Parameters of a parametric curve: (g,), (g, a, b) or (g, a, b, c, d) (ICC.1:2022, 10.18: types 0, 1 and 3)."""

SRGB_CURVE: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

_CURVE_KINDS = {1: 0, 3: 1, 5: 3}
_HEADER_BYTES, _ENTRY_BYTES = 128, 12
_LARGEST_GAMMA = 100.0


@dataclass(frozen=True, slots=True)
class ColorSpace:
    """The colour space of an image.

    Attributes
    ----------
    icc_profile
        Profile from the file, of any colour space, or one made for primaries and curve; None stands for sRGB.
    hdr
        The transfer curve, where it is one of high dynamic range.
    primaries
        Primaries of an image of high dynamic range.
    is_narrow
        Whether black and white stand at 16 and 235 of 255, as in video.
    """

    icc_profile: bytes | None = None
    hdr: HdrCurve | None = None
    primaries: Primaries = SRGB
    is_narrow: bool = False


def rgb_space(primaries: Primaries, curve: Curve, *, is_narrow: bool = False) -> ColorSpace:
    """The space of these primaries and this curve; sRGB itself needs no profile.

    Raises
    ------
    ValueError
        The parameters describe no curve.
    """
    if not 0.0 < curve[0] <= _LARGEST_GAMMA:
        raise ValueError(f"the exponent of a curve must lie in 0 … {_LARGEST_GAMMA:g}, got {curve[0]:g}")
    is_srgb = curve == SRGB_CURVE and primaries.is_close_to(SRGB)
    return ColorSpace(None if is_srgb else make_profile(primaries, curve), is_narrow=is_narrow)


def hdr_space(primaries: Primaries, curve: HdrCurve, *, is_narrow: bool = False) -> ColorSpace:
    """The space of an image of high dynamic range, with the profile for the image after tone mapping."""
    return ColorSpace(rgb_space(primaries, SRGB_CURVE).icc_profile, curve, primaries, is_narrow)


def make_profile(primaries: Primaries, curve: Curve) -> bytes:
    """A display profile of version 4 with three columns and one curve (ICC.1:2022, 8.4.3)."""
    adaptation = adaptation_to_d50(primaries)
    columns = (adaptation @ rgb_to_xyz(primaries)).T
    tags = {name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    tags[b"chad"] = struct.pack(">4sI9i", b"sf32", 0, *_fixed(*adaptation.ravel()))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _parametric(curve))
    return _lay_out("RGB with the primaries of the photo", b"RGB ", tags)  # not shown


def make_grey_profile() -> bytes:
    """Grey by the curve of sRGB (ICC.1:2022, 8.4.4)."""
    return _lay_out("Grey by the curve of sRGB", b"GRAY", {b"kTRC": _parametric(SRGB_CURVE)})  # not shown


def _lay_out(name: str, space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Header, table and contents of a profile; equal contents are stored once."""
    tags = {b"desc": _text(name), b"cprt": _text("CC0"), b"wtpt": _xyz(D50_XYZ)} | tags
    start = _HEADER_BYTES + 4 + _ENTRY_BYTES * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    offsets: dict[bytes, int] = {}
    for tag, content in tags.items():
        if content not in offsets:
            offsets[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", tag, offsets[content], len(content))
    date = (2024, 1, 1, 0, 0, 0)  # one and the same, so that equal portraits are equal files
    header = struct.pack(">I4xI4s4s4s6H4s", start + len(body), 0x04300000, b"mntr", space, b"XYZ ", *date, b"acsp")
    white = struct.pack(">3i", *_fixed(*D50_XYZ))
    return (header + bytes(28) + white).ljust(_HEADER_BYTES, b"\0") + table + body


def _parametric(curve: Curve) -> bytes:
    return struct.pack(f">4sIHH{len(curve)}i", b"para", 0, _CURVE_KINDS[len(curve)], 0, *_fixed(*curve))


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _xyz(values: np.ndarray) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *_fixed(*values))


def _fixed(*values: float) -> list[int]:
    """s15Fixed16Number (ICC.1:2022, 4.6)."""
    return [round(65_536 * float(value)) for value in values]
