"""The careful way to the person's probability: a look at the whole picture, then a closer one at the people."""

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.matting.person_regions import RegionOptions, find_regions, fit_area, paste
from portrait.core.matting.refinement import Probability
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import downsample_to_long_side, fit_long_side, resize
from portrait.inference.segmenter import Segmenter, choose_input_size

SCAN_SCALE = 1.5
"""Where the people are small, a network that takes any size sees the whole picture at this multiple of its side too."""

SMALL_PERSON_FRACTION = 0.05
"""People who cover less of the picture than this are small."""

CANVAS_LONG_SIDE_PX = 1536
"""Resolution at which whole and regions are put together, if the picture has that much."""

REGION_WEIGHT = 0.7
"""Share of the closer look; what it misses of a person at the region's edge the look at the whole still holds up."""

FEATHER_FRACTION = 0.08

REGIONS = RegionOptions()


def find_probability_fine(segmenter: Segmenter, image: RgbImage, regions: RegionOptions = REGIONS) -> Probability:
    """Probability of a person in two passes, each averaged with that of the mirror image.

    The first pass sees the whole picture; a finer look is added where it finds only small people or none, for these
    are easily missed. The second sees the parts with people in it enlarged and in their own aspect ratio, so that a
    small or standing person gets as many of the network's pixels as a close portrait. It is left out where a person
    fills the picture, and both where the picture has no more detail than was seen.

    Parameters
    ----------
    image
        uint8 (H, W, 3), sRGB.
    regions
        What is looked at more closely.

    Returns
    -------
    float32 (h, w), 0 … 1, covering the whole picture at any resolution.
    """
    shape, spec = (image.shape[0], image.shape[1]), segmenter.spec
    coarse = _find_both_ways(segmenter, image, None)
    if coarse.size >= shape[0] * shape[1]:
        return coarse
    whole_shape = fit_long_side(shape, CANVAS_LONG_SIDE_PX)
    whole = resize(coarse, *whole_shape)
    if spec.is_dynamic and np.mean(whole >= PERSON_THRESHOLD) < SMALL_PERSON_FRACTION:
        input_size = _input_size(spec, choose_input_size(spec, shape), SCAN_SCALE)
        finer = _find_both_ways(segmenter, image, input_size)
        whole = 0.5 * (whole + resize(finer, *whole_shape))
    for box in find_regions(whole, regions):
        region = box.scaled(whole_shape, shape)
        found = _find_both_ways(segmenter, region.crop(image), _input_size(spec, (region.height, region.width)))
        paste(whole, found, box, weight=REGION_WEIGHT, feather_fraction=FEATHER_FRACTION)
    return np.clip(whole, 0.0, 1.0, out=whole)


def _find_both_ways(segmenter: Segmenter, image: RgbImage, input_size: tuple[int, int] | None) -> Probability:
    """The mean of what is found in a picture and in its mirror image, which is shrunk before it is mirrored."""
    spec = segmenter.spec
    size = input_size or choose_input_size(spec, (image.shape[0], image.shape[1]))
    fitted = resize(image, *size) if spec.input_fit == "squash" else downsample_to_long_side(image, max(size))
    small = np.ascontiguousarray(fitted)
    mirrored = segmenter.find_probability(np.ascontiguousarray(small[:, ::-1]), size)
    mean: Probability = 0.5 * (segmenter.find_probability(small, size) + mirrored[:, ::-1])
    return mean


def _input_size(spec: ModelSpec, shape: tuple[int, int], scale: float = 1.0) -> tuple[int, int] | None:
    """The input of a network for something of this aspect ratio; None where it takes one size only."""
    if not spec.is_dynamic:
        return None
    return fit_area(shape, round(scale**2 * spec.input_height * spec.input_width), spec.size_multiple)
