"""Ground contact: the floor at a standing person's feet is as near as the feet, and as sharp."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap

_LONG_SIDE_PX = 384
_LARGE = 0.2
"""Figures that cover less than this share of the largest do not say where the ground is."""

_LEAST_HEIGHT = 0.11
"""Of the image's height; smaller figures have no feet to speak of."""

_SLENDER, _SLENDER_ON_FEET = 2.6, 1.9
"""Heights of a whole figure in widths of its trunk, at least: a grown-up has 4, head and chest over a table 2. Less is
enough for one that is narrow at its base: a wide skirt hides legs, not feet.
"""

_NARROW = 0.45  # widths of the trunk
_BASE_HEIGHT = 0.08  # of the figure's
_BODY_TRUNKS = 4.0
_CUT_SLENDER, _CUT_WIDTH = 3.25, 0.6
"""A figure that the frame cuts shows this many widths of its trunk if it is cut below the knees: its feet are near. One
that is wider, in shares of its height, leans or spreads its arms.
"""

_DISTANT = 0.42
"""Of the image's height: a smaller figure with room below it sits or lies on the floor, if it does not stand."""

_CAMERA_HEIGHTS = 1.7
"""Height of the camera in heights of one who sits: it is held as high as the eyes of one who stands."""

_HIGHEST_HORIZON = -0.5
_FRAME_MARGIN = 0.004
_FOOT_LENGTH, _EYE_LEVEL = 0.035, 0.08
"""Of the figure's height: the rows that its feet take up, and how far below its top the eyes are."""

_LEAST_BELOW = 0.05
_LEAST_FLOOR = 0.15
"""Of the image's height: below one who sits on the floor, and from the feet to the horizon."""


_LARGEST_DEPTH = 0.35
"""Feet farther apart than this share of the figures' height are not kept sharp together."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the floor is, in shares of the image's height.

    Attributes
    ----------
    near, far
        Rows between which the floor is in focus: the lowest foot and the highest one's heel.
    horizon
        Row of the horizon, above them.
    """

    near: float
    far: float
    horizon: float

    def defocus_map(self, height: int, width: int) -> DefocusMap:
        """The defocus of the floor, and of all that stands on it farther away.

        A pinhole camera sees a point of a plane floor at inverse depth that is linear in its row, 0 at the horizon; the
        circle of confusion of a thin lens is linear in inverse depth (Potmesil & Chakravarty 1981,
        doi:10.1145/965161.806818). So the blur grows in proportion to the rows from the feet, to the full one at the
        horizon, and downwards likewise, as in front of the subject. Wadhwa et al. 2018, doi:10.1145/3197517.3201329,
        treat the floor of people who stand alike where no depth was measured.

        Returns
        -------
        float32 (height, width), −1 … 1: a read-only view that repeats one column.
        """
        column = self._defocus((np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height))
        return np.broadcast_to(column[:, None], (height, width))

    def defocus_at(self, row: float) -> float:
        """The defocus of the floor at a row, in shares of the height."""
        return float(self._defocus(np.array([row], np.float32))[0])

    def _defocus(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        behind = (self.far - rows) / (self.far - self.horizon)
        before = (self.near - rows) / (self.near - self.horizon)
        defocus = np.maximum(behind, 0.0) + np.minimum(before, 0.0)
        return np.asarray(np.clip(defocus, -1.0, 1.0), np.float32)


@dataclass(frozen=True, slots=True)
class Figure:
    """One connected part of a matte; rows in shares of the image's height, widths too."""

    top: float
    bottom: float
    area_px: int
    width: float
    trunk: float
    base: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def is_whole(self) -> bool:
        """Whether the frame does not cut it, and it is large enough to have feet."""
        return self.bottom < 1.0 - _FRAME_MARGIN and self.height >= _LEAST_HEIGHT

    @property
    def is_standing(self) -> bool:
        """Whether it is on its feet, and these are seen or near."""
        if not self.is_whole:
            is_upright = self.width <= _CUT_WIDTH * self.height
            return is_upright and self.height >= max(_LEAST_HEIGHT, _CUT_SLENDER * self.trunk)
        on_feet = self.base <= _NARROW * self.trunk
        return self.height >= (_SLENDER_ON_FEET if on_feet else _SLENDER) * self.trunk

    @property
    def is_on_floor(self) -> bool:
        """Whether it stands, sits or lies on the floor."""
        return self.is_standing or (self.is_whole and self.height <= _DISTANT and self.bottom < 1.0 - _LEAST_BELOW)

    @property
    def feet(self) -> float:
        """Row where it touches the floor; below the frame where that cuts it."""
        return self.bottom if self.is_whole else max(self.bottom, self.top + _BODY_TRUNKS * self.trunk)

    @property
    def horizon(self) -> float:
        """Row of the horizon, if the camera is level, and as high as the eyes of one who stands."""
        if self.is_standing:
            return self.top + _EYE_LEVEL * (self.feet - self.top)
        return max(_HIGHEST_HORIZON, self.bottom - _CAMERA_HEIGHTS * self.height)


def find_ground(alpha: AlphaMatte) -> Ground | None:
    """Estimate the ground plane that the people of a matte stand on.

    The image is taken to be level and at about the height of their eyes, so the horizon is there: the matte tells no
    more. The result depends on the matte's shape, not on its number of pixels.

    Parameters
    ----------
    alpha
        float32 (H, W), 0 … 1.

    Returns
    -------
    None where nobody is seen on the floor: a portrait, half a figure, nobody. Then all of the background is far.
    """
    figures = find_figures(alpha)
    if not figures:
        return None
    # Only who is on the floor tells where it is.
    largest = max(figures, key=lambda figure: figure.area_px)
    if not largest.is_on_floor:
        return None
    alike = [figure for figure in figures if figure.is_on_floor and figure.area_px >= _LARGE * largest.area_px]
    # The floor is in focus between the lowest foot and the highest heel; the horizon is at eye level.
    near = max(figure.feet for figure in alike)
    far = min(figure.feet - _FOOT_LENGTH * figure.height for figure in alike)
    far = max(far, near - _LARGEST_DEPTH * largest.height)
    return Ground(near, far, min(largest.horizon, far - _LEAST_FLOOR))


def find_figures(alpha: AlphaMatte) -> list[Figure]:
    """The connected parts of a matte, measured."""
    height, width = alpha.shape
    scale = min(1.0, _LONG_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    person = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.5).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(person, connectivity=8)
    return [_measure(np.asarray(labels == label), boxes[label], size[1]) for label in range(1, count)]


def _measure(person: NDArray[np.bool_], box: NDArray[np.int32], rows: int) -> Figure:
    left, top, width, height, area_px = (int(value) for value in box)
    inside = np.pad(person[top : top + height, left : left + width], 1).astype(np.uint8)
    trunk_px = 2.0 * float(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5).max())
    lowest = inside[1:-1][-max(1, round(_BASE_HEIGHT * height)) :]
    base_px = float(np.median(np.count_nonzero(lowest, axis=1)))
    return Figure(top / rows, (top + height) / rows, area_px, width / rows, trunk_px / rows, base_px / rows)
