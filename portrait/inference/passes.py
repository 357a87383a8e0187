"""Multi-pass inference: the network runs on the whole image, then on enlarged regions around the people."""

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.matting.person_regions import RegionOptions, find_regions, fit_area, paste
from portrait.core.matting.refinement import Probability
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import downsample_to_long_side, fit_long_side, resize
from portrait.inference.network_input import choose_input_size
from portrait.inference.segmenter import Segmenter

SCAN_SCALE = 1.5
"""Where people are small, a network that takes any size also sees the image at this multiple of its input side."""

SMALL_PERSON_FRACTION = 0.05
"""People who cover a smaller share of the image than this are small."""

CANVAS_LONG_SIDE_PX = 1536
"""Long side at which the passes are composited, unless the image is smaller."""

REGION_WEIGHT = 0.7
"""Weight of the region's probability; the rest is the first pass's, which finds people cut by the region's edge."""

FEATHER_FRACTION = 0.08

REGIONS = RegionOptions()


def find_probability_fine(segmenter: Segmenter, image: RgbImage, regions: RegionOptions = REGIONS) -> Probability:
    """Probability of a person in two passes, each averaged with that of the mirror image.

    The first pass runs on the whole image; where it finds only small people or none, which are easily missed, it is
    repeated at a larger input size. The second pass runs on enlarged regions around the people, in their own aspect
    ratio, so that a small or standing person gets as many of the network's pixels as a close portrait. A person who
    fills the image gets no second pass. An image no larger than the network's output gets the first pass only, once.

    Parameters
    ----------
    image
        uint8 (H, W, 3), sRGB.
    regions
        How the regions of the second pass are chosen.

    Returns
    -------
    float32 (h, w), 0 … 1, covering the whole image at any resolution.
    """
    # First pass: the whole image, if people are small also at a larger input size.
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
    # Second pass: regions around the people.
    for box in find_regions(whole, regions):
        region = box.scaled(whole_shape, shape)
        found = _find_both_ways(segmenter, region.crop(image), _input_size(spec, (region.height, region.width)))
        paste(whole, found, box, weight=REGION_WEIGHT, feather_fraction=FEATHER_FRACTION)
    return np.clip(whole, 0.0, 1.0, out=whole)


def _find_both_ways(segmenter: Segmenter, image: RgbImage, input_size: tuple[int, int] | None) -> Probability:
    """Flip test-time augmentation: mean probability of an image, downsampled first, and of its mirror image."""
    spec = segmenter.spec
    size = input_size or choose_input_size(spec, (image.shape[0], image.shape[1]))
    fitted = resize(image, *size) if spec.input_fit == "squash" else downsample_to_long_side(image, max(size))
    small = np.ascontiguousarray(fitted)
    mirrored = segmenter.find_probability(np.ascontiguousarray(small[:, ::-1]), size)
    mean: Probability = 0.5 * (segmenter.find_probability(small, size) + mirrored[:, ::-1])
    return mean


def _input_size(spec: ModelSpec, shape: tuple[int, int], scale: float = 1.0) -> tuple[int, int] | None:
    """Input size of a network for a region of this aspect ratio; None where it takes one size only."""
    if not spec.is_dynamic:
        return None
    return fit_area(shape, round(scale**2 * spec.input_height * spec.input_width), spec.size_multiple)
