"""The shade over what a crop cuts away."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

CropShares = tuple[float, float, float, float]
"""Left, top, right and bottom of what a crop leaves, as shares of the photo."""

_SHADE, _EDGE = QColor(0, 0, 0, 150), QColor(255, 255, 255, 200)


def paint_crop(painter: QPainter, picture: QRect, crop: CropShares) -> None:
    """Shade what is cut away of a picture, and outline what stays."""
    left, top, right, bottom = crop
    kept = QRectF(
        picture.left() + left * picture.width(),
        picture.top() + top * picture.height(),
        (right - left) * picture.width(),
        (bottom - top) * picture.height(),
    )
    shade = QPainterPath()
    shade.addRect(QRectF(picture))
    shade.addRect(kept)  # a hole, by the odd-even rule
    painter.fillPath(shade, _SHADE)
    painter.setPen(QPen(_EDGE, 1.0))
    painter.drawRect(kept)
