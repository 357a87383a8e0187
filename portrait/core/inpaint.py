"""Inpainting by a push-pull pyramid: known values are continued smoothly into occluded pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.resize import downsample_blocks, resize
from portrait.native import blurring
from portrait.native.shared_library import has_library

KNOWN_GAIN, SWEEPS = 20.0, 2

_SMALL = 8192  # pixels: in smaller images all pixels are treated, as a search for the occluded ones takes longer

_NEIGHBOURS = np.array([[0.0, 0.25, 0.0], [0.25, 0.0, 0.25], [0.0, 0.25, 0.0]], np.float32)


def inpaint(
    values: NDArray[np.float32], weight: NDArray[np.float32], known_gain: float = KNOWN_GAIN, sweeps: int = SWEEPS
) -> NDArray[np.float32]:
    """Inpaint occluded pixels smoothly from the known ones around them.

    A push-pull pyramid (Gortler et al. 1996, doi:10.1145/237170.237200): where a level has no weight, the next coarser
    one gives the value. At each level some Jacobi sweeps bring the occluded part nearer to the solution of Laplace's
    equation (a membrane), which for images, whose spectra fall as 1/f², is the best guess from second-order statistics.

    Parameters
    ----------
    values
        float32 (h, w, C), times weight.
    weight
        float32 (h, w), 0 occluded … 1 known.
    known_gain
        One over the share of a block that must be known for its mean to count in full. High: only the nearest pixels
        count.
    sweeps
        Jacobi sweeps at each level; each is one pass over it.

    Returns
    -------
    float32 (h, w, C): ``values`` where the weight is 1.
    """
    if has_library():
        return blurring.inpaint(np.ascontiguousarray(values), np.ascontiguousarray(weight), known_gain, sweeps)
    if float(weight.min()) >= 1.0:
        return values
    if weight.shape == (1, 1):
        return values / max(float(weight[0, 0]), 1e-6)
    coarse = normalized(downsample_blocks(values, 2, 2), downsample_blocks(weight, 2, 2), known_gain)
    return relax(resize(inpaint(*coarse, known_gain, sweeps), *weight.shape), values, weight, sweeps)


def normalized(
    values: NDArray[np.float32], weight: NDArray[np.float32], known_gain: float = KNOWN_GAIN
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Normalised convolution, the step between two levels: divide block means by their weight.

    A weight below 1 / ``known_gain`` is too small to be trusted; the divisor is then 1 / ``known_gain``. Gives values
    and weights, float32 (h, w, C) and (h, w).
    """
    gain = np.reciprocal(np.maximum(weight, np.float32(1.0 / known_gain)))
    return values * cv2.merge([gain] * values.shape[2]), weight * gain


def relax(
    coarse: NDArray[np.float32], values: NDArray[np.float32], weight: NDArray[np.float32], sweeps: int = SWEEPS
) -> NDArray[np.float32]:
    """Jacobi relaxation of one level, started from the coarser level, upsampled to this size, where there is no weight.

    A sweep reaches one pixel far: a strip with as many rows on either side as there are sweeps gets the same values as
    in the whole image. Arrays as in `inpaint`.
    """
    box = _occluded_box(weight)
    if box is None:
        return values
    occluded = cv2.merge([1.0 - weight[box]] * values.shape[2])
    known, filled = values[box], coarse[box] * occluded
    filled += known
    for _ in range(sweeps):
        filled = np.asarray(cv2.filter2D(filled, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
        filled *= occluded
        filled += known
    if filled.shape == values.shape:
        return filled
    result = values.copy()
    result[box] = filled
    return result


def _occluded_box(weight: NDArray[np.float32]) -> tuple[slice, slice] | None:
    """Bounding box of the occluded pixels, grown by one, or of all where there are few; None if none is occluded."""
    if weight.size <= _SMALL:
        return slice(None), slice(None)
    down, across = (np.flatnonzero(weight.min(axis=axis) < 1.0) for axis in (1, 0))
    if not down.size:
        return None
    return slice(max(0, down[0] - 1), down[-1] + 2), slice(max(0, across[0] - 1), across[-1] + 2)
