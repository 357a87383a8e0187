"""Filling: what is known goes on into what is hidden, by a pyramid of shrunk pictures."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.resize import downsample_blocks, resize

KNOWN_GAIN, SWEEPS = 20.0, 2

_SMALL = 8192  # pixels: to look for the hidden part among so few takes longer than to treat all of them as hidden

_NEIGHBOURS = np.array([[0.0, 0.25, 0.0], [0.25, 0.0, 0.25], [0.0, 0.25, 0.0]], np.float32)


def inpaint(
    values: NDArray[np.float32], weight: NDArray[np.float32], seen_gain: float = KNOWN_GAIN, sweeps: int = SWEEPS
) -> NDArray[np.float32]:
    """Continue what is seen into what is hidden.

    A push-pull pyramid (Gortler et al. 1996, doi:10.1145/237170.237200): coarser levels answer where finer ones have no
    weight. At each level some sweeps of relaxation bring the hidden part nearer to a membrane stretched over the hole,
    which for pictures, whose spectra fall as 1/f², is the best guess from second-order statistics.

    Parameters
    ----------
    values
        float32 (h, w, C), times weight.
    weight
        float32 (h, w), 0 hidden … 1 seen.
    seen_gain
        One over the share of a block that must be seen for its mean to count in full. High: only the nearest pixels
        count.
    sweeps
        Jacobi sweeps at each level; each is one pass over it.

    Returns
    -------
    float32 (h, w, C): ``values`` where the weight is 1.
    """
    if float(weight.min()) >= 1.0:
        return values
    if weight.shape == (1, 1):
        return values / max(float(weight[0, 0]), 1e-6)
    coarse = normalized(downsample_blocks(values, 2, 2), downsample_blocks(weight, 2, 2), seen_gain)
    return relax(resize(inpaint(*coarse, seen_gain, sweeps), *weight.shape), values, weight, sweeps)


def normalized(
    values: NDArray[np.float32], weight: NDArray[np.float32], seen_gain: float = KNOWN_GAIN
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means over blocks and their weight, as the next level of the pyramid takes them: see `inpaint`."""
    gain = np.reciprocal(np.maximum(weight, np.float32(1.0 / seen_gain)))
    return values * cv2.merge([gain] * values.shape[2]), weight * gain


def relax(
    coarse: NDArray[np.float32], values: NDArray[np.float32], weight: NDArray[np.float32], sweeps: int = SWEEPS
) -> NDArray[np.float32]:
    """One level of the pyramid: a coarser one's answer, enlarged to this one's size, where there is no weight.

    Sweeps reach so many pixels: some rows of a picture, with as many around them, come out as in the whole. Arrays as
    in `inpaint`.
    """
    box = _around_hidden(weight)
    if box is None:
        return values
    hidden = cv2.merge([1.0 - weight[box]] * values.shape[2])
    seen, filled = values[box], coarse[box] * hidden
    filled += seen
    for _ in range(sweeps):
        filled = np.asarray(cv2.filter2D(filled, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
        filled *= hidden
        filled += seen
    if filled.shape == values.shape:
        return filled
    result = values.copy()
    result[box] = filled
    return result


def _around_hidden(weight: NDArray[np.float32]) -> tuple[slice, slice] | None:
    """The part in which something is hidden, with a pixel around; all of what is small; None if nothing is hidden."""
    if weight.size <= _SMALL:
        return slice(None), slice(None)
    down, across = (np.flatnonzero(weight.min(axis=axis) < 1.0) for axis in (1, 0))
    if not down.size:
        return None
    return slice(max(0, down[0] - 1), down[-1] + 2), slice(max(0, across[0] - 1), across[-1] + 2)
