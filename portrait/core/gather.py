"""Gather and scatter: chosen pixels of an image, read and written by their places."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Levels = TypeVar("Levels", NDArray[np.uint8], NDArray[np.float32])


def gather_pixels(image: Levels, index: NDArray[np.intp]) -> Levels:
    """Pixels of a C-contiguous (H, W, 3), (N, 3), by their places in reading order."""
    pixels = np.take(_as_items(image), index)
    return pixels.view(image.dtype).reshape(-1, 3)


def scatter_pixels(image: Levels, index: NDArray[np.intp], colors: Levels) -> None:
    """Write colours, (N, 3), to these places of a C-contiguous (H, W, 3), in place."""
    np.put(_as_items(image), index, _as_items(np.ascontiguousarray(colors)))


def _as_items(image: NDArray[Any]) -> NDArray[np.void]:
    """Each pixel as one item, which NumPy moves faster than three numbers."""
    if not image.flags.c_contiguous:
        raise ValueError("a view of an image would not be written to")
    return image.reshape(-1).view(np.dtype((np.void, 3 * image.itemsize)))
