"""From an image to its matte by quality: networks, second opinion, refinement."""

from collections.abc import Mapping

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage, require_rgb
from portrait.core.boxes import Box
from portrait.core.guided_filter import apply_coefficients
from portrait.core.matting.refinement import FAST, FINE, FINE_FRAME, Outline, find_outline, fit_to_guide, refine
from portrait.core.matting.subject import has_person, is_black, secure_subject
from portrait.core.resize import ImagePyramid
from portrait.core.strips import StripMap
from portrait.inference.model_store import Quality
from portrait.inference.region import find_probability_in_region
from portrait.inference.second_opinion import FrameMemory, confirms_person, find_people_alone
from portrait.inference.segmenter import LabelSegmenter, Segmenter


class MatteFinder:
    """Finds mattes with a network for each quality. Safe to use from several threads at once.

    Parameters
    ----------
    segmenters
        The network of each quality.
    second_opinion
        A network of many classes that ``fine`` asks about what it found, see `portrait.inference.second_opinion`.
    strip_map
        Runs the strips in which ``fine`` refines.
    """

    def __init__(
        self,
        segmenters: Mapping[Quality, Segmenter],
        second_opinion: LabelSegmenter | None = None,
        strip_map: StripMap = map,
    ) -> None:
        self._segmenters = segmenters
        self._second_opinion = second_opinion
        self._strip_map = strip_map

    def find_matte(self, image: RgbImage, quality: Quality = "fast", frames: FrameMemory | None = None) -> AlphaMatte:
        """Opacity of the subject in every pixel.

        Parameters
        ----------
        image
            uint8 (H, W, 3), sRGB, 1 × 1 or larger.
        quality
            ``fast``: the network once; where that finds nobody, and the image is a photo, ``fine`` looks again, and
            whom it finds is taken if the second opinion sees somebody there too. ``fine``: closer looks
            (`portrait.inference.passes.find_probability_fine`), a second opinion, and a finer refinement.
        frames
            Of the video that the image is the next frame of; None: it is a photo. On frames ``fast`` looks once only,
            and the second opinion is carried from one frame to the next.

        Returns
        -------
        float32 (H, W), 0 … 1. In a picture that is black all over there is nobody.

        Raises
        ------
        ModelError
            A network failed.
        """
        require_rgb(image)
        pyramid = ImagePyramid(image)
        if is_black(image, pyramid):
            return np.zeros(image.shape[:2], np.float32)
        if quality == "fast":
            outline = self._find_outline(pyramid)
            matte = apply_coefficients(outline.coefficients, image)
            is_settled = frames is not None or has_person(outline.small)
            return matte if is_settled else self._look_again(image, matte)
        return self._find_fine(image, frames)

    def find_outline(
        self, pyramid: ImagePyramid, *, region: Box | None = None, resolution: float = 1.0
    ) -> Outline | None:
        """What ``fast`` finds at the first look, for who applies it to the image.

        Parameters
        ----------
        pyramid
            Of an image as `find_matte` takes it.
        region
            Where `can_see_regions`: the part of the image that the network sees; outside nobody is found. None: all.
        resolution
            As for ``region``: share of the pixels of its usual input that the network is given, over 0 … 1.

        Returns
        -------
        None where nobody is found without asking the network.
        """
        require_rgb(pyramid.image)
        return None if is_black(pyramid.image, pyramid) else self._find_outline(pyramid, region, resolution)

    def can_see_regions(self, quality: Quality) -> bool:
        """Whether `find_outline` can take the place of `find_matte` with this quality on frames, and takes regions."""
        spec = self._segmenters[quality].spec
        return quality == "fast" and spec.is_dynamic and spec.input_fit == "squash"

    def _find_fine(self, image: RgbImage, frames: FrameMemory | None) -> AlphaMatte:
        found = find_people_alone(self._segmenters["fine"], self._second_opinion, image, frames)
        return refine(secure_subject(found), image, FINE if frames is None else FINE_FRAME, self._strip_map)

    def _look_again(self, image: RgbImage, nobody: AlphaMatte) -> AlphaMatte:
        """What ``fine`` finds where ``fast`` found nobody: two networks against one."""
        found, second = self._find_fine(image, None), self._second_opinion
        is_taken = has_person(found) and (second is None or confirms_person(second, image, found))
        return found if is_taken else nobody

    def _find_outline(self, pyramid: ImagePyramid, region: Box | None = None, resolution: float = 1.0) -> Outline:
        image: RgbImage = pyramid.image
        segmenter, (height, width) = self._segmenters["fast"], image.shape[:2]
        if region is None and resolution == 1.0:
            found = segmenter.find_probability(image)
        else:
            found = find_probability_in_region(segmenter, pyramid, region or Box(0, 0, height, width), resolution)
        return find_outline(secure_subject(fit_to_guide(found, (height, width))), pyramid, FAST)
