"""No picture makes light that is not finite, and such light is never taken for a picture."""

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portrait.core.arrays import AlphaMatte, DeepRgbImage, RgbImage
from portrait.core.color import to_8_bits, to_deep_srgb, to_linear, to_srgb
from portrait.core.layers.soft_layers import estimate_layers
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.render.live import render_live
from portrait.core.render.look import Background, GrainMode, Look
from portrait.core.render.noise_estimation import estimate_noise
from portrait.core.render.photo import render

pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 336, 368  # enough blocks of 16 pixels for noise to be measured
NOT_FINITE = [math.nan, math.inf, -math.inf]
PICTURE = np.full((50, 60, 3), 200, np.uint8)
BACKGROUNDS = [
    Background(),
    Background("mono"),
    Background("color", color=(250, 251, 252)),
    Background("image", picture=PICTURE),
    Background("stage"),
    Background("transparent"),
]
SUBJECT_LEVELS = np.array([120.0, 90.0, 70.0])


def draw(wall: tuple[int, int, int], slope: float, sigma: float) -> tuple[RgbImage, AlphaMatte]:
    """A cloth-coloured disk before a wall that is darker or brighter to the right, both with noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    noise = np.random.default_rng(1).standard_normal((HEIGHT, WIDTH, 1))
    alpha = np.clip(0.5 * (90.0 - np.hypot(x - 180, y - 200)), 0.0, 1.0).astype(np.float32)
    behind = np.array(wall) + (slope * (x / WIDTH - 0.5))[..., None] + sigma * noise
    levels = alpha[..., None] * (SUBJECT_LEVELS + 14.0 * noise) + (1.0 - alpha[..., None]) * behind
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8), alpha


def look_of(background: Background, radius_px: float, boost: float, grain: GrainMode) -> Look:
    fraction = radius_px_to_fraction(radius_px, HEIGHT, WIDTH)
    return Look(BlurOptions(blur_radius_fraction=fraction, highlight_boost=boost), background, grain)


def render_deep(image: RgbImage, alpha: AlphaMatte, look: Look, **known: Any) -> DeepRgbImage:
    return render(image.astype(np.uint16) * 257, alpha, look, **known)


def mean_behind(image: np.ndarray, alpha: AlphaMatte) -> np.ndarray:
    return to_8_bits(image)[alpha == 0.0].mean(axis=0)


def wanted_mean(look: Look, image: RgbImage, alpha: AlphaMatte) -> np.ndarray | None:
    """Mean colour behind the subject, as far as it is known beforehand."""
    kind = look.background.kind
    if kind == "blur":
        return mean_behind(image, alpha) if look.blur.highlight_boost == 0.0 else None
    if kind == "mono":
        grey = cv2.transform(to_linear(image), np.array([[0.2126, 0.7152, 0.0722]], np.float32))
        return mean_behind(to_srgb(np.ascontiguousarray(np.dstack([grey] * 3), np.float32)), alpha)
    known = {"color": look.background.color, "image": PICTURE[0, 0], "transparent": (0, 0, 0)}.get(kind)
    return None if known is None else np.array(known, float)


def require_right(result: np.ndarray, look: Look, image: RgbImage, alpha: AlphaMatte) -> None:
    behind, wanted = mean_behind(result, alpha), wanted_mean(look, image, alpha)
    if wanted is not None:
        np.testing.assert_allclose(behind, wanted, atol=1.0)
    elif look.background.kind == "blur":  # lights may only get brighter
        assert (behind >= mean_behind(image, alpha) - 1.0).all()
    else:
        assert 0.0 < behind.mean() < 80.0  # a dark stage, with a pool of light on it
    if look.background.kind != "stage":
        np.testing.assert_array_equal(to_8_bits(result)[alpha == 1.0], image[alpha == 1.0])
    else:
        assert to_8_bits(result)[alpha == 1.0].mean() > 40.0


WALLS = st.one_of(
    st.integers(235, 251).map(lambda level: (level, level, level)),
    st.integers(0, 255).map(lambda level: (level, level, level)),
    st.tuples(*[st.integers(0, 255)] * 3),
    st.sampled_from([(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255), (250, 252, 255)]),
)


@pytest.mark.slow
@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda background: background.kind)
@given(
    wall=WALLS,
    slope=st.sampled_from([0.0, 3.0, 30.0]),
    sigma=st.sampled_from([0.7, 1.5, 3.0, 0.3, 0.0]),
    radius_px=st.sampled_from([2.0, 6.0, 14.0]),
    boost=st.sampled_from([0.0, 1.0]),
    grain=st.sampled_from(["match", "off"]),
)
@example(wall=(248, 248, 248), slope=0.0, sigma=0.7, radius_px=14.0, boost=0.0, grain="match")
@settings(max_examples=25, deadline=None)
def test_no_look_makes_any_picture_black(background, wall, slope, sigma, radius_px, boost, grain) -> None:
    image, alpha = draw(wall, slope, sigma)
    look = look_of(background, radius_px, boost, grain)
    for make in (render, render_deep, render_live):
        require_right(make(image, alpha, look), look, image, alpha)


@pytest.mark.parametrize("level", [24, 60, 200, 234, 236, 240, 244, 248, 251])
@pytest.mark.parametrize("sigma", [0.7, 1.5])
def test_the_noise_of_a_wall_is_found_however_bright_it_is(level: int, sigma: float) -> None:
    image, _ = draw((level, level, level), 0.0, sigma)
    noise = estimate_noise(image)
    assert noise is None or (np.isfinite(noise.mixing).all() and math.isfinite(noise.scale_px))
    if 30 < level < 255 - 4 * sigma:  # else black or white cuts it off in most blocks
        assert noise is not None
        assert noise.scale_px < 0.5
        np.testing.assert_allclose(noise.mixing @ noise.mixing.T, np.ones((3, 3)), atol=0.1)  # noise of the luma alone


def test_the_noise_is_that_of_blocks_that_there_are() -> None:
    """One in twenty blocks is painted, without any noise, the rest is rough: nothing has a deviation in between."""
    image = np.random.default_rng(2).integers(90, 151, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    image[:16], image[16:32, :32] = 120, 120
    assert estimate_noise(image) is None


@pytest.mark.parametrize("encode", [to_srgb, to_deep_srgb])
@pytest.mark.parametrize("value", NOT_FINITE)
@given(place=st.integers(0, 7 * 5 * 3 - 1))
def test_light_that_is_not_finite_is_not_encoded(encode, value: float, place: int) -> None:
    light = np.full((7, 5, 3), 0.5, np.float32)
    light.reshape(-1)[place] = value
    with pytest.raises(FloatingPointError, match="1 of 105"):
        encode(light)


@pytest.mark.parametrize("encode", [to_srgb, to_deep_srgb])
def test_infinities_do_not_cancel(encode) -> None:
    light = np.zeros((4, 4, 3), np.float32)
    light[0, 0, 0], light[1, 1, 1] = math.inf, -math.inf
    with pytest.raises(FloatingPointError, match="2 of 48"):
        encode(light)


@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda background: background.kind)
@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("make", [render, render_deep, render_live])
def test_no_picture_comes_of_a_fault_in_the_light(background: Background, value: float, make) -> None:
    image, alpha = draw((90, 100, 110), 0.0, 1.0)
    look, layers = look_of(background, 6.0, 0.0, "off"), estimate_layers(image, alpha)
    foreground, behind = layers.foreground.copy(), layers.background.copy()
    foreground[layers.index.size // 2] = behind[layers.index.size // 3] = value
    broken = replace(layers, foreground=foreground, background=behind)
    with pytest.raises(FloatingPointError, match="finite"), np.errstate(invalid="ignore"):
        make(image, alpha, look, layers=broken)
