import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.blur import bokeh
from portrait.core.blur.bokeh import blur_background
from portrait.core.blur.highlights import HIGHLIGHT_GAIN
from portrait.core.blur.levels import DOWNSAMPLE_FROM_PX, BlurLevel
from portrait.core.blur.point_spread import convolve_with_aperture
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.aperture import Aperture
from portrait.core.lens.blur_options import DiskBlur

pytestmark = pytest.mark.slow

RADII = (3.0, 6.4, 7.0, 9.0, 11.5, 13.0, 16.0, 24.0)
"""Every shrink factor, and the fades between them."""


def blurred(
    image: RgbImage,
    radius_px: float,
    alpha: AlphaMatte | None = None,
    aperture: Aperture | None = None,
    boost: float = 0.0,
) -> LinearImage:
    """The whole blurred background of a picture, without a subject unless there is an alpha."""
    height, width = image.shape[:2]
    alpha = np.zeros((height, width), np.float32) if alpha is None else alpha
    blur = DiskBlur(radius_px, aperture or Aperture(), boost)
    return blur_background(LayeredImage.of(image, alpha), blur).rows(slice(0, height), width)


def encoded(light: LinearImage) -> np.ndarray:
    """sRGB in 0 … 255 without rounding."""
    light = np.clip(light, 0.0, 1.0)
    return 255.0 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1.0 / 2.4) - 0.055)


def soft_texture(height: int, width: int) -> RgbImage:
    rng = np.random.default_rng(4)
    coarse = rng.integers(40, 216, (height // 12, width // 12, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def fine_texture(height: int, width: int) -> RgbImage:
    """Detail at all sizes, as in photos: its amplitude falls with the frequency."""
    rng = np.random.default_rng(4)
    noise = np.fft.rfft2(rng.normal(size=(height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)) + 1.0 / width
    texture = np.fft.irfft2(noise / frequency, (height, width))
    grey = np.clip(128.0 + 50.0 * texture / texture.std(), 0.0, 255.0).astype(np.uint8)
    return np.ascontiguousarray(np.dstack([grey] * 3))


def directly(image: RgbImage, radius_px: float) -> LinearImage:
    with patch.object(bokeh, "DOWNSAMPLE_FROM_PX", {}):
        return blurred(image, radius_px)


@pytest.mark.parametrize("radius_px", RADII)
def test_the_small_picture_agrees_with_the_direct_disk(radius_px: float) -> None:
    image = fine_texture(240, 320)
    error = encoded(blurred(image, radius_px)) - encoded(directly(image, radius_px))
    assert float(np.sqrt(np.mean(error**2))) < 1.0


def test_nothing_jumps_when_the_radius_moves() -> None:
    image, alpha = soft_texture(48, 64), np.zeros((48, 64), np.float32)
    scene = LayeredImage.of(image, alpha)
    before, largest = encoded(to_linear(image)), 0.0
    for radius_px in np.arange(0.5, 40.0, 0.05):
        now = encoded(blur_background(scene, DiskBlur(float(radius_px))).rows(slice(0, 48), 64))
        largest = max(largest, float(np.abs(now - before).max()))
        before = now
    assert largest < 1.0


@pytest.mark.parametrize(("finer", "coarser"), [(1, 2), (2, 3), (3, 4)])
def test_one_resolution_fades_into_the_next(finer: int, coarser: int) -> None:
    image, alpha = soft_texture(60, 84), np.zeros((60, 84), np.float32)
    levels = blur_background(LayeredImage.of(image, alpha), DiskBlur(DOWNSAMPLE_FROM_PX[coarser] + 0.2)).levels
    assert [level.factor for level in levels] == [finer, coarser]
    assert [level.share for level in levels] == pytest.approx([0.3, 0.7])


@pytest.mark.parametrize("radius_px", RADII)
@pytest.mark.parametrize("size", [(61, 85), (3, 2), (1, 1), (1, 40), (37, 1)])
def test_a_flat_picture_stays_flat(radius_px: float, size: tuple[int, int]) -> None:
    alpha = np.random.default_rng(2).random(size, dtype=np.float32)
    light = blurred(np.full((*size, 3), (90, 140, 30), np.uint8), radius_px, alpha, Aperture("hexagon", cats_eye=0.5))
    assert np.abs(encoded(light) - (90, 140, 30)).max() < 0.1


@pytest.mark.parametrize("radius_px", RADII)
def test_a_red_subject_leaves_a_uniform_background_uniform(radius_px: float) -> None:
    y, x = np.mgrid[0:120, 0:150]
    alpha = np.clip(40.0 - np.hypot(x - 75, y - 60), 0.0, 1.0).astype(np.float32)
    red, wall = (to_linear(np.full((120, 150, 3), rgb, np.uint8)) for rgb in ((230, 10, 10), (60, 90, 120)))
    background = blurred(to_srgb(over(red, wall, alpha)), radius_px, alpha)
    assert np.abs(np.rint(encoded(background))[alpha == 0.0] - (60, 90, 120)).max() <= 1.0


@pytest.mark.parametrize("aperture", [Aperture(), Aperture("hexagon", cats_eye=0.6)])
@pytest.mark.parametrize("radius_px", [1.2, 4.0, 6.3, 14.0, 30.0])
def test_strips_do_not_show_and_may_run_at_once(radius_px: float, aperture: Aperture) -> None:
    image, alpha = soft_texture(96, 130), np.zeros((96, 130), np.float32)
    alpha[30:, 40:90] = 1.0
    image[10:90:20, 5:120:17] = 255
    scene = LayeredImage.of(image, alpha)
    blur = DiskBlur(radius_px, aperture, 1.0)
    whole = blur_background(scene, blur)
    with patch.object(strips, "STRIP_PIXELS", 2000), ThreadPoolExecutor(3) as pool:
        parts = blur_background(replace(scene, strip_map=pool.map), blur)
    rows = [parts.rows(slice(y, min(96, y + 7)), 130) for y in range(0, 96, 7)]
    np.testing.assert_allclose(np.concatenate(rows), whole.rows(slice(0, 96), 130), atol=1e-5)


def test_a_background_that_goes_on_beyond_the_frame_gets_no_dark_rim() -> None:
    wide = np.ascontiguousarray(np.tile(np.linspace(60, 200, 300).astype(np.uint8)[None, :, None], (200, 1, 3)))
    truth = encoded(blurred(wide, 20.0))[50:-50, 50:-50]
    error = encoded(blurred(np.ascontiguousarray(wide[50:-50, 50:-50]), 20.0)) - truth
    assert np.abs(error).max() < 5.0  # the slope changes by 9 levels over the radius
    assert np.abs(error[:, 25:-25]).max() < 0.2


def test_a_level_enlarges_as_opencv_does() -> None:
    small = np.random.default_rng(3).random((9, 8, 3), dtype=np.float32)
    expected = cv2.resize(small, (24, 27), interpolation=cv2.INTER_LINEAR)[3:-3, 3:-3]
    level = BlurLevel(small, 3, 1.0)
    parts = [level.rows(slice(y, min(21, y + 4)), 18) for y in range(0, 21, 4)]
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-6)


@pytest.mark.parametrize("boost", [0.0, 1.0])
@pytest.mark.parametrize("radius_px", [12.0, 20.0])
def test_a_clipped_light_becomes_an_even_disk(radius_px: float, boost: float) -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[98:102, 98:102] = 255
    disk = blurred(image, radius_px, boost=boost)[..., 0]
    y, x = np.mgrid[0:200, 0:200]
    distance = np.hypot(x - 99.5, y - 99.5)
    inside, outside = disk[distance < radius_px - 5.0], disk[distance > radius_px + 8.0]
    assert inside.std() / inside.mean() < 0.1
    assert np.abs(outside).max() < 0.02 * inside.mean()
    edge_px = math.sqrt(np.count_nonzero(disk > 0.5 * inside.mean()) / math.pi)
    assert edge_px == pytest.approx(radius_px, rel=0.05)
    assert 16.0 * 0.99 < disk.sum() < 16.0 * 1.01 * (1.0 + boost * HIGHLIGHT_GAIN)
    assert (disk.sum() > 5.0 * 16.0) == (boost > 0.0)


@pytest.mark.parametrize("radius_px", RADII)
def test_no_dark_rim_around_a_bright_window(radius_px: float) -> None:
    image = np.full((100, 140, 3), 30, np.uint8)
    image[30:61, 41:90] = 255
    light = encoded(blurred(image, radius_px, boost=1.0))
    assert light.min() > 30.0 - 1e-3
    assert light.max() < 255.0 + 1e-3


def test_more_boost_means_brighter_lights_and_never_brighter_than_white() -> None:
    image = np.zeros((120, 120, 3), np.uint8)
    image[57:63, 57:63] = 255
    peaks = [float(blurred(image, 16.0, boost=boost).max()) for boost in (0.0, 0.25, 0.5, 1.0)]
    assert peaks == sorted(peaks)
    assert peaks[0] < 0.5 * peaks[-1] < 0.5


def test_a_white_sky_does_not_glow() -> None:
    image = np.full((120, 160, 3), 40, np.uint8)
    image[:60] = 255
    np.testing.assert_allclose(blurred(image, 14.0, boost=1.0), blurred(image, 14.0), atol=0.002)


def test_specks_on_a_sunlit_floor_do_not_glow_at_the_frame_or_beside_the_subject() -> None:
    image, alpha = np.full((150, 200, 3), 222, np.uint8), np.zeros((150, 200), np.float32)
    image[::9, ::11] = 255
    alpha[40:, 80:120] = 1.0
    image[40:, 80:120] = 30
    boosted, plain = (encoded(blurred(image, 14.0, alpha, boost=boost)) for boost in (1.0, 0.0))
    assert np.abs(boosted - plain).max() < 2.0


def test_highlights_leave_pictures_without_clipped_lights_alone() -> None:
    image = np.minimum(soft_texture(60, 84), 225)
    np.testing.assert_array_equal(blurred(image, 9.0, boost=1.0), blurred(image, 9.0))


def test_the_subjects_own_lights_do_not_glow() -> None:
    image, alpha = np.zeros((80, 80, 3), np.uint8), np.zeros((80, 80), np.float32)
    alpha[20:60, 20:60] = 1.0
    image[38:42, 38:42] = 255
    assert np.abs(blurred(image, 14.0, alpha, boost=1.0)).max() < 1e-6


@pytest.mark.parametrize("radius_px", [8.0, 16.0, 40.0])
@pytest.mark.parametrize("place", [(slice(0, 2), slice(100, 102)), (slice(0, 2), slice(0, 2))], ids=["edge", "corner"])
def test_a_light_at_the_frame_is_lifted_no_more_than_one_inside(place: tuple[slice, slice], radius_px: float) -> None:
    image = np.zeros((160, 240, 3), np.uint8)
    image[place] = 255
    boosted, plain = (blurred(image, radius_px, boost=boost)[..., 0].sum() for boost in (1.0, 0.0))
    assert 0.0 <= boosted - plain <= 0.6 * 4.0 * HIGHLIGHT_GAIN  # nearly half of the disk lies outside


def test_a_shrunk_background_blurs_no_less_as_the_radius_grows() -> None:
    point = np.zeros((31, 31), np.float32)
    point[15, 15] = 1.0
    square = np.square(np.hypot(*np.mgrid[-15:16, -15:16]))
    kernels = [
        convolve_with_aperture(point, float(radius_px), resampled=True) for radius_px in np.arange(0.4, 4.0, 0.02)
    ]
    spreads = np.array([(kernel * square).sum() for kernel in kernels])
    assert np.diff(spreads).min() > -0.005
    assert max(np.abs(after - before).max() for before, after in pairwise(kernels)) < 0.06


def test_almost_covered_pixels_hardly_count_in_the_background() -> None:
    """The background estimated in I = αF + (1 − α)B errs by 1 / (1 − α), so the weight of least error is (1 − α)²."""
    wall = to_linear(np.full((120, 120, 3), 120, np.uint8))
    alpha = np.zeros((120, 120), np.float32)
    alpha[:, 1::2] = 0.9
    image, index = to_srgb(wall), np.flatnonzero(alpha)
    wrong = np.full((index.size, 3), wall[0, 0, 0] + 0.3, np.float32)
    layers = SoftLayers(index, (120, 120), np.zeros_like(wrong), wrong)
    scene = LayeredImage.of(image, alpha, layers)
    for radius_px in (3.0, 9.0):
        light = blur_background(scene, DiskBlur(radius_px)).rows(slice(0, 120), 120)
        error = float(light[20:-20, 20:-20].mean() - wall[0, 0, 0])
        assert error == pytest.approx(0.3 * 0.1**2 / (1.0 + 0.1**2), rel=0.05)
