"""Shared fixtures: a synthetic scene with a known person, and an engine that needs no trained model."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.engine import PortraitEngine
from portrait.inference.providers import ProviderReport


def draw_ellipse_matte(height: int, width: int) -> AlphaMatte:
    """A soft ellipse in the middle: float32 (H, W), 0 … 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot((x - width / 2) / (0.25 * width + 1e-3), (y - height / 2) / (0.4 * height + 1e-3))
    return np.clip((1.05 - distance) * 10.0, 0.0, 1.0).astype(np.float32)


class EllipseSegmenter:
    """A `Segmenter` that sees a person-shaped ellipse in the middle of every picture."""

    def __init__(self) -> None:
        self.spec = ModelSpec(name="ellipse", input_height=64, input_width=64, size_multiple=16)
        self.provider = ProviderReport(requested="cpu", active="cpu", reason="")
        self.calls = 0

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        self.calls += 1
        return draw_ellipse_matte(*(input_size or (64, 64)))


@pytest.fixture
def ellipse_segmenter() -> EllipseSegmenter:
    return EllipseSegmenter()


@pytest.fixture
def engine(ellipse_segmenter: EllipseSegmenter) -> PortraitEngine:
    return PortraitEngine(ellipse_segmenter)


@pytest.fixture
def portrait_scene() -> Callable[[int, int], tuple[RgbImage, AlphaMatte]]:
    """Make (image, true alpha): a red "person" before a textured green and blue background."""

    def make(height: int = 96, width: int = 128) -> tuple[RgbImage, AlphaMatte]:
        rng = np.random.default_rng(7)
        texture = rng.integers(0, 256, (max(1, height // 8), max(1, width // 8), 3), dtype=np.uint8)
        background = cv2.resize(texture, (width, height), interpolation=cv2.INTER_NEAREST)
        background[..., 0] = 0
        alpha = draw_ellipse_matte(height, width)
        person = np.zeros_like(background)
        person[..., 0] = 220
        mixed = alpha[..., None] * person + (1.0 - alpha[..., None]) * background
        return np.ascontiguousarray(np.rint(mixed).astype(np.uint8)), alpha

    return make
