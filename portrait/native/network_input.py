"""The input of a network, made of an image in one pass."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from portrait.native.requirements import require, require_array
from portrait.native.shared_library import call


def make_network_input(
    image: NDArray[np.uint8], size: tuple[int, int], gain: Sequence[float], offset: Sequence[float]
) -> NDArray[np.float32]:
    """Downsample by area averages and normalise: levels · gain − offset, channel by channel.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    size
        (h, w), no larger.
    gain, offset
        Of the three channels.

    Returns
    -------
    float32 (3, h, w).

    Raises
    ------
    TypeError, ValueError
        Arrays and sizes that are not as above.
    """
    rows, columns, _ = require_array(image, "image", np.uint8, (None, None, 3))
    height, width = size
    require(1 <= height <= rows and 1 <= width <= columns, f"the input must be no larger than the image, got {size}")
    gains, offsets = np.array(gain, np.float32), np.array(offset, np.float32)
    require(gains.shape == offsets.shape == (3,), "three channels")
    planes = np.empty((3, height, width), np.float32)
    call("network_input", image, rows, columns, gains, offsets, height, width, planes)
    return planes
