"""Local Gaussian colour models of a layer, and Bayesian unmixing of soft pixels with α known."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.inpaint import inpaint
from portrait.core.plane_algebra import solve_symmetric

MODEL_CHANNELS = 9
"""Mean of R, G, B; their variances; covariances of R and G, G and B, B and R. All of linear light."""

ALPHA_VARIANCE = 0.002
"""Of a matte, times α(1 − α): a deviation of 0.02 at α = 1/2."""

_NEXT, _LAST = [1, 2, 0], [2, 0, 1]
_WINDOW = (3, 3)

KNOWN_GAIN = 2.0
"""With more, windows at the edge of what is known hold too few pixels to know their covariance."""

LEAST_VARIANCE = 2e-5
"""Of a colour, in linear light."""

Planes = NDArray[np.float32]
"""float32 (C, N): one row a channel, one column a pixel."""


def model_colors(light: LinearImage, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Local mean and covariance of a layer's colours by normalised convolution, float32 (`MODEL_CHANNELS`, h, w).

    Where the layer is visible, over a small window; elsewhere its first and second moments are inpainted.

    Parameters
    ----------
    light
        float32 (h, w, 3): the layer's colours.
    weight
        float32 (h, w), 0 … 1: how well they are known. Nowhere 0 in the whole image.
    """
    # Weighted first and second moments in a small window.
    red, green, blue = cv2.split(light)
    products = [red * red, green * green, blue * blue, red * green, green * blue, blue * red]
    moments = cv2.merge([red, green, blue, *products])
    moments = cv2.blur(cv2.multiply(moments, cv2.merge([weight] * MODEL_CHANNELS)), _WINDOW)
    known = np.asarray(cv2.blur(weight, _WINDOW), dtype=np.float32)
    # Inpaint them where the layer is not visible, then turn them into mean and covariance.
    moments = inpaint(np.asarray(moments, dtype=np.float32), known, KNOWN_GAIN, sweeps=0)
    model = np.stack(cv2.split(moments)).astype(np.float32, copy=False)
    mean = model[:3]
    model[3:6] = np.maximum(model[3:6] - mean * mean, 0.0) + LEAST_VARIANCE
    model[6:] -= mean * mean[_NEXT]
    return model


def unmix(light: Planes, alpha: NDArray[np.float32], foreground: Planes, background: Planes) -> tuple[Planes, Planes]:
    """Bayesian matting with α known: the likeliest F and B of soft pixels I = αF + (1 − α)B.

    Chuang et al. 2001, doi:10.1109/CVPR.2001.990970, in closed form: the residual I − αF̄ − (1 − α)B̄ of the means is
    divided by the covariances, so that a textured layer takes more of it than a plain one. α itself has a small
    variance, which accounts for residuals along F − B.

    Parameters
    ----------
    light
        (3, N): the pixels.
    alpha
        (N,), above 0 and below 1.
    foreground, background
        (`MODEL_CHANNELS`, N).

    Returns
    -------
    F and B, (3, N), 0 … 1. They give the pixel again, unless B is clipped at 1 on the way: then F is not brightened for
    it, for where α is wrong that would be a bright fringe.
    """
    beta = 1.0 - alpha
    spread, gain = _weighted_residual(light, alpha, foreground, background)
    # What α's variance accounts for goes to both layers by least squares, the rest by their covariances.
    by_alpha = spread * ((foreground[:3] - background[:3]) * gain).sum(axis=0)
    by_both = by_alpha / (alpha * alpha + beta * beta)
    own_foreground = foreground[:3] + alpha * (_times(foreground[3:], gain) + by_both)
    np.clip(own_foreground, 0.0, 1.0, out=own_foreground)
    own_background = np.clip((light - alpha * own_foreground) / beta, 0.0, 1.0)
    return np.minimum(own_foreground, light / alpha), own_background


def foreground_share(alpha: NDArray[np.float32], foreground: Planes, background: Planes) -> NDArray[np.float32]:
    """Share of F in the variance of a soft pixel, (N,), 0 … 1: how much the pixel tells about F rather than B."""
    about_foreground = np.square(alpha) * foreground[3:6].sum(axis=0)
    about_background = np.square(1.0 - alpha) * background[3:6].sum(axis=0)
    share: NDArray[np.float32] = about_foreground / (about_foreground + about_background)
    return share


def _weighted_residual(
    light: Planes, alpha: NDArray[np.float32], foreground: Planes, background: Planes
) -> tuple[Planes, Planes]:
    """The residual I − αF̄ − (1 − α)B̄ of the means, multiplied by its inverse covariance.

    Returns
    -------
    The contribution of α's variance to the covariance, as a vector along F̄ − B̄, and the weighted residual; (3, N) each.
    """
    beta = 1.0 - alpha
    difference = foreground[:3] - background[:3]
    spread = ALPHA_VARIANCE * alpha * beta * difference
    covariance = alpha * alpha * foreground[3:]
    covariance += beta * beta * background[3:]
    covariance[:3] += spread * difference
    covariance[3:] += spread * difference[_NEXT]
    return spread, _solve(covariance, light - alpha * foreground[:3] - beta * background[:3])


def _solve(covariance: Planes, values: Planes) -> Planes:
    """Symmetric 3 × 3 systems, (6, N) and (3, N)."""
    red, green, blue, red_green, green_blue, blue_red = covariance
    return np.stack(solve_symmetric((red, green, blue, red_green, blue_red, green_blue), list(values)))


def _times(covariance: Planes, values: Planes) -> Planes:
    """Symmetric 3 × 3 matrices, (6, N), times vectors, (3, N)."""
    diagonal, off_diagonal = covariance[:3], covariance[3:]
    product: Planes = diagonal * values + off_diagonal * values[_NEXT] + off_diagonal[_LAST] * values[_LAST]
    return product
