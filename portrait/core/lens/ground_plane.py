"""Ground contact: the floor at a standing person's feet is as near as the feet, and as sharp."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap

_LONG_SIDE_PX = 384
_LARGE = 0.2
"""Figures that cover less than this share of the largest do not say where the ground is."""

_LEAST_HEIGHT = 0.15
"""Of the image's height; smaller figures have no feet to speak of."""

_SLENDER = 2.6
"""Heights of a whole figure in widths of its trunk, at least: a grown-up has 4, head and chest over a table 2."""

_FRAME_MARGIN = 0.004
_FOOT_LENGTH, _EYE_LEVEL = 0.035, 0.08
"""Of the figure's height: the rows that its feet take up, and how far below its top the eyes are."""

_LEAST_FLOOR = 0.15
"""Of the image's height, from the feet to the horizon."""

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
        rows = (np.arange(height, dtype=np.float32) + 0.5) / height
        behind = (self.far - rows) / (self.far - self.horizon)
        before = (self.near - rows) / (self.near - self.horizon)
        column = np.clip(np.maximum(behind, 0.0) + np.minimum(before, 0.0), -1.0, 1.0).astype(np.float32)
        return np.broadcast_to(column[:, None], (height, width))


@dataclass(frozen=True, slots=True)
class _Figure:
    """One connected part of a matte; rows in shares of the image's height."""

    top: float
    bottom: float
    area_px: int
    trunk: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def is_standing(self) -> bool:
        """Whether it is a whole figure on its feet, which the frame does not cut."""
        is_whole = self.bottom < 1.0 - _FRAME_MARGIN and self.height >= _LEAST_HEIGHT
        return is_whole and self.height >= _SLENDER * self.trunk


def find_floor(alpha: AlphaMatte) -> DefocusMap | None:
    """The defocus of the floor that the people of a matte stand on, as `Ground.defocus_map`; None without feet."""
    ground = find_ground(alpha)
    return None if ground is None else ground.defocus_map(alpha.shape[0], alpha.shape[1])


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
    None where no feet are seen: a portrait, half a figure, somebody lying, nobody. Then all of the background is far.
    """
    figures = _find_figures(alpha)
    if not figures:
        return None
    # Only a whole figure on its feet tells where the floor is.
    largest = max(figures, key=lambda figure: figure.area_px)
    if not largest.is_standing:
        return None
    standing = [figure for figure in figures if figure.is_standing and figure.area_px >= _LARGE * largest.area_px]
    # The floor is in focus between the lowest foot and the highest heel; the horizon is at eye level.
    near = max(figure.bottom for figure in standing)
    far = min(figure.bottom - _FOOT_LENGTH * figure.height for figure in standing)
    far = max(far, near - _LARGEST_DEPTH * largest.height)
    eyes = largest.top + _EYE_LEVEL * largest.height
    return Ground(near, far, min(eyes, far - _LEAST_FLOOR))


def _find_figures(alpha: AlphaMatte) -> list[_Figure]:
    height, width = alpha.shape
    scale = min(1.0, _LONG_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    person = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.5).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(person, connectivity=8)
    return [_measure(np.asarray(labels == label), boxes[label], size[1]) for label in range(1, count)]


def _measure(person: NDArray[np.bool_], box: NDArray[np.int32], rows: int) -> _Figure:
    left, top, width, height, area_px = (int(value) for value in box)
    inside = np.pad(person[top : top + height, left : left + width], 1).astype(np.uint8)
    trunk_px = 2.0 * float(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5).max())
    return _Figure(top / rows, (top + height) / rows, area_px, trunk_px / rows)
