"""A camera raw file written by hand: a DNG with an uncompressed Bayer mosaic of a known scene.

Layout: Adobe DNG Specification 1.4, chapters 3 and 4; TIFF/EP (ISO 12234-2) for the mosaic.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from portrait.core.primaries import SRGB, rgb_to_xyz

BLACK, WHITE = 512, 15_872
NEUTRAL = (0.5, 1.0, 0.625)
"""What the sensor answers to white: red and blue are less sensitive than green."""

_MIXING = np.array([[0.80, 0.16, 0.04], [0.12, 0.80, 0.08], [0.04, 0.16, 0.80]])
"""Each filter lets some of the other colours pass."""

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _SRATIONAL = 1, 2, 3, 4, 5, 10
_CODES = {_SHORT: "H", _LONG: "I", _RATIONAL: "I", _SRATIONAL: "i"}
_FRACTION = 10_000

Entry = tuple[int, int, Sequence[int] | bytes]


def patches(height: int = 480, width: int = 640) -> NDArray[np.float64]:
    """Twelve patches in three rows, the brightest at the upper left; linear sRGB float64 (H, W, 3), below 0.9."""
    colors = [
        [(0.80, 0.80, 0.80), (0.40, 0.40, 0.40), (0.18, 0.18, 0.18), (0.05, 0.05, 0.05)],
        [(0.50, 0.15, 0.10), (0.15, 0.40, 0.12), (0.10, 0.15, 0.50), (0.60, 0.50, 0.10)],
        [(0.55, 0.32, 0.24), (0.30, 0.16, 0.10), (0.10, 0.40, 0.45), (0.40, 0.15, 0.40)],
    ]
    rows, columns = np.arange(height) * 3 // height, np.arange(width) * 4 // width
    return np.array(colors)[rows[:, None], columns[None, :]]


def make_dng(
    scene: NDArray[np.float64], orientation: int = 1, behind: bytes = b"", levels: NDArray[np.uint16] | None = None
) -> bytes:
    """The file of a camera that has seen a scene.

    Parameters
    ----------
    scene
        Linear sRGB float64 (H, W, 3) with even sides; 1 is what just saturates green.
    orientation
        EXIF orientation that the camera states.
    behind
        What follows the mosaic, such as the camera's own picture.
    levels
        The mosaic in place of that of the scene.
    """
    height, width = scene.shape[:2]
    to_camera = np.diag(NEUTRAL) @ _MIXING @ np.linalg.inv(rgb_to_xyz(SRGB))
    mosaic = _mosaic(scene) if levels is None else levels
    exif: list[Entry] = [(0x829A, _RATIONAL, (1, 250)), (0x829D, _RATIONAL, (28, 10)), (0x920A, _RATIONAL, (85, 1))]
    first: list[Entry] = [
        (254, _LONG, (0,)), (256, _LONG, (width,)), (257, _LONG, (height,)), (258, _SHORT, (16,)),
        (259, _SHORT, (1,)), (262, _SHORT, (32_803,)), (271, _ASCII, b"Camera & Co\0"), (272, _ASCII, b"C-1\0"),
        (273, _LONG, (0,)), (274, _SHORT, (orientation,)), (277, _SHORT, (1,)), (278, _LONG, (height,)),
        (279, _LONG, (mosaic.nbytes,)), (284, _SHORT, (1,)), (306, _ASCII, b"2026:11:30 12:00:00\0"),
        (33_421, _SHORT, (2, 2)), (33_422, _BYTE, bytes((0, 1, 1, 2))), (34_665, _LONG, (0,)),
        (50_706, _BYTE, bytes((1, 4, 0, 0))), (50_707, _BYTE, bytes((1, 1, 0, 0))),
        (50_708, _ASCII, b"Camera & Co C-1\0"), (50_710, _BYTE, bytes((0, 1, 2))), (50_711, _SHORT, (1,)),
        (50_714, _SHORT, (BLACK,)), (50_717, _SHORT, (WHITE,)),
        (50_721, _SRATIONAL, _fractions(to_camera.ravel())), (50_728, _RATIONAL, _fractions(NEUTRAL)),
        (50_778, _SHORT, (21,)),
    ]  # fmt: skip
    exif_start = 8 + len(_directory(first, 8))
    strip_start = exif_start + len(_directory(exif, exif_start))
    places = {273: strip_start, 34_665: exif_start}
    first = [(tag, kind, (places[tag],) if tag in places else values) for tag, kind, values in first]
    head = struct.pack("<2sHI", b"II", 42, 8) + _directory(first, 8) + _directory(exif, exif_start)
    return head + mosaic.astype("<u2").tobytes() + behind


def _mosaic(scene: NDArray[np.float64]) -> NDArray[np.uint16]:
    """What the sensor counts behind its filters, red at the upper left."""
    camera = scene @ (np.diag(NEUTRAL) @ _MIXING).T
    channel = np.array([[0, 1], [1, 2]])[np.arange(len(scene))[:, None] % 2, np.arange(scene.shape[1])[None] % 2]
    counts = np.take_along_axis(camera, channel[..., None], axis=2)[..., 0]
    return np.rint(BLACK + (WHITE - BLACK) * counts.clip(0.0, 1.0)).astype(np.uint16)


def _fractions(numbers: Sequence[float] | NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(part for number in numbers for part in (round(_FRACTION * float(number)), _FRACTION))


def _directory(entries: Sequence[Entry], start: int) -> bytes:
    """A directory at an offset of the file, and the values that do not fit into it."""
    table, values = struct.pack("<H", len(entries)), b""
    values_start = start + 2 + 12 * len(entries) + 4
    for tag, kind, content in entries:
        packed = content if isinstance(content, bytes) else struct.pack(f"<{len(content)}{_CODES[kind]}", *content)
        count = len(content) // (2 if kind in (_RATIONAL, _SRATIONAL) else 1)
        if len(packed) <= 4:
            table += struct.pack("<HHI", tag, kind, count) + packed.ljust(4, b"\0")
            continue
        table += struct.pack("<HHII", tag, kind, count, values_start + len(values))
        values += packed + bytes(len(packed) % 2)
    return table + bytes(4) + values
