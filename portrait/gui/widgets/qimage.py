"""Conversion between `RgbImage` and QImage."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColorSpace, QImage

if TYPE_CHECKING:
    from portrait.core.arrays import RgbImage


def to_qimage(image: "RgbImage", icc_profile: bytes | None = None) -> QImage:
    """Convert an image to a QImage in sRGB that owns its memory.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.
    icc_profile
        Profile of the image if it is not in sRGB; one that Qt cannot read is ignored.

    Returns
    -------
    QImage
        Format RGB888, W × H.

    Raises
    ------
    TypeError, ValueError
        Not an `RgbImage`.
    """
    from portrait.core.arrays import require_rgb

    require_rgb(image)
    height, width = image.shape[:2]
    shared = QImage(image.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    qimage = shared.copy()  # QImage neither owns nor keeps alive the array behind it
    space = QColorSpace.fromIccProfile(QByteArray(icc_profile)) if icc_profile else QColorSpace()
    if space.isValid():
        qimage.setColorSpace(space)
        qimage.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return qimage


def from_qimage(qimage: QImage) -> "RgbImage":
    """Convert a QImage to uint8 (H, W, 3) RGB; transparent parts are composited over white.

    Raises
    ------
    ValueError
        A null QImage.
    """
    import numpy as np

    if qimage.isNull():
        raise ValueError("cannot convert a null QImage")
    # View Qt's premultiplied RGBA, whose rows are padded, as an array.
    rgba = qimage.convertToFormat(QImage.Format.Format_RGBA8888_Premultiplied)
    height, width = rgba.height(), rgba.width()
    rows = np.frombuffer(rgba.constBits(), np.uint8).reshape(height, rgba.bytesPerLine())
    pixels = rows[:, : 4 * width].reshape(height, width, 4)
    # Over white: premultiplied colour plus what alpha leaves of white.
    white_share = 255 - pixels[..., 3:]
    return np.ascontiguousarray(pixels[..., :3] + white_share)
