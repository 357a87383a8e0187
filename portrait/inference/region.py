"""The network on one region of an image: cheaper than on the whole, at a higher resolution."""

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.boxes import Box
from portrait.core.matting.person_regions import fit_area
from portrait.core.matting.refinement import Probability
from portrait.core.resize import ImagePyramid, halvings, resize
from portrait.inference.segmenter import Segmenter

SCALE = 1.3
"""A region is seen at this multiple of the whole frame's resolution, as long as that is cheap."""

CHEAP_INPUT_FRACTION = 0.55
"""Share of the pixels of the spec's input up to which a region gets more resolution than the whole frame has."""


def is_seen_finer(region: Box, shape: tuple[int, int]) -> bool:
    """Whether a region of a frame of this (H, W) is given more resolution than the whole frame."""
    return region.area_px < CHEAP_INPUT_FRACTION * shape[0] * shape[1]


def find_probability_in_region(
    segmenter: Segmenter, pyramid: ImagePyramid, region: Box, resolution: float = 1.0
) -> Probability:
    """Probability of a person, found in a region alone; outside it is 0.

    Parameters
    ----------
    segmenter
        Its network takes any input size.
    pyramid
        Of the image, uint8 (H, W, 3), sRGB.
    region
        In pixels of the image; may be all of it.
    resolution
        Share of the pixels of its usual input that the network is given, over 0 … 1: cheaper and coarser.

    Returns
    -------
    float32 (h, w), 0 … 1, covering the whole image at the network's resolution in the region.
    """
    spec, shape = segmenter.spec, (pyramid.image.shape[0], pyramid.image.shape[1])
    own_px = spec.input_height * spec.input_width
    as_whole_px = own_px * region.area_px / (shape[0] * shape[1])
    area_px = max(as_whole_px, min(SCALE**2 * as_whole_px, CHEAP_INPUT_FRACTION * own_px))
    size = fit_area((region.height, region.width), round(resolution * area_px), spec.size_multiple)
    found = segmenter.find_probability(_crop(pyramid, region, size), size)
    # Place it in a map of the whole image at the same resolution.
    scale_y, scale_x = found.shape[0] / region.height, found.shape[1] / region.width
    whole = np.zeros((max(1, round(shape[0] * scale_y)), max(1, round(shape[1] * scale_x))), np.float32)
    place = region.scaled(shape, (whole.shape[0], whole.shape[1]))
    place.crop(whole)[:] = resize(found, place.height, place.width)
    return whole


def _crop(pyramid: ImagePyramid, region: Box, size: tuple[int, int]) -> RgbImage:
    """The region in the smallest level of the pyramid that has whole pixels there, and no fewer than ``size``."""
    depth = min(pyramid.depth(1, 1), halvings((region.height, region.width), *size))
    while (region.top | region.left) % 2**depth:
        depth -= 1
    part = Box(*(side >> depth for side in (region.top, region.left, region.bottom, region.right)))
    return np.ascontiguousarray(part.crop(pyramid.level(depth)))
