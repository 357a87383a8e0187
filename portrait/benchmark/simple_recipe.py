"""The simple recipe of background blur, which most open tools follow, as a baseline of the live view."""

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.resize import resize
from portrait.inference.segmenter import Segmenter

KERNEL_PX = 21
"""Side of the Gaussian kernel; the mask leaves no more room in most of these tools."""


class SimpleRecipe:
    """A small network on the whole frame, its mask enlarged, a Gaussian blur of the whole frame, and a blend.

    Parameters
    ----------
    segmenter
        Such as MediaPipe's selfie segmentation.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @property
    def name(self) -> str:
        """Of the network."""
        return self._segmenter.spec.name

    def find_mask(self, image: RgbImage) -> AlphaMatte:
        """Probability of a person, float32 (H, W), of an image uint8 (H, W, 3)."""
        probability = self._segmenter.find_probability(image)
        return np.clip(resize(probability, image.shape[0], image.shape[1]), 0.0, 1.0)

    def render(self, image: RgbImage, mask: AlphaMatte) -> RgbImage:
        """The image over its blurred self, uint8 (H, W, 3), blended in sRGB values."""
        blurred = cv2.GaussianBlur(image, (KERNEL_PX, KERNEL_PX), 0)
        return np.asarray(cv2.blendLinear(image, blurred, mask, np.float32(1.0) - mask), np.uint8)
