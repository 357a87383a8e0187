"""The picture: a sharp subject before a background out of focus."""

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha, require_rgb
from portrait.core.bokeh import BlurredBackground, blur_background
from portrait.core.color import to_linear, to_srgb
from portrait.core.compositing import SoftLayers, estimate_layers, over
from portrait.core.lens import BlurOptions
from portrait.core.resample import strips

SHARP_RADIUS_PX = 0.5
"""A disk this small or smaller covers one pixel: nothing to blur."""


def render(image: RgbImage, alpha: AlphaMatte, options: BlurOptions) -> RgbImage:
    """Blur the background of a picture as the lens of ``options`` would.

    Memory beyond input and output is a few small strips and the shrunk background.

    Parameters
    ----------
    image
        uint8 (H, W, 3), sRGB.
    alpha
        float32 (H, W), 0 … 1.

    Returns
    -------
    uint8 (H, W, 3), a new array. Pixels with alpha 1 are those of ``image``, bit for bit.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    """
    require_rgb(image)
    require_alpha(alpha, image.shape[:2])
    radius_px = options.blur_radius_px(*alpha.shape)
    if radius_px <= SHARP_RADIUS_PX:
        return image.copy()
    layers = estimate_layers(image, alpha)
    background = blur_background(image, alpha, layers, radius_px, options.aperture_shape, options.highlight_boost)
    result = np.empty_like(image)
    for rows in strips(*alpha.shape):
        result[rows] = _composite_rows(image[rows], alpha[rows], background, layers, rows)
    return result


def _composite_rows(
    image_rows: RgbImage, alpha_rows: AlphaMatte, background: BlurredBackground, layers: SoftLayers, rows: slice
) -> RgbImage:
    light = to_linear(image_rows)
    layers.put_foreground(light, rows)
    composite = over(light, background.rows(rows, image_rows.shape[1]), alpha_rows)
    return to_srgb(composite)
