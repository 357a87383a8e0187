"""Tiles: parts of a photo and its portrait at full size, for display, and which of them a view needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from portrait.gui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from portrait.core.boxes import Box

TILE_PX = 512
TileKey = tuple[int, int]
"""Row and column of a tile."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A part of a photo at full size: the photo, its portrait, and the matte as 8-bit grey."""

    box: "Box"
    before: QImage
    after: QImage
    matte: QImage


def tile_box(key: TileKey, size: tuple[int, int]) -> "Box":
    """The pixels of a tile in an image of a width and height."""
    from portrait.core.boxes import Box

    top, left = key[0] * TILE_PX, key[1] * TILE_PX
    return Box(top, left, min(size[1], top + TILE_PX), min(size[0], left + TILE_PX))


def tiles_in_view(viewport: Viewport, width: float, height: float) -> tuple[TileKey, ...]:
    """Tiles of which something is seen in a widget of this size, in screen pixels; those nearest its middle first."""
    left, top, *_ = viewport.rect
    scale = viewport.scale
    columns = _span(-left / scale, (width - left) / scale, viewport.image[0])
    rows = _span(-top / scale, (height - top) / scale, viewport.image[1])
    middle_x, middle_y = (0.5 * width - left) / scale / TILE_PX, (0.5 * height - top) / scale / TILE_PX

    def distance(key: TileKey) -> float:
        return (key[0] + 0.5 - middle_y) ** 2 + (key[1] + 0.5 - middle_x) ** 2

    return tuple(sorted(((row, column) for row in rows for column in columns), key=distance))


def _span(start: float, stop: float, length: int) -> range:
    """Numbers of the tiles between two places along a side."""
    first, last = max(0.0, start), min(float(length), stop)
    return range(int(first // TILE_PX), -int(-last // TILE_PX)) if last > first else range(0)
