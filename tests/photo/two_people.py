"""A photo of two people, and a network that sees them wherever it looks."""

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.inference.providers import ProviderReport

MAIN, BYSTANDER = np.s_[20:118, 60:110], np.s_[40:80, 10:26]


class TwoPeopleSegmenter:
    """Sees a person in the middle and a smaller one at the left of every image, 120 × 160."""

    spec = ModelSpec(name="two", input_height=120, input_width=160, size_multiple=8)
    provider = ProviderReport(requested="cpu", active="cpu", reason="")

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        probability = np.zeros((120, 160), np.float32)
        probability[MAIN] = probability[BYSTANDER] = 1.0
        return probability


def draw_two_people() -> RgbImage:
    """Both people are of one colour each, before noise."""
    image = np.random.default_rng(4).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    image[MAIN], image[BYSTANDER] = (200, 60, 60), (60, 60, 200)
    return image
