"""The background behind the subject: downsampled by what is seen of it, and inpainted."""

import numpy as np
from numpy.typing import NDArray

from portrait.native.cells import CelledMatte
from portrait.native.requirements import require, require_array
from portrait.native.shared_library import call


def downsample_background(
    image: NDArray[np.uint8],
    matte: CelledMatte,
    soft: tuple[NDArray[np.intp], NDArray[np.float32]],
    factor: int,
    rows: slice,
    framed: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> None:
    """Downsample some rows of the background by means of light weighted by (1 − α)², and of that weight.

    Parameters
    ----------
    image, matte
        uint8 (H, W, 3), and its matte.
    soft
        Flat indices of the N soft pixels, ascending, and their background colours, float32 (N, 3), linear light.
    factor
        1 or more.
    rows
        Start at a multiple of ``factor`` and end at one, or at H.
    framed
        The results, float32 (⌈H / factor⌉ + 2, ⌈W / factor⌉ + 2, 3) and without channels: weighted light, and weight.
        The frame of one pixel is the outermost line of pixels.

    Raises
    ------
    TypeError, ValueError
        Arrays and rows that are not as above.
    """
    (index, background), (light, weight) = soft, framed
    height, width = matte.require_valid()
    require_array(image, "image", np.uint8, (height, width, 3))
    require_array(index, "index", np.intp, (None,))
    require_array(background, "background", np.float32, (index.size, 3))
    require(factor >= 1 and height >= 1 and width >= 1, "factor and sides must be 1 or more")
    size = (-(-height // factor) + 2, -(-width // factor) + 2)
    require_array(light, "light", np.float32, (*size, 3))
    require_array(weight, "weight", np.float32, size)
    ends_at_block = rows.stop == height or rows.stop % factor == 0
    require(
        0 <= rows.start < rows.stop <= height and rows.start % factor == 0 and ends_at_block, "rows of whole blocks"
    )
    require(not index.size or (index[0] >= 0 and index[-1] < height * width), "an index is out of bounds")
    first, stop = rows.start // factor, -(-rows.stop // factor)
    layers = (image, matte.alpha, matte.cells, height, width, index, background, index.size)
    call("downsample_background", *layers, factor, first, stop, light, weight)


def inpaint(
    values: NDArray[np.float32], weight: NDArray[np.float32], known_gain: float, sweeps: int
) -> NDArray[np.float32]:
    """Inpaint by a push-pull pyramid: see `portrait.core.inpaint.inpaint`.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as there, or a gain or a number of sweeps out of range.
    """
    height, width, channels = require_array(values, "values", np.float32, (None, None, None))
    require_array(weight, "weight", np.float32, (height, width))
    require(values.size > 0 and known_gain > 0.0 and sweeps >= 0, "an image of at least one pixel, a gain above 0")
    filled = np.empty_like(values)
    call("inpaint", values, weight, height, width, channels, known_gain, sweeps, filled)
    return filled
