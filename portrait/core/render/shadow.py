"""The shadow of the subject on a backdrop: soft on a wall behind it, and dark where it touches the ground."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.render.backdrop import Backdrop
from portrait.core.resize import downsample_to_long_side, fit_framed, upsample_rows, upsample_rows_into

_LONG_SIDE_PX, _VIDEO_LONG_SIDE_PX = 384, 160
_GAMMA = 2.2  # of the power that is nearest to the curve of sRGB
_CUT_OFF = 0.985  # of the height: who reaches lower is cut by the frame, and touches no ground that is seen
_LEAST_PART = 0.01  # of the image: a smaller part of the matte casts no shadow of its own
_FLOOR_SLOPE = 0.12  # a thing of height 1 lies on the floor as 0.12 of it: the light comes from above and before
_CONTACT = 0.06  # the lowest share of a figure, which touches the ground
_CONTACT_DROP = 0.006  # by which its shadow reaches out below the soles
_CONTACT_SOFTNESS, _FLOOR_SOFTNESS, _WALL_SOFTNESS = 0.008, 0.035, 0.07  # shares of the figure's height
_CONTACT_SHARE, _FLOOR_SHARE, _WALL_SHARE = 0.75, 0.5, 0.4


EncodedBackdrop = Callable[[slice, RgbImage], None]
"""Writes some rows of a background, encoded, into a uint8 (rows, W, 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class ShadowedBackdrop:
    """Another backdrop with a shadow on it.

    Attributes
    ----------
    backdrop
        The other one.
    shadow
        float32 (h, w), 0 … 1, 1 / ``factor`` of the size with a frame of one pixel, see `upsample_rows`.
    factor
        By which it is upsampled.
    """

    backdrop: Backdrop
    shadow: NDArray[np.float32]
    factor: int

    def rows(self, rows: slice, width: int) -> LinearImage:
        left = np.float32(1.0) - upsample_rows(self.shadow, self.factor, rows, width)
        return np.asarray(cv2.multiply(self.backdrop.rows(rows, width), cv2.merge([left] * 3)), np.float32)


def with_shadow(backdrop: Backdrop, alpha: AlphaMatte, strength: float) -> Backdrop:
    """A backdrop with the shadow of a subject on it; itself where the strength, 0 … 1, is 0."""
    return backdrop if strength == 0.0 else ShadowedBackdrop(backdrop, *cast_small_shadow(alpha, strength))


def shadow_on(put: EncodedBackdrop, alpha: AlphaMatte, strength: float) -> EncodedBackdrop:
    """For video: a backdrop of encoded levels with the shadow of a subject on it; itself where the strength is 0."""
    if strength == 0.0:
        return put
    shadow, factor = cast_small_shadow(alpha, strength, _VIDEO_LONG_SIDE_PX)
    one = np.rint(255.0 * np.power(1.0 - shadow, 1.0 / _GAMMA)).astype(np.uint8)
    left = np.asarray(cv2.merge([one] * 3), np.uint8)

    def put_darker(rows: slice, out: RgbImage) -> None:
        put(rows, out)
        shown = np.empty_like(out)
        upsample_rows_into(shown, left, factor, rows)
        cv2.multiply(out, shown, dst=out, scale=1.0 / 255.0)

    return put_darker


def cast_small_shadow(
    alpha: AlphaMatte, strength: float, long_side_px: int = _LONG_SIDE_PX
) -> tuple[NDArray[np.float32], int]:
    """The shadow of a subject, 1 / factor of the size with a frame of one pixel, and the factor."""
    height, width = alpha.shape
    factor = -(-max(height, width) // long_side_px)
    small = np.float32(strength) * cast_shadow(downsample_to_long_side(alpha, long_side_px))
    return fit_framed(np.asarray(small, np.float32), factor, height, width), factor


def cast_shadow(alpha: AlphaMatte) -> NDArray[np.float32]:
    """How much light the subject of a matte keeps from what is behind and below it, float32 (H, W), 0 … 1.

    Every part of the matte that stands on the ground lies on it as a flat shadow, which is softer than the dark line of
    contact; one that the frame cuts off casts a soft shadow on a wall.
    """
    height, width = alpha.shape
    light = np.ones((height, width), np.float32)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8))
    for part in range(1, count):
        if stats[part, cv2.CC_STAT_AREA] < _LEAST_PART * alpha.size:
            continue
        own = np.where(labels == part, alpha, np.float32(0.0)).astype(np.float32)
        top, tall = int(stats[part, cv2.CC_STAT_TOP]), int(stats[part, cv2.CC_STAT_HEIGHT])
        stands = top + tall < _CUT_OFF * height
        light *= _light_on_ground(own, top, tall) if stands else 1.0 - _WALL_SHARE * _soft(own, _WALL_SOFTNESS * tall)
    return np.asarray(1.0 - light, np.float32)


def _light_on_ground(alpha: AlphaMatte, top: int, tall: int) -> NDArray[np.float32]:
    """What is left of the light on the ground around a figure, from a row on and of a height in pixels."""
    foot = top + tall
    flat = np.array([[1.0, 0.0, 0.0], [0.0, _FLOOR_SLOPE, foot * (1.0 - _FLOOR_SLOPE)]])
    size = alpha.shape[1], alpha.shape[0]
    lying = cv2.warpAffine(alpha, flat, size, flags=cv2.INTER_AREA)
    feet = alpha.copy()
    feet[: max(0, foot - max(1, round(_CONTACT * tall)))] = 0.0
    contact = cv2.warpAffine(feet, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, _CONTACT_DROP * tall]]), size)
    floor = 1.0 - _FLOOR_SHARE * _soft(np.asarray(lying, np.float32), _FLOOR_SOFTNESS * tall)
    touch = 1.0 - _CONTACT_SHARE * _soft(np.asarray(contact, np.float32), _CONTACT_SOFTNESS * tall)
    return np.asarray(floor * touch, np.float32)


def _soft(plane: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(0.5, sigma_px), borderType=cv2.BORDER_REPLICATE), np.float32)
