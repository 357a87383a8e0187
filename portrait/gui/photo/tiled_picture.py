"""A photo and its portrait as they are painted at any magnification: previews, and tiles at full size over them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from portrait.gui.photo.mask_overlay import MaskOverlay, draw_overlay
from portrait.gui.photo.tiles import Tile, TileKey, tile_box

if TYPE_CHECKING:
    from portrait.core.boxes import Box

_MOST_TILES = 96
_SMOOTH_BELOW = 2.0
"""From this magnification on the pixels themselves are to be seen."""


class TiledPicture:
    """What is known of a photo for display; paints it, its portrait, or the mask."""

    def __init__(self) -> None:
        self.size = (1, 1)  # width and height of the photo
        self._previews: dict[str, QImage] = {}
        self._tiles: dict[TileKey, Tile] = {}
        self._fresh: set[TileKey] = set()
        self._pixmaps: dict[tuple[object, str], QPixmap] = {}

    def set_preview(self, before: QImage, after: QImage) -> None:
        """Take other previews; tiles stay."""
        self._set("before", before)
        self._set("after", after)

    def set_matte(self, matte: QImage) -> None:
        """Take another preview of the matte, as 8-bit grey; a null image: it is unknown."""
        self._set("matte", matte)

    def clear_tiles(self) -> None:
        """Forget the tiles."""
        for key in tuple(self._tiles):
            self._drop(key)

    def age_tiles(self, changed: "Box") -> None:
        """Ask for the tiles in a box of the photo anew, and show the old ones meanwhile."""
        self._fresh = {key for key in self._fresh if not _meet(tile_box(key, self.size), changed)}

    def put(self, key: TileKey, tile: Tile) -> None:
        """Take a tile."""
        self._drop(key)
        while len(self._tiles) >= _MOST_TILES:
            self._drop(next(iter(self._tiles)))
        self._tiles[key] = tile
        self._fresh.add(key)

    def missing(self, wanted: Iterable[TileKey]) -> list[TileKey]:
        """Those of the wanted tiles that are not there or out of date."""
        return [key for key in wanted if key not in self._fresh]

    def paint(
        self, painter: QPainter, place: QRectF, seen: QRectF, ratio: float, layer: str, keys: Iterable[TileKey]
    ) -> None:
        """Paint ``before`` or ``after``.

        Parameters
        ----------
        place, seen
            Rectangle of the whole image, and of what is to be painted.
        ratio
            Device pixels to one of the painter's.
        keys
            Tiles that may be painted over the preview.
        """
        scale = ratio * place.width() / self.size[0]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _SMOOTH_BELOW and scale != 1.0)
        shown = [key for key in keys if key in self._tiles]
        if not self._cover(seen, place, shown):
            self._draw_part(painter, self._pixmap(layer, layer, self._previews[layer]), place, seen)
        for key in shown:
            pixmap = self._pixmap(key, layer, getattr(self._tiles[key], layer))
            painter.drawPixmap(self._tile_rect(key, place, ratio), pixmap, QRectF(pixmap.rect()))

    def paint_overlay(
        self,
        painter: QPainter,
        place: QRectF,
        seen: QRectF,
        ratio: float,
        overlay: MaskOverlay,
        keys: Iterable[TileKey],
    ) -> None:
        """Paint the mask over the photo; parameters as `paint`."""
        shown = [key for key in keys if key in self._tiles]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._cover(seen, place, shown) and "matte" in self._previews:
            self._draw_part(painter, self._overlay("matte", overlay, self._previews["matte"]), place, seen)
        for key in shown:
            pixmap = self._overlay(key, overlay, self._tiles[key].matte)
            painter.drawPixmap(self._tile_rect(key, place, ratio), pixmap, QRectF(pixmap.rect()))

    def _set(self, layer: str, image: QImage) -> None:
        self._previews.pop(layer, None)
        self._forget(layer)
        if not image.isNull():
            self._previews[layer] = image

    def _drop(self, key: TileKey) -> None:
        self._tiles.pop(key, None)
        self._fresh.discard(key)
        self._forget(key)

    def _forget(self, name: object) -> None:
        self._pixmaps = {known: pixmap for known, pixmap in self._pixmaps.items() if known[0] != name}

    def _cover(self, seen: QRectF, place: QRectF, keys: list[TileKey]) -> bool:
        """Whether tiles hide the preview: the preview under them would cost time at every move."""
        needed = seen & place
        covered = sum(self._area(self._tile_rect(key, place, 1.0) & needed) for key in keys)
        return bool(keys) and covered >= self._area(needed) * 0.9999

    @staticmethod
    def _area(rect: QRectF) -> float:
        return max(0.0, rect.width()) * max(0.0, rect.height())

    def _tile_rect(self, key: TileKey, place: QRectF, ratio: float) -> QRectF:
        """Rectangle of a tile, in whole device pixels, so that there is no seam."""
        box, scale = tile_box(key, self.size), place.width() / self.size[0]
        left, right = (round((place.left() + x * scale) * ratio) / ratio for x in (box.left, box.right))
        top, bottom = (round((place.top() + y * scale) * ratio) / ratio for y in (box.top, box.bottom))
        return QRectF(left, top, right - left, bottom - top)

    def _draw_part(self, painter: QPainter, pixmap: QPixmap, place: QRectF, seen: QRectF) -> None:
        """Draw what is seen of a pixmap that spans the whole image."""
        part = seen & place
        down, across = pixmap.height() / place.height(), pixmap.width() / place.width()
        source = QRectF(
            (part.left() - place.left()) * across,
            (part.top() - place.top()) * down,
            part.width() * across,
            part.height() * down,
        )
        painter.drawPixmap(part, pixmap, source)

    def _pixmap(self, name: object, layer: str, image: QImage) -> QPixmap:
        known = self._pixmaps.get((name, layer))
        if known is None:
            known = self._pixmaps[name, layer] = QPixmap.fromImage(image, Qt.ImageConversionFlag.NoFormatConversion)
        return known

    def _overlay(self, name: object, overlay: MaskOverlay, matte: QImage) -> QPixmap:
        known = self._pixmaps.get((name, overlay))
        if known is None:
            known = self._pixmaps[name, overlay] = QPixmap.fromImage(draw_overlay(matte, overlay))
        return known


def _meet(one: "Box", other: "Box") -> bool:
    """Whether boxes have pixels in common."""
    is_in_rows = one.top < other.bottom and other.top < one.bottom
    return is_in_rows and one.left < other.right and other.left < one.right
