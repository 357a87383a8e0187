"""Portraits whose background is blurred by depth."""

from unittest.mock import patch

import numpy as np
import pytest

from portrait.benchmark.scenes.floor_scenes import FloorScene, make_floor_scene
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.lens.floor import find_floor
from portrait.core.metrics.image_metrics import psnr
from portrait.core.render.look import Look
from portrait.core.render.noise_estimation import DITHER, Noise
from portrait.core.render.photo import render


@pytest.fixture(scope="module")
def street() -> FloorScene:
    return make_floor_scene("street", 240, 7.0)


def look(scene: FloorScene) -> Look:
    return Look(
        BlurOptions(blur_radius_fraction=radius_px_to_fraction(scene.radius_px, *scene.alpha.shape)), grain="off"
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_floor_at_the_feet_stays_sharp(street: FloorScene, dtype: type) -> None:
    scale = np.iinfo(dtype).max // 255
    image = street.image.astype(dtype) * dtype(scale)
    floor = find_floor(street.alpha)
    plain, grounded = (render(image, street.alpha, look(street), defocus) for defocus in (None, floor))
    assert grounded.dtype == dtype
    near, far = (psnr((found // scale).astype(np.uint8), street.truth) for found in (grounded, plain))
    assert near > far + 8.0
    in_focus = np.flatnonzero(floor[:, 0] == 0.0)
    assert np.abs(grounded[in_focus].astype(int) - image[in_focus]).max() <= 2 * scale


def test_a_map_that_is_far_all_over_is_no_map(street: FloorScene) -> None:
    far = np.ones(street.alpha.shape, np.float32)
    plain, mapped = (render(street.image, street.alpha, look(street), defocus) for defocus in (None, far))
    assert np.abs(plain.astype(int) - mapped).max() <= 1


def test_grain_comes_with_the_blur() -> None:
    flat, nobody = np.full((240, 160, 3), 128, np.uint8), np.zeros((240, 160), np.float32)
    ramp = np.broadcast_to(np.linspace(1.0, -1.0, 240, dtype=np.float32)[:, None], nobody.shape)
    noise = Noise(np.full(256, 4.0, np.float32), DITHER.mixing, 0.0)
    with patch("portrait.core.render.photo.estimate_noise", return_value=noise):
        found = render(flat, nobody, Look(blur=BlurOptions(blur_radius_fraction=12.0 / 288.4)), ramp).astype(np.float32)
    spread = found.std(axis=(1, 2))
    assert spread[119:121].max() == 0.0  # in focus
    assert spread[:60].mean() == pytest.approx(4.0, rel=0.1)
    assert spread[-40:].mean() == pytest.approx(4.0, rel=0.15)  # in front of the subject too


def test_a_map_of_another_size_is_refused(street: FloorScene) -> None:
    with pytest.raises(ValueError, match="defocus_map"):
        render(street.image, street.alpha, look(street), np.ones((4, 4), np.float32))


@pytest.mark.parametrize("by_depth", [False, True])
def test_specks_on_a_bright_floor_are_no_lights(street: FloorScene, by_depth: bool) -> None:
    alpha = street.alpha
    floor = np.full((*alpha.shape, 3), 200, np.uint8)
    floor[::9, ::11] = 255
    image = np.where(alpha[..., None] > 0.5, np.uint8(40), floor)
    fraction = radius_px_to_fraction(12.0, *alpha.shape)
    defocus_map = find_floor(alpha) if by_depth else None
    plain, boosted = (
        render(image, alpha, Look(BlurOptions(blur_radius_fraction=fraction, highlight_boost=boost), grain="off"),
               defocus_map).astype(int)
        for boost in (0.0, 1.0)
    )  # fmt: skip
    assert np.abs(boosted - plain)[alpha == 0.0].max() <= 3
