"""Symbolic icons in the colour of the text around them."""

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from portrait.files.system.assets import asset_path

_SIZES_PX = (16, 24, 32, 48, 64, 96)


def app_icon() -> QIcon:
    """The icon of the application, in its own colours."""
    return QIcon(str(asset_path("icons", "portrait.svg")))


def symbolic_icon(name: str, palette: QPalette, role: QPalette.ColorRole = QPalette.ColorRole.ButtonText) -> QIcon:
    """Render ``assets/icons/<name>.svg`` in a palette colour, and in its paler one for disabled widgets.

    Raises
    ------
    FileNotFoundError
        No such icon.
    """
    svg = asset_path("icons", f"{name}.svg").read_text("utf-8")
    icon = QIcon()
    groups = ((QIcon.Mode.Normal, QPalette.ColorGroup.Active), (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled))
    for mode, group in groups:
        for size_px in _SIZES_PX:
            icon.addPixmap(_draw(svg, palette.color(group, role), size_px), mode)
    return icon


def symbolic_pixmap(name: str, color: QColor, size_px: int, device_pixel_ratio: float) -> QPixmap:
    """Render one icon in a colour, as a pixmap of ``size_px`` logical pixels.

    Raises
    ------
    FileNotFoundError
        No such icon.
    """
    svg = asset_path("icons", f"{name}.svg").read_text("utf-8")
    pixmap = _draw(svg, color, round(size_px * device_pixel_ratio))
    pixmap.setDevicePixelRatio(device_pixel_ratio)
    return pixmap


def _draw(svg: str, color: QColor, size_px: int) -> QPixmap:
    """Rasterise an SVG text, in which ``currentColor`` becomes ``color``."""
    pixmap = QPixmap(QSize(size_px, size_px))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.replace("currentColor", color.name()).encode())).render(painter)
    painter.end()
    return pixmap
