from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.metrics.image_metrics import light_shape, psnr
from portrait.core.render.live import render_live
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import render
from portrait.core.render.prepared_picture import fit_background

pytestmark = pytest.mark.slow

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]

RADII = (1.0, 2.3, 3.0, 4.0, 6.75, 9.0, 16.0, 24.0, 40.0)
"""Every way that a background is blurred, and the fades between them."""

BEACH = np.full((30, 90, 3), (240, 220, 170), np.uint8)
BACKGROUNDS = [
    Background(),
    Background("blur+mono"),
    Background("mono"),
    Background("image", picture=BEACH),
    Background("color", color=(0, 177, 64)),
    Background("stage"),
    Background("transparent"),
]


def blur_of(radius_px: float, height: int, width: int, **options: float) -> BlurOptions:
    return BlurOptions(blur_radius_fraction=radius_px_to_fraction(radius_px, height, width), **options)


def textured(height: int, width: int) -> RgbImage:
    """Coloured detail of many sizes, as a camera shows it: less of it the finer it is."""
    rng = np.random.default_rng(5)
    total = np.full((height, width, 3), 110.0)
    for side in (4, 8, 16, 32):
        noise = rng.normal(size=(-(-height // side) + 1, -(-width // side) + 1, 3))
        large = cv2.resize(noise, (noise.shape[1] * side, noise.shape[0] * side), interpolation=cv2.INTER_CUBIC)
        total += 1.2 * side * large[:height, :width]
    return np.asarray(np.rint(np.clip(total, 0.0, 255.0)), np.uint8)


def portrait(height: int, width: int) -> tuple[RgbImage, AlphaMatte]:
    """A subject with an edge of six pixels before a textured background, and its matte."""
    y, x = np.mgrid[0:height, 0:width]
    alpha = np.clip((0.3 * height - np.hypot(x - width / 2, y - height / 2)) / 6.0 + 0.5, 0.0, 1.0).astype(np.float32)
    subject = np.ascontiguousarray(textured(width, height).transpose(1, 0, 2)[:, ::-1]) // 2 + np.uint8(90)
    return to_srgb(over(to_linear(subject), to_linear(textured(height, width)), alpha)), alpha


@pytest.mark.parametrize("radius_px", RADII)
@pytest.mark.parametrize(
    "look", [{}, {"highlight_boost": 0.7}, {"cats_eye": 0.6}], ids=["plain", "lights", "cat's eye"]
)
def test_a_frame_looks_as_a_photo_does(radius_px: float, look: dict[str, float]) -> None:
    image, alpha = portrait(210, 290)
    cv2.circle(image, (40, 50), 4, (255, 255, 255), -1)
    options = blur_of(radius_px, 210, 290, **look)
    photo, frame = render(image, alpha, options), render_live(image, alpha, options)
    assert psnr(frame, photo) > 40.0
    np.testing.assert_allclose(frame.mean(axis=(0, 1)), photo.mean(axis=(0, 1)), atol=0.5)


@pytest.mark.parametrize("background", [item for item in BACKGROUNDS if item.kind != "blur"], ids=lambda b: b.kind)
def test_other_backgrounds_look_as_in_a_photo(background: Background) -> None:
    image, alpha = portrait(90, 130)
    look = Look(background=background, grain="off")
    assert psnr(render_live(image, alpha, look), render(image, alpha, look)) > 40.0


@pytest.mark.parametrize("background", [item for item in BACKGROUNDS if item.kind != "stage"], ids=lambda b: b.kind)
def test_the_subject_is_kept_bit_for_bit(background: Background) -> None:
    image, alpha = portrait(120, 160)
    result = render_live(image, alpha, Look(blur_of(9.0, 120, 160), background))
    np.testing.assert_array_equal(result[alpha == 1.0], image[alpha == 1.0])
    assert (result[alpha == 0.0] != image[alpha == 0.0]).any()


@pytest.mark.parametrize("radius_px", RADII)
def test_no_subject_colour_in_the_halo(radius_px: float) -> None:
    height, width = 200, 240
    y, x = np.mgrid[0:height, 0:width]
    alpha = np.clip(60.0 - np.hypot(x - 120, y - 100), 0.0, 1.0).astype(np.float32)
    red, wall = (to_linear(np.full((height, width, 3), rgb, np.uint8)) for rgb in ((230, 10, 10), (60, 90, 120)))
    result = render_live(to_srgb(over(red, wall, alpha)), alpha, blur_of(radius_px, height, width)).astype(int)
    assert np.abs(result[alpha == 0.0] - (60, 90, 120)).max() <= 1


@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda b: b.kind)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (37, 1), (7, 2), (61, 85)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_any_size_works(background: Background, shape: tuple[int, int], value: float) -> None:
    image = np.full((*shape, 3), (50, 90, 200), np.uint8)
    result = render_live(image, np.full(shape, value, np.float32), Look(background=background))
    assert result.shape == image.shape
    assert result.dtype == np.uint8


@pytest.mark.parametrize("radius_px", RADII)
@pytest.mark.parametrize("size", [(61, 85), (3, 2), (1, 40)])
def test_a_flat_picture_stays_flat(radius_px: float, size: tuple[int, int]) -> None:
    image = np.full((*size, 3), (90, 140, 30), np.uint8)
    alpha = np.random.default_rng(2).random(size, dtype=np.float32)
    result = render_live(image, alpha, blur_of(min(radius_px, 0.25 * np.hypot(*size)), *size)).astype(int)
    assert np.abs(result - (90, 140, 30)).max() <= 1


@pytest.mark.slow
def test_nothing_jumps_when_the_radius_moves() -> None:
    image, alpha = portrait(80, 110)
    before, largest = image.astype(int), 0
    for radius_px in np.arange(0.5, 28.0, 0.05):
        now = render_live(image, alpha, blur_of(float(radius_px), 80, 110)).astype(int)
        largest = max(largest, int(np.abs(now - before).max()))
        before = now
    assert largest <= 3  # two of them by rounding to 8 bits


@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda b: b.kind)
@pytest.mark.parametrize("radius_px", [3.0, 6.75, 12.0])
def test_strips_do_not_show_and_may_run_at_once(background: Background, radius_px: float) -> None:
    image, alpha = portrait(150, 130)
    image[::25, 3::20] = 255
    look = Look(blur_of(radius_px, 150, 130, highlight_boost=0.7), background)
    whole = render_live(image, alpha, look)
    with patch.object(strips, "STRIP_PIXELS", 1500), ThreadPoolExecutor(3) as pool:
        parts = render_live(image, alpha, look, strip_map=pool.map)
    assert np.abs(parts.astype(int) - whole).max() <= 1


def test_radius_zero_is_identity() -> None:
    image, alpha = portrait(48, 64)
    result = render_live(image, alpha, blur_of(0.0, 48, 64))
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)


def test_almost_clear_and_almost_solid_pixels_leave_no_dots() -> None:
    """Every alpha that there is, over a background that could not be more different."""
    image = np.full((64, 1024, 3), (200, 60, 40), np.uint8)
    alpha = np.ascontiguousarray(np.broadcast_to(np.linspace(0.0, 1.0, 1024, dtype=np.float32), (64, 1024)))
    look = Look(background=Background("color", color=(0, 0, 255)))
    steps = np.diff(render_live(image, alpha, look).astype(int), axis=1)
    assert np.abs(steps).max() <= 25  # sRGB is steep at black


def test_the_picture_behind_is_scaled_once() -> None:
    image, alpha = portrait(60, 80)
    background = Background("image", picture=BEACH)
    fitted = fit_background(background, 60, 80)
    assert fitted.picture is not None
    assert fitted.picture.shape == (60, 80, 3)
    assert fit_background(fitted, 60, 80) is fitted
    by_fitted, by_given = (render_live(image, alpha, Look(background=which)) for which in (fitted, background))
    np.testing.assert_array_equal(by_fitted, by_given)
    mono = Background("mono")
    assert fit_background(mono, 60, 80) is mono


def test_wrong_arrays_are_refused() -> None:
    image, alpha = portrait(20, 30)
    with pytest.raises(TypeError, match="uint8"):
        render_live(image.astype(np.uint16), alpha, BlurOptions())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="like its image"):
        render_live(image, alpha[:-1], BlurOptions())


@pytest.mark.parametrize("radius_px", [1.5, 3.0, 5.0, 7.0])
def test_no_halo_around_overexposed_hair_at_any_radius(radius_px: float) -> None:
    height, width, wall = 200, 260, 5
    alpha = portrait(height, width)[1]
    for x in range(20, 240, 11):
        cv2.line(alpha, (130, 100), (x, 8), 0.6, 1, cv2.LINE_AA)
    white, grey = (np.full((height, width, 3), level, np.float32) for level in (1.0, to_linear_level(wall)))
    result = render_live(to_srgb(over(white, grey, alpha)), alpha, blur_of(radius_px, height, width)).astype(int)
    assert np.abs(result - wall)[alpha == 0.0].max() <= 6


def to_linear_level(level: int) -> float:
    return float(to_linear(np.full((1, 1, 3), level, np.uint8))[0, 0, 0])


@pytest.mark.parametrize("radius_px", [5.0, 7.0, 8.5, 12.0])
def test_lights_are_disks_of_the_right_size(radius_px: float) -> None:
    image, alpha = np.full((160, 200, 3), 12, np.uint8), np.zeros((160, 200), np.float32)
    image[79:82, 99:102] = 255
    alpha[150:, :20] = 1.0
    lit = render_live(image, alpha, blur_of(radius_px, 160, 200, highlight_boost=1.0))
    shape = light_shape(lit, (100.0, 80.0), radius_px)
    assert shape.radius_error < 0.2
    assert shape.unevenness < 0.15
