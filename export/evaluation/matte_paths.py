"""Matting pipelines to evaluate: the network alone, or followed by the app's passes and refinement."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.refinement import FAST, FINE, refine
from portrait.inference.model_store import Quality
from portrait.inference.second_opinion import find_people_alone
from portrait.inference.segmenter import LabelSegmenter, Segmenter

FindAlpha = Callable[[RgbImage], NDArray[np.float32]]
"""From uint8 (H, W, 3) to the person's probability or alpha of the whole image, float32 (h, w) of any size, 0 … 1."""


_REFINEMENTS = {"fast": FAST, "fine": FINE}


@dataclass(frozen=True, slots=True)
class MattePath:
    """The steps from an image to alpha.

    Attributes
    ----------
    quality
        ``fast``: the network sees the whole image once. ``fine``: the passes of `portrait.inference.passes`.
    refined
        Edge-aware refinement of the probability with the app's options for this quality; None: no refinement.
    second_opinion
        The network of many classes that ``fine`` asks, as the app does; None: it is not asked.
    """

    quality: Quality = "fast"
    refined: Quality | None = None
    second_opinion: LabelSegmenter | None = None

    def open(self, segmenter: Segmenter) -> FindAlpha:
        """The steps with one segmenter, as one callable."""

        def find_probability(image: RgbImage) -> NDArray[np.float32]:
            is_fine = self.quality == "fine"
            second = self.second_opinion
            return find_people_alone(segmenter, second, image) if is_fine else segmenter.find_probability(image)

        if self.refined is None:
            return find_probability
        options = _REFINEMENTS[self.refined]
        return lambda image: refine(find_probability(image), image, options)


NETWORK_ALONE = MattePath()


def resize_alpha(alpha: NDArray[np.float32], shape: tuple[int, ...]) -> AlphaMatte:
    """Resize alpha bilinearly to the (H, W) of an image; alpha of that size is returned as it is."""
    height, width = shape[:2]
    if alpha.shape == (height, width):
        return alpha
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
