"""The mask over the photo: red where it blurs, white on black, the subject on a chequerboard, or its unknown band."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from portrait.core.arrays import AlphaMatte

MaskOverlay = Literal["off", "red", "grey", "checks", "band", "xray"]
OVERLAYS: tuple[MaskOverlay, ...] = ("off", "red", "grey", "checks", "band", "xray")
_RED, _RED_OPACITY = (235, 40, 60), 0.5
_KNOWN = 0.98
"""Opacity from which a pixel is surely the subject, and from which on, from below, it is surely not."""

_OUTSIDE, _BAND, _BAND_OPACITY = (0, 0, 0), (255, 214, 10), 0.6


def to_grey(matte: "AlphaMatte") -> QImage:
    """Convert a matte, float32 (h, w), 0 … 1, to a QImage of 8-bit grey that owns its memory."""
    import numpy as np

    levels = np.ascontiguousarray(np.rint(matte * np.float32(255.0)), np.uint8)
    height, width = levels.shape
    return QImage(levels.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def draw_overlay(matte: QImage, overlay: MaskOverlay) -> QImage:
    """The overlay for a matte of 8-bit grey, with transparency, to be drawn over the photo."""
    import numpy as np

    from portrait.photo.display import chequerboard

    if overlay == "grey":
        return matte
    levels = _levels(matte)
    share = 1.0 - levels[..., None].astype(np.float32) / 255.0
    if overlay == "red":
        share, color = share * _RED_OPACITY, np.asarray(_RED, np.float32)
    elif overlay == "band":
        is_unknown = np.abs(share - 0.5) < _KNOWN - 0.5
        color = np.where(is_unknown, np.asarray(_BAND, np.float32), np.asarray(_OUTSIDE, np.float32))
        share = np.where(is_unknown | (share > 0.5), np.float32(_BAND_OPACITY), np.float32(0.0))
    else:
        color = chequerboard(*levels.shape).astype(np.float32)
    rgba = np.empty((*levels.shape, 4), np.uint8)
    rgba[..., :3] = np.rint(share * color)
    rgba[..., 3] = np.rint(share[..., 0] * 255.0)
    height, width = levels.shape
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied).copy()


def _levels(matte: QImage) -> "NDArray[np.uint8]":
    """A view of 8-bit grey, (h, w)."""
    import numpy as np

    rows = np.frombuffer(matte.constBits(), np.uint8).reshape(matte.height(), matte.bytesPerLine())
    return rows[:, : matte.width()]
