"""Noise is measured where the picture is flat, and given to the blurred background."""

import math
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.backdrop import PlainBackdrop
from portrait.core.render.grain import BlurByDepth, GrainyBackdrop
from portrait.core.render.look import Look
from portrait.core.render.noise_estimation import Noise, estimate_noise
from portrait.core.render.photo import render

pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 360, 480
LUMA = np.array([0.299, 0.587, 0.114])
SMOOTH, GRAINY = (Look(BlurOptions(f_number=2.0), grain=grain) for grain in ("off", "match"))

Field = NDArray[np.float32]


def scene() -> Field:
    """A wall with a gradient; on its right half a pattern that is no noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wall = np.dstack([60 + 90 * x / WIDTH, 70 + 60 * y / HEIGHT, 90 + 50 * x / WIDTH])
    wall[:, WIDTH // 2 :] += (18 * np.sin(x / 3) * np.sin(y / 4))[:, WIDTH // 2 :, None]
    return wall.astype(np.float32)


def noise_of(sigma: float, scale_px: float, channels: int) -> Field:
    """Gaussian noise; of one channel for noise in brightness alone."""
    noise = np.random.default_rng(3).standard_normal((HEIGHT, WIDTH, channels), dtype=np.float32)
    if scale_px:
        noise = cv2.GaussianBlur(noise, (0, 0), scale_px).reshape(noise.shape)
    return np.asarray(np.broadcast_to(sigma * noise / noise.std(), (HEIGHT, WIDTH, 3)), np.float32)


def to_image(levels: Field) -> RgbImage:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


@pytest.fixture
def alpha() -> AlphaMatte:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.clip(20.0 - 0.25 * np.hypot(x - WIDTH / 2, y - HEIGHT / 2), 0.0, 1.0).astype(np.float32)


def added_grain(image: RgbImage, alpha: AlphaMatte) -> Field:
    return render(image, alpha, GRAINY).astype(np.float32) - render(image, alpha, SMOOTH)


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
@pytest.mark.parametrize("scale_px", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_background_gets_the_noise_of_the_picture(
    alpha: AlphaMatte, sigma: float, scale_px: float, channels: int
) -> None:
    noise = noise_of(sigma, scale_px, channels)
    grain = added_grain(to_image(scene() + noise), alpha)[alpha == 0.0]
    assert (grain @ LUMA).std() == pytest.approx((noise.reshape(-1, 3) @ LUMA).std(), rel=0.2)
    if channels == 1:
        assert np.corrcoef(grain[:, 0], grain[:, 1])[0, 1] > 0.8


@pytest.mark.parametrize("scale_px", [0.0, 1.0])
def test_grain_is_as_coarse_as_the_noise(alpha: AlphaMatte, scale_px: float) -> None:
    noise = noise_of(4.0, scale_px, 1)
    grain = added_grain(to_image(scene() + noise), alpha)[:, :60, 1]
    along, wanted = (np.corrcoef(field[:, 1:].ravel(), field[:, :-1].ravel())[0, 1] for field in (grain, noise[..., 1]))
    assert along == pytest.approx(wanted, abs=0.2)


def test_a_picture_without_noise_gets_none(alpha: AlphaMatte) -> None:
    image = to_image(scene())
    assert estimate_noise(image) is None
    np.testing.assert_array_equal(render(image, alpha, GRAINY), render(image, alpha, SMOOTH))


def test_texture_is_no_noise() -> None:
    rng = np.random.default_rng(1)
    clouds = cv2.resize(
        rng.integers(20, 230, (45, 60, 3), dtype=np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    foliage = cv2.GaussianBlur(rng.normal(0.0, 1.0, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.0)
    leaves = to_image(100.0 + 25.0 * (foliage / foliage.std())[..., None] * np.ones(3, np.float32))
    assert estimate_noise(clouds) is None
    assert estimate_noise(leaves) is None


def test_blinds_and_bricks_all_over_a_picture_are_no_noise() -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    blinds = np.full((HEIGHT, WIDTH, 3), 120.0, np.float32) + (5.0 * np.sin(y * 2.0 * np.pi / 6.0))[..., None]
    joints = ((y % 9 == 0) | ((x + 11 * (y // 9 % 2)) % 22 == 0)).astype(np.float32)
    bricks = 120.0 + 14.0 * cv2.GaussianBlur(joints, (0, 0), 0.6)[..., None] + noise_of(0.6, 0.0, 1)
    assert estimate_noise(to_image(blinds + noise_of(0.6, 0.0, 1))) is None
    assert estimate_noise(to_image(bricks)) is None


def test_clipped_parts_tell_nothing_of_the_noise() -> None:
    half_white = scene() + noise_of(3.0, 0.0, 1)
    half_white[:, : WIDTH // 4] = 255.0
    noise = estimate_noise(to_image(half_white))
    assert noise is not None
    assert noise.sigma[100] == pytest.approx(3.0, rel=0.2)


def test_the_subject_is_kept_bit_for_bit_and_grain_fades_with_the_matte(alpha: AlphaMatte) -> None:
    image = to_image(scene() + noise_of(4.0, 0.0, 1))
    result = render(image, alpha, GRAINY)
    np.testing.assert_array_equal(result[alpha == 1.0], image[alpha == 1.0])
    grain = added_grain(image, alpha)
    half = (alpha > 0.4) & (alpha < 0.6)
    assert 0.3 < grain[half].std() / grain[alpha == 0.0].std() < 0.7


def test_grain_is_the_same_every_time_and_strips_do_not_show(alpha: AlphaMatte) -> None:
    image = to_image(scene() + noise_of(4.0, 0.7, 3))
    once = render(image, alpha, GRAINY)
    with patch.object(strips, "STRIP_PIXELS", 5000):
        np.testing.assert_array_equal(render(image, alpha, GRAINY), once)


def test_where_the_blur_is_small_the_noise_that_is_left_counts(alpha: AlphaMatte) -> None:
    image = to_image(scene() + noise_of(5.0, 0.0, 1))
    radius_fraction = 1.0 / np.hypot(HEIGHT, WIDTH)
    soft = render(image, alpha, Look(BlurOptions(blur_radius_fraction=radius_fraction)))
    left_of_pattern = np.s_[:, : WIDTH // 2 - 110]
    rest = (soft.astype(np.float32) - scene())[left_of_pattern] @ LUMA
    assert rest.std() == pytest.approx(5.0, rel=0.25)


def test_a_clean_sky_of_many_brightnesses_shows_that_the_rest_is_texture() -> None:
    texture = np.random.default_rng(3).normal(90.0, 5.0, (320, 400, 3))
    texture[:48, :160] = np.linspace(120.0, 200.0, 160)[:, None]  # a few blocks of each brightness
    assert estimate_noise(to_image(texture)) is None


def test_what_is_rougher_at_one_brightness_is_texture() -> None:
    picture = np.random.default_rng(4).normal(0.0, 1.0, (320, 400, 1)) * np.ones(3)
    picture[:160] = 60.0 + 3.0 * picture[:160]
    picture[160:] = 150.0 + picture[160:]
    noise = estimate_noise(to_image(picture))
    assert noise is not None
    assert noise.sigma[60] == pytest.approx(1.0, rel=0.2)
    assert noise.sigma[0] == noise.sigma[255] == 0.0


@pytest.mark.parametrize("shape", [(1, 1), (15, 400), (16, 16), (64, 64)])
def test_small_pictures_have_too_little_to_measure(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(90, 110, (*shape, 3), dtype=np.uint8)
    assert estimate_noise(image) is None


def test_the_louder_half_of_a_picture_does_not_decide_the_colour_of_its_grain() -> None:
    """Coloured noise above noise in brightness alone, of 1.6 times its deviation, and the other way round."""
    found = []
    for colored, grey in ((3.2, 2.0), (2.0, 3.2)):
        levels = 90.0 + noise_of(colored / math.sqrt(LUMA @ LUMA), 0.0, 3)
        levels[HEIGHT // 2 :] = (150.0 + noise_of(grey, 0.0, 1))[HEIGHT // 2 :]
        noise = estimate_noise(to_image(levels))
        assert noise is not None
        found.append(noise.mixing @ noise.mixing.T)
    assert np.diag(found[0]).min() > 2.0 * found[0][0, 1]
    np.testing.assert_allclose(*found, atol=0.12)


def test_what_a_blur_leaves_of_the_noise_and_what_is_added_are_as_much_as_before() -> None:
    """Independent noises add by their variances: left² + added² = 1, evenly blurred and by depth."""
    white = Noise(np.ones(256, np.float32), np.eye(3, dtype=np.float32), 0.0)
    for radius_px in (0.7, 1.0, 2.0):
        left = 1.0 / (math.pi * radius_px**2)
        evenly = GrainyBackdrop.of(PlainBackdrop((0, 0, 0)), white, radius_px).grain.amplitude
        everything = GrainyBackdrop.of(PlainBackdrop((0, 0, 0)), white).grain.amplitude
        np.testing.assert_allclose(np.square(evenly / everything)[1:], 1.0 - left, atol=1e-3)
        by_depth = BlurByDepth(np.ones((2, 2), np.float32), radius_px).lost_share(white, slice(0, 2))
        np.testing.assert_allclose(np.square(by_depth), 1.0 - left, atol=1e-3)


def test_dark_parts_that_a_camera_has_smoothed_tell_nothing_of_the_noise() -> None:
    levels = 110.0 + noise_of(3.0, 0.0, 1)
    levels[: HEIGHT // 4] = 14.0 + 0.1 * noise_of(3.0, 0.0, 1)[: HEIGHT // 4]
    noise = estimate_noise(to_image(levels))
    assert noise is not None
    assert noise.sigma[110] == pytest.approx(3.0, rel=0.2)
