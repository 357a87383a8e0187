"""The ways from a picture to alpha that an evaluation can take: the network alone, or as the app goes on from it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.refinement import FAST, FINE, refine
from portrait.inference.model_store import Quality
from portrait.inference.passes import find_probability_fine
from portrait.inference.segmenter import Segmenter

FindAlpha = Callable[[RgbImage], NDArray[np.float32]]
"""From uint8 (H, W, 3) to the person's probability or alpha, float32 (h, w) in 0 … 1: any size, the whole picture."""


_REFINEMENTS = {"fast": FAST, "fine": FINE}


@dataclass(frozen=True, slots=True)
class MattePath:
    """How a picture goes through a model.

    Attributes
    ----------
    quality
        ``fast``: the network sees the whole picture once. ``fine``: the passes of `portrait.inference.passes`.
    refined
        Fit the probability to the picture's edges, with the app's options for this quality; None: leave it as found.
    """

    quality: Quality = "fast"
    refined: Quality | None = None

    def open(self, segmenter: Segmenter) -> FindAlpha:
        """One callable for the whole way."""

        def find_probability(image: RgbImage) -> NDArray[np.float32]:
            is_fine = self.quality == "fine"
            return find_probability_fine(segmenter, image) if is_fine else segmenter.find_probability(image)

        if self.refined is None:
            return find_probability
        options = _REFINEMENTS[self.refined]
        return lambda image: refine(find_probability(image), image, options)


NETWORK_ALONE = MattePath()


def enlarge(alpha: NDArray[np.float32], shape: tuple[int, ...]) -> AlphaMatte:
    """Bilinearly to the (H, W) of a picture; alpha of that size comes back as it is."""
    height, width = shape[:2]
    if alpha.shape == (height, width):
        return alpha
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
