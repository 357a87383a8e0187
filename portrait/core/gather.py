"""Gather and scatter: reading and writing of chosen pixels of an image by their index."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Levels = TypeVar("Levels", NDArray[np.uint8], NDArray[np.float32])


def gather_pixels(image: Levels, index: NDArray[np.intp]) -> Levels:
    """Gather pixels of a C-contiguous (H, W, 3) image by their flat index y · W + x, as (N, 3)."""
    pixels = np.take(_as_items(image), index)
    return pixels.view(image.dtype).reshape(-1, 3)


def scatter_pixels(image: Levels, index: NDArray[np.intp], colors: Levels) -> None:
    """Scatter colours, (N, 3), to pixels of a C-contiguous (H, W, 3) image by their flat index, in place."""
    np.put(_as_items(image), index, _as_items(np.ascontiguousarray(colors)))


def _as_items(image: NDArray[Any]) -> NDArray[np.void]:
    """View of an image with one item a pixel, which NumPy copies faster than three numbers."""
    if not image.flags.c_contiguous:
        raise ValueError("a view of an image would not be written to")
    return image.reshape(-1).view(np.dtype((np.void, 3 * image.itemsize)))
