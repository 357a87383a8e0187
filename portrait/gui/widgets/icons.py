"""Symbolic icons in the colour of the text around them."""

from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from portrait.files.system.assets import asset_path


def app_icon() -> QIcon:
    """The icon of the application, in its own colours."""
    return QIcon(str(asset_path("icons", "portrait.svg")))


def symbolic_icon(name: str, palette: QPalette, role: QPalette.ColorRole = QPalette.ColorRole.ButtonText) -> QIcon:
    """``assets/icons/<name>.svg`` in a palette colour, and in its paler one for disabled widgets.

    It is drawn when it is shown, at the size that is shown: the window has some seventy icons, most of them hidden.

    Raises
    ------
    FileNotFoundError
        No such icon.
    """
    groups = ((QIcon.Mode.Normal, QPalette.ColorGroup.Active), (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled))
    return QIcon(_SymbolEngine(_read_svg(name), {mode: palette.color(group, role) for mode, group in groups}))


def symbolic_pixmap(name: str, color: QColor, size_px: int, device_pixel_ratio: float) -> QPixmap:
    """Render one icon in a colour, as a pixmap of ``size_px`` logical pixels.

    Raises
    ------
    FileNotFoundError
        No such icon.
    """
    side_px = round(size_px * device_pixel_ratio)
    pixmap = _draw(_read_svg(name), color, QSize(side_px, side_px))
    pixmap.setDevicePixelRatio(device_pixel_ratio)
    return pixmap


class _SymbolEngine(QIconEngine):
    """Draws an SVG text at any size, in one colour for each mode."""

    def __init__(self, svg: str, colors: Mapping[QIcon.Mode, QColor]) -> None:
        super().__init__()
        self._svg = svg
        self._colors = colors

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        _render(self._svg, self._color(mode), painter, rect)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _draw(self._svg, self._color(mode), size)

    def clone(self) -> QIconEngine:
        return _SymbolEngine(self._svg, self._colors)

    def _color(self, mode: QIcon.Mode) -> QColor:
        return self._colors.get(mode, self._colors[QIcon.Mode.Normal])


@lru_cache
def _read_svg(name: str) -> str:
    return asset_path("icons", f"{name}.svg").read_text("utf-8")


def _draw(svg: str, color: QColor, size: QSize) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _render(svg, color, painter, pixmap.rect())
    painter.end()
    return pixmap


def _render(svg: str, color: QColor, painter: QPainter, rect: QRect) -> None:
    """Rasterise an SVG text, in which ``currentColor`` becomes ``color``, into the middle of a rectangle."""
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", color.name()).encode()))
    side = min(rect.width(), rect.height())
    square = QRectF(0.0, 0.0, side, side)
    square.moveCenter(QRectF(rect).center())
    renderer.render(painter, square)
