"""The view of the Photo page: a `ZoomView` that paints tiles and the mask, and hands the pointer to a tool."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QTabletEvent
from PySide6.QtWidgets import QWidget

from portrait.gui.photo.crop_shade import CropShares, paint_crop
from portrait.gui.photo.mask_overlay import MaskOverlay
from portrait.gui.photo.tiled_picture import TiledPicture
from portrait.gui.photo.tiles import Tile, TileKey, tiles_in_view
from portrait.gui.photo.view_tool import ViewTool
from portrait.gui.photo.xrays import ShownXRay, paint_legend
from portrait.gui.widgets.viewport import Viewport
from portrait.gui.widgets.zoom_view import ZoomView
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.core.boxes import Box

_TILES_FROM = 0.45
"""Magnification from which tiles are worth their time; below, the preview is shown."""


class PhotoView(ZoomView):
    """Shows a photo, its portrait and its mask, magnified in full sharpness as soon as the tiles are there.

    The mask is shown over the photo itself, for its outline is to be compared with what is sharp.
    """

    overlay_changed = Signal(str)  # MaskOverlay

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = TiledPicture()
        self._tool: ViewTool | None = None
        self._overlay: MaskOverlay = "off"
        self._xray: ShownXRay | None = None
        self._crop: CropShares | None = None
        self._pointer: QPointF | None = None
        self.pressure = 1.0  # of the pen, for the tool
        self.setAccessibleDescription(tr("Hold \\ to see the original. Ctrl+Plus, Ctrl+Minus and Ctrl+0 magnify."))

    @property
    def tool(self) -> ViewTool | None:
        """What the pointer is handed to; None: it compares and moves."""
        return self._tool

    @property
    def pointer(self) -> QPointF | None:
        """Where the pointer is; None: elsewhere."""
        return self._pointer

    def accessible_value(self) -> str:
        width, height = self._viewport.image
        percent = round(100.0 * self._viewport.scale)
        size = tr("{width} × {height}, magnification {percent} %", width=width, height=height, percent=percent)
        return super().accessible_value() if self._before.isNull() else f"{super().accessible_value()}, {size}"

    @property
    def overlay(self) -> MaskOverlay:
        """How the mask is shown."""
        return self._overlay

    def set_photo(self, preview: QImage, size: tuple[int, int]) -> None:
        """Show another photo, fitted: its preview for display, and its width and height."""
        self._picture = TiledPicture()
        self._picture.size = size
        self.set_images(preview)
        self.set_full_size(size)

    def set_images(self, before: QImage, after: QImage | None = None) -> None:
        super().set_images(before, after)
        self._picture.set_preview(self._before, self._after)

    def set_matte(self, matte: QImage) -> None:
        """Take the preview of the matte, as 8-bit grey."""
        self._picture.set_matte(matte)
        self.update()

    def set_overlay(self, overlay: MaskOverlay) -> None:
        """Show the mask otherwise, or not."""
        if overlay != self._overlay:
            self._overlay = overlay
            self.overlay_changed.emit(overlay)
            self.update()

    def set_xray(self, xray: ShownXRay | None) -> None:
        """Take the X-ray of the photo; None: it is not made yet."""
        self._xray = xray
        self.update()

    @property
    def crop(self) -> CropShares | None:
        """What is framed as the part that is saved; None: all of it is."""
        return self._crop

    def set_crop(self, crop: CropShares | None) -> None:
        """Frame the part of the portrait that is saved; None: all of it is."""
        if crop != self._crop:
            self._crop = crop
            self.update()

    def set_tool(self, tool: ViewTool | None) -> None:
        """Hand the pointer to a tool; None: it compares and moves."""
        if self._tool is not None:
            self._tool.leave()
        self._tool = tool
        self._show_cursor()
        self.update()

    def wanted_tiles(self) -> list[TileKey]:
        """Tiles to be rendered for what is seen, the first first; none while the preview is enough."""
        return self._picture.missing(self._keys())

    def put_tiles(self, tiles: Mapping[TileKey, Tile]) -> None:
        """Take rendered tiles; those that are seen are kept longest."""
        seen = set(self._keys())
        for key in sorted(tiles, key=lambda key: key in seen):
            self._picture.put(key, tiles[key])
        self.update()

    def age_tiles(self, changed: "Box | None") -> None:
        """Want the tiles in a box of the photo anew, and show the old ones meanwhile; None: forget all of them."""
        if changed is None:
            self._picture.clear_tiles()
        else:
            self._picture.age_tiles(changed)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.is_shown:
            return
        painter = QPainter(self)
        if self._crop is not None and not self._is_original_held:
            paint_crop(painter, self.image_rect(), self._crop)
        if self._tool is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._tool.paint(painter, None if self._is_hand_held else self._pointer)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Keep the pressure, and let the event come again as one of the mouse."""
        is_release = event.type() == QEvent.Type.TabletRelease
        self.pressure = 1.0 if is_release or event.pressure() <= 0.0 else event.pressure()
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        super().mousePressEvent(event)
        if self._tool is not None and self.is_shown and self._pan_from is None:
            self._tool.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        super().mouseMoveEvent(event)
        if self._tool is not None and self._pan_from is None:
            self._tool.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_tool = self._tool is not None and self._pan_from is None
        super().mouseReleaseEvent(event)
        if is_tool and self._tool is not None:
            self._tool.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is None:
            super().mouseDoubleClickEvent(event)
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()
        super().leaveEvent(event)

    @property
    def _is_movable(self) -> bool:
        return super()._is_movable and self._tool is None

    def _compares(self) -> bool:
        """Whether a press of the button shows the original, or moves the divider."""
        return self._tool is None

    def _draw_layer(self, painter: QPainter, rect: QRect, *, is_before: bool) -> None:
        is_masked = self._overlay != "off" and self.is_shown and not self._is_original_held
        keys, place, seen, ratio = self._keys(), QRectF(rect), QRectF(self.rect()), self.devicePixelRatioF()
        is_before = is_before or is_masked
        if self._viewport.is_fitted and not keys:
            super()._draw_layer(painter, rect, is_before=is_before)
        else:
            self._picture.paint(painter, place, seen, ratio, "before" if is_before else "after", keys)
        if is_masked and self._overlay == "xray":
            if self._xray is not None:
                painter.drawImage(place, self._xray.image)
                paint_legend(painter, rect & self.rect(), self._xray.legend)
        elif is_masked:
            self._picture.paint_overlay(painter, place, seen, ratio, self._overlay, keys)

    def _keys(self) -> tuple[TileKey, ...]:
        """Tiles in view; none at a magnification at which the preview is as good, or good enough."""
        preview_scale = self._before.width() / self._viewport.image[0]
        if self._before.isNull() or self._viewport.scale < max(_TILES_FROM, 1.01 * preview_scale):
            return ()
        ratio = self.devicePixelRatioF()
        return tiles_in_view(self._viewport, self.width() * ratio, self.height() * ratio)

    def _set_viewport(self, viewport: Viewport) -> None:
        if viewport != self._viewport and self._tool is not None:
            self._tool.view_changed()
        super()._set_viewport(viewport)

    def _show_cursor(self) -> None:
        super()._show_cursor()
        if self._tool is not None and self._pan_from is None and not self._is_hand_held:
            self.setCursor(self._tool.cursor)
