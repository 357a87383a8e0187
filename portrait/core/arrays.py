"""The array types that flow through the project, and the checks at its borders."""

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait.native import matting
from portrait.native.shared_library import has_library

RgbImage: TypeAlias = NDArray[np.uint8]
"""uint8 (H, W, 3), sRGB-encoded, RGB order, C-contiguous."""

DeepRgbImage: TypeAlias = NDArray[np.uint16]
"""uint16 (H, W, 3): as `RgbImage`, with 16 bits. Only rendering takes it; networks and guides see `to_8_bits` of it."""

AnyRgbImage = TypeVar("AnyRgbImage", RgbImage, DeepRgbImage)
"""8 or 16 bits a channel: the result has as many as the argument."""

LinearImage: TypeAlias = NDArray[np.float32]
"""float32 (H, W, 3), linear light, 0 … 1 (more where highlights were boosted)."""

AlphaMatte: TypeAlias = NDArray[np.float32]
"""float32 (H, W), 0 background … 1 person: alpha in I = αF + (1 − α)B."""

Mask: TypeAlias = NDArray[np.bool_]
"""bool (H, W), true on the person."""

DefocusMap: TypeAlias = NDArray[np.float32]
"""float32 (H, W): radius of each pixel's blur disk in units of the far background's. 0 in focus, 1 far behind the
subject, negative in front of it.
"""


OPAQUE = 0.5
"""Alpha above which a pixel is more subject than not."""


def _seen(array: object) -> str:
    if isinstance(array, np.ndarray):
        return f"{array.shape} {array.dtype}"
    return type(array).__name__


def require_rgb(image: Any, name: str = "image", *, may_be_deep: bool = False) -> None:
    """Raise unless ``image`` is an `RgbImage`, or a `DeepRgbImage` where that may be, of at least 1 × 1 pixels.

    Raises
    ------
    TypeError
        Not an array, or not uint8.
    ValueError
        Wrong shape, empty, or not C-contiguous.
    """
    wanted = f"{name} must be (H, W, 3) {'uint8 or uint16' if may_be_deep else 'uint8'} RGB"
    if not isinstance(image, np.ndarray) or not (image.dtype == np.uint8 or (may_be_deep and image.dtype == np.uint16)):
        raise TypeError(f"{wanted}, got {_seen(image)}")
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"{wanted}, got {_seen(image)}")
    if not image.flags.c_contiguous:
        raise ValueError(f"{name} must be C-contiguous; use numpy.ascontiguousarray")


def require_alpha(alpha: Any, shape: tuple[int, int] | None = None, name: str = "alpha") -> None:
    """Raise unless ``alpha`` is an `AlphaMatte`, of the given (H, W) where one is given.

    Raises
    ------
    TypeError
        Not an array, or not float32.
    ValueError
        Wrong shape, empty, or values outside 0 … 1 (NaN included).
    """
    if not isinstance(alpha, np.ndarray) or alpha.dtype != np.float32:
        raise TypeError(f"{name} must be (H, W) float32 in [0, 1], got {_seen(alpha)}")
    if alpha.ndim != 2 or alpha.size == 0:
        raise ValueError(f"{name} must be (H, W) float32 in [0, 1], got {_seen(alpha)}")
    if shape is not None and alpha.shape != shape:
        raise ValueError(f"{name} must be {shape} like its image, got {alpha.shape}")
    if has_library() and alpha.flags.c_contiguous and matting.survey(alpha, OPAQUE)[0] == 0:
        return
    low, high = float(alpha.min()), float(alpha.max())
    if not (low >= 0.0 and high <= 1.0):  # written so that NaN fails too
        raise ValueError(f"{name} must lie in [0, 1], got {low:g} … {high:g}")


def count_opaque(alpha: AlphaMatte) -> int:
    """Number of pixels that are more subject than not."""
    if has_library() and alpha.flags.c_contiguous:
        return matting.survey(alpha, OPAQUE)[1]
    return int(np.count_nonzero(alpha > OPAQUE))
