"""A continuous change of depth or radius makes a continuous change of the picture: no jump where a slice is added."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.blur.by_depth import blur_by_depth
from portrait.core.color import to_srgb
from portrait.core.layers.compositing import over
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.lens.blur_options import DiskBlur

HEIGHT, WIDTH = 104, 80
ROW = np.linspace(1.0, -0.4, HEIGHT, dtype=np.float32)[:, None]
BEHIND, ACROSS = (np.repeat(np.maximum(ROW, low), WIDTH, axis=1) for low in (0.0, -1.0))
MOST_LEVELS = 3
A_LITTLE = 2e-4


@pytest.fixture(scope="module")
def scene() -> LayeredImage:
    """Hard texture with a soft figure whose matte is not quite true, as found ones are: there the slices differ."""
    coarse = np.random.default_rng(0).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    image = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(alpha, (40, 56), (13, 30), 0, 0, 360, 1.0, -1)
    return LayeredImage.of(np.ascontiguousarray(image), cv2.GaussianBlur(alpha, (0, 0), 1.0))


def portrait(scene: LayeredImage, defocus: NDArray[np.float32], radius_px: float) -> NDArray[np.int_]:
    rows, blur = slice(0, HEIGHT), blur_by_depth(scene, defocus.astype(np.float32), DiskBlur(radius_px))
    light = over(scene.foreground_light(rows), blur.backdrop.rows(rows, WIDTH), scene.alpha)
    if blur.foreground is not None:
        light = blur.foreground.over(light, rows)[0]
    return to_srgb(light).astype(int)


@pytest.mark.parametrize("defocus", [BEHIND, ACROSS], ids=["behind", "across"])
@pytest.mark.parametrize("radius_px", [2.0, 4.0, 6.0, 10.0, 14.0])
def test_a_further_slice_is_not_seen(scene: LayeredImage, defocus: NDArray[np.float32], radius_px: float) -> None:
    before, after = (portrait(scene, defocus, radius_px * factor) for factor in (1.0 - A_LITTLE, 1.0 + A_LITTLE))
    assert np.abs(before - after).max() <= MOST_LEVELS


@pytest.mark.parametrize("defocus", [BEHIND, ACROSS, np.ones_like(BEHIND)], ids=["behind", "across", "constant"])
def test_depth_that_moves_a_little_moves_the_picture_a_little(
    scene: LayeredImage, defocus: NDArray[np.float32]
) -> None:
    for scale in (*np.random.default_rng(1).uniform(0.05, 0.999, 8), 0.5569, 0.9061):
        before, after = (portrait(scene, defocus * (scale + shift), 10.0) for shift in (0.0, A_LITTLE))
        assert np.abs(before - after).max() <= MOST_LEVELS, scale


def test_depth_that_passes_the_focus_passes_it_smoothly(scene: LayeredImage) -> None:
    flat = np.ones_like(BEHIND)
    behind, before = (portrait(scene, flat * place, 12.0) for place in (1e-4, -1e-4))
    assert np.abs(behind - before).max() <= MOST_LEVELS
