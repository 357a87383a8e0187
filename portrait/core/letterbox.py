"""Letterboxing: resizing an image to the input of a network, with or without padding."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.resize import resize


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Place of an image inside a network's input: resized to (``height``, ``width``), at (``top``, ``left``).

    Without padding the aspect ratio is not kept.
    """

    input_height: int
    input_width: int
    top: int
    left: int
    height: int
    width: int

    @classmethod
    def squash(cls, input_height: int, input_width: int) -> "Letterbox":
        """Fill the input, whatever the image's aspect ratio."""
        return cls(input_height, input_width, 0, 0, input_height, input_width)

    @classmethod
    def fit(cls, image_shape: tuple[int, int], input_height: int, input_width: int) -> "Letterbox":
        """Keep the aspect ratio of an image of this (H, W), centred."""
        scale = min(input_height / image_shape[0], input_width / image_shape[1])
        height = min(input_height, max(1, round(image_shape[0] * scale)))
        width = min(input_width, max(1, round(image_shape[1] * scale)))
        top, left = (input_height - height) // 2, (input_width - width) // 2
        return cls(input_height, input_width, top, left, height, width)

    def apply(self, image: RgbImage, pad_rgb: tuple[float, float, float]) -> RgbImage:
        """uint8 (H, W, 3) → uint8 (input_height, input_width, 3)."""
        resized = resize(image, self.height, self.width)
        if (self.height, self.width) == (self.input_height, self.input_width):
            return resized
        bottom, right = self.input_height - self.top - self.height, self.input_width - self.left - self.width
        border = cv2.copyMakeBorder(
            resized, self.top, bottom, self.left, right, cv2.BORDER_CONSTANT, value=(*pad_rgb, 0.0)
        )
        return np.asarray(border, dtype=np.uint8)

    def crop(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """The part (…, h, w) of a network's output that the image covers; the output may have another size."""
        scale_y, scale_x = output.shape[-2] / self.input_height, output.shape[-1] / self.input_width
        top, left = round(self.top * scale_y), round(self.left * scale_x)
        bottom = max(top + 1, round((self.top + self.height) * scale_y))
        right = max(left + 1, round((self.left + self.width) * scale_x))
        return output[..., top:bottom, left:right]
