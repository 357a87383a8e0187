"""Drawing of the synthetic source: a room, and a bust (head and shoulders) with alpha to put before it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha, require_rgb
from portrait.core.resize import resize

_Color = tuple[int, int, int]

SKIN: _Color = (222, 178, 150)
HAIR: _Color = (70, 48, 36)
SHIRT: _Color = (52, 84, 140)
DARK: _Color = (58, 38, 34)
LIPS: _Color = (176, 98, 92)
LAMP: _Color = (255, 244, 214)
WINDOW: _Color = (206, 228, 250)

SUPERSAMPLING = 2
_SUBPIXEL_BITS = 4


def draw_room(height: int, width: int) -> RgbImage:
    """Draw a wall with texture, shelves of books, a window and a string of lamps: uint8 (H, W, 3) RGB."""
    # Wall and books.
    room = _draw_wall(height, width)
    _draw_books(room)
    # Window with frame and bar.
    top_left, bottom_right = (int(0.72 * width), int(0.12 * height)), (int(0.93 * width), int(0.55 * height))
    cv2.rectangle(room, top_left, bottom_right, WINDOW, cv2.FILLED)
    frame_px = max(1, height // 90)
    cv2.rectangle(room, top_left, bottom_right, DARK, frame_px)
    middle_x = (top_left[0] + bottom_right[0]) // 2
    cv2.line(room, (middle_x, top_left[1]), (middle_x, bottom_right[1]), DARK, frame_px)
    # Lamps on a sagging string.
    for share in np.linspace(0.06, 0.66, 7):
        sag = 0.05 * math.sin(math.pi * share / 0.7)
        _draw_ellipse(room, (share * width, (0.06 + sag) * height), (0.008 * height, 0.008 * height), LAMP)
    return room


def draw_bust(height: int) -> tuple[RgbImage, AlphaMatte]:
    """Draw head and shoulders on a square of 1.2 × ``height``, with anti-aliased alpha.

    Returns
    -------
    image
        uint8 (S, S, 3) RGB. Outside the bust it has the colour of the shirt, so that no black bleeds into soft edges.
    alpha
        float32 (S, S), 0 … 1.
    """
    # Draw shoulders, neck, hair and head at twice the size, in colour and as alpha.
    side = _bust_side(height)
    large = side * SUPERSAMPLING
    image = np.full((large, large, 3), SHIRT, np.uint8)
    alpha = np.zeros((large, large), np.uint8)
    for center, axes, color in (
        ((0.5, 0.98), (0.38, 0.4), SHIRT),
        ((0.5, 0.55), (0.075, 0.11), SKIN),
        ((0.5, 0.36), (0.165, 0.21), HAIR),
        ((0.5, 0.41), (0.135, 0.18), SKIN),
    ):
        center_px, axes_px = (center[0] * large, center[1] * large), (axes[0] * large, axes[1] * large)
        _draw_ellipse(image, center_px, axes_px, color)
        _draw_ellipse(alpha, center_px, axes_px, 255)
    _draw_face(image)
    # Downsample by area averaging.
    size = (side, side)
    shaded = _shade(cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32))
    soft = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255.0)
    return shaded, soft


def fit_bust(image: RgbImage, alpha: AlphaMatte, height: int) -> tuple[RgbImage, AlphaMatte]:
    """Resize a square cut-out to the size of `draw_bust`'s result."""
    require_rgb(image)
    require_alpha(alpha, (image.shape[0], image.shape[0]))
    side = _bust_side(height)
    return resize(image, side, side), resize(alpha, side, side)


def _bust_side(height: int) -> int:
    """Side of the bust's square in pixels."""
    return math.ceil(1.2 * height)


def _draw_wall(height: int, width: int) -> RgbImage:
    """Draw an unevenly lit wall with noise for plaster."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 150.0 - 50.0 * y / height + 25.0 * np.cos(3.0 * x / width)
    plaster = rng.normal(0.0, 9.0, (height, width)).astype(np.float32)
    tint = np.array([1.0, 0.94, 0.84], np.float32)
    return _to_uint8((light + plaster)[..., None] * tint)


def _draw_books(room: RgbImage) -> None:
    """Draw three rows of books of random heights and colours."""
    rng = np.random.default_rng(12)
    height, width = room.shape[:2]
    for shelf in range(3):
        foot_px = int((0.42 + 0.2 * shelf) * height)
        for left_px in range(int(0.04 * width), int(0.3 * width), max(1, width // 60)):
            top_px = foot_px - int(height * rng.uniform(0.09, 0.15))
            color = tuple(int(level) for level in rng.integers(40, 200, 3))
            cv2.rectangle(room, (left_px, top_px), (left_px + max(1, width // 80), foot_px), color, cv2.FILLED)


def _draw_face(image: RgbImage) -> None:
    """Draw eyes and mouth."""
    side = image.shape[0]
    for x in (0.445, 0.555):
        _draw_ellipse(image, (x * side, 0.395 * side), (0.018 * side, 0.01 * side), DARK)
    _draw_ellipse(image, (0.5 * side, 0.5 * side), (0.045 * side, 0.011 * side), LIPS)


def _shade(image: NDArray[np.float32]) -> RgbImage:
    """Shade by a light from the upper left, and add noise as texture of cloth and skin."""
    side = image.shape[0]
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side)
    light = 1.22 - 0.45 * x - 0.18 * y
    grain = np.random.default_rng(13).normal(0.0, 3.0, (side, side)).astype(np.float32)
    return _to_uint8(image * light[..., None] + grain[..., None])


def _to_uint8(image: NDArray[np.float32]) -> RgbImage:
    return np.asarray(np.clip(image, 0.0, 255.0), dtype=np.uint8)


def _draw_ellipse(
    canvas: NDArray[np.uint8], center: tuple[float, float], axes: tuple[float, float], color: _Color | int
) -> None:
    """Draw a filled anti-aliased ellipse at a sub-pixel position; both pairs are x, y in pixels."""
    unit = 1 << _SUBPIXEL_BITS
    center_units = (round(center[0] * unit), round(center[1] * unit))
    axes_units = (max(unit // 2, round(axes[0] * unit)), max(unit // 2, round(axes[1] * unit)))
    values = color if isinstance(color, tuple) else (color,)
    cv2.ellipse(canvas, center_units, axes_units, 0, 0, 360, values, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)
