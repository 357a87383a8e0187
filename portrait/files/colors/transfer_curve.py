"""Transfer curves of ICC profiles, and conversion of images between them and the curve of sRGB.

The rest of the app assumes the curve of sRGB. An image with another curve is re-encoded with 16 bits, in its own
primaries, and converted back when it is saved.
"""

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DeepRgbImage, RgbImage
from portrait.core.color import decode_srgb, encode_srgb
from portrait.files.colors.icc_tags import find_tag

_CURVE_TAGS = (b"rTRC", b"gTRC", b"bTRC")
_SAME_AS_SRGB = 0.004
"""Curves that differ from sRGB's by less than this, one of 255 encoded levels, count as sRGB's."""

_PARAMETERS = (1, 3, 4, 5, 7)  # of each parametric type
_LEVELS = np.arange(65_536) / 65_535.0

Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TransferCurve:
    """How an RGB space encodes light, the same for its three channels.

    Attributes
    ----------
    linear
        float64 (65536,), rising: linear light, 0 … 1, of every 16-bit level.
    """

    linear: Levels

    def to_srgb(self, image: RgbImage | DeepRgbImage) -> DeepRgbImage:
        """Re-encode by the curve of sRGB: uint16 (H, W, 3). Different 8-bit levels stay different."""
        linear = self.linear[::257] if image.dtype == np.uint8 else self.linear
        table = np.rint(65_535.0 * encode_srgb(linear)).astype(np.uint16)
        return np.asarray(cv2.LUT(image, table), np.uint16)

    def from_srgb(self, image: DeepRgbImage, bits: int) -> RgbImage | DeepRgbImage:
        """Inverse of `to_srgb`: exact for 8 bits and a gamma up to 2.4; otherwise the deepest shadows merge."""
        levels = np.interp(decode_srgb(_LEVELS), self.linear, _LEVELS)
        table = np.rint((2**bits - 1) * levels)
        if bits == 8:
            return np.asarray(cv2.LUT(image, table.astype(np.uint8)), np.uint8)
        return np.asarray(cv2.LUT(image, table.astype(np.uint16)), np.uint16)


def read_transfer_curve(icc_profile: bytes) -> TransferCurve | None:
    """The curve of an RGB profile (ICC.1:2022, 10.6 and 10.18).

    Returns
    -------
    None where it is sRGB's, and where there is no such curve: damaged profiles, those made of tables, and those whose
    channels differ are taken for sRGB.
    """
    try:
        tags = [find_tag(icc_profile, name) for name in _CURVE_TAGS]
        with np.errstate(all="ignore"):
            curve = np.clip(_read_curve(tags[0]), 0.0, 1.0)
    except (struct.error, LookupError, ValueError, ArithmeticError):
        return None
    is_rising = bool((np.diff(curve) >= 0.0).all()) and curve[0] < curve[-1]  # false for NaN too
    if len(set(tags)) > 1 or not is_rising or np.abs(encode_srgb(curve) - _LEVELS).max() < _SAME_AS_SRGB:
        return None
    return TransferCurve(curve)


def _read_curve(tag: bytes) -> Levels:
    """Linear light of every 16-bit level."""
    if tag[:4] == b"para":
        return _read_parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError(f"unknown curve type {tag[:4]!r}")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return _LEVELS
    values = np.frombuffer(tag, ">u2", count, 12)
    if count == 1:
        return np.asarray(_LEVELS ** (float(values[0]) / 256.0), np.float64)
    return np.interp(_LEVELS, np.linspace(0.0, 1.0, count), values / 65_535.0)


def _read_parametric(tag: bytes) -> Levels:
    (kind,) = struct.unpack_from(">H", tag, 8)
    values = [value / 65_536.0 for value in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)]
    gamma, a, b, c, d, e, f = values + [0.0] * (7 - len(values))
    if kind == 0:
        a = 1.0
    if kind in (1, 2):  # a power from where its base is positive, a constant below
        c, d, e, f = 0.0, -b / a, c, c
    power = np.maximum(a * _LEVELS + b, 0.0) ** gamma + e
    return np.asarray(np.where(d <= _LEVELS, power, c * _LEVELS + f), np.float64)
