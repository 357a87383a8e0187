"""What may stand behind the subject."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.backdrop import StageBackdrop, cover
from portrait.core.render.live import render_live
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import render, to_rgba

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]
BEACH = np.full((30, 90, 3), (240, 220, 170), np.uint8)
BACKGROUNDS = [
    Background("blur+mono"),
    Background("mono"),
    Background("image", picture=BEACH),
    Background("color", color=(0, 177, 64)),
    Background("transparent"),
    Background("stage"),
]


def soft_disk(height: int, width: int) -> AlphaMatte:
    """A round subject with an edge eight pixels wide."""
    y, x = np.mgrid[0:height, 0:width]
    return np.clip((0.3 * height - np.hypot(x - width / 2, y - height / 2)) / 8.0 + 0.5, 0.0, 1.0).astype(np.float32)


def flat(height: int, width: int, rgb: tuple[int, int, int]) -> RgbImage:
    return np.full((height, width, 3), rgb, np.uint8)


@pytest.mark.parametrize("background", [item for item in BACKGROUNDS if item.kind != "stage"], ids=lambda b: b.kind)
def test_the_subject_is_kept_bit_for_bit(portrait_scene: Scene, background: Background) -> None:
    image, alpha = portrait_scene(96, 128)
    result = render(image, alpha, Look(background=background))
    np.testing.assert_array_equal(result[alpha == 1.0], image[alpha == 1.0])


@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda b: b.kind)
def test_strips_do_not_show(portrait_scene: Scene, background: Background) -> None:
    image, alpha = portrait_scene(90, 70)
    whole = render(image, alpha, Look(background=background))
    with patch.object(strips, "STRIP_PIXELS", 900):
        np.testing.assert_array_equal(render(image, alpha, Look(background=background)), whole)


@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda b: b.kind)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 2)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_tiny_pictures_work(background: Background, shape: tuple[int, int], value: float) -> None:
    result = render(flat(*shape, (50, 90, 200)), np.full(shape, value, np.float32), Look(background=background))
    assert result.shape == (*shape, 3)


@pytest.mark.parametrize(
    ("background", "behind"),
    [
        (Background("color", color=(0, 177, 64)), (0, 177, 64)),
        (Background("image", picture=BEACH), (240, 220, 170)),
        (Background("transparent"), (0, 0, 0)),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_little_of_the_old_background_is_left_in_a_soft_edge(background: Background, behind: Any) -> None:
    """A dark red subject before a bright wall; with the pixels as they are, the wall would stay as a bright rim."""
    alpha = soft_disk(120, 140)
    red, wall, new = (to_linear(flat(120, 140, rgb)) for rgb in ((120, 10, 10), (230, 235, 240), behind))
    image = to_srgb(over(red, wall, alpha))
    result = render(image, alpha, Look(background=background))
    assert np.abs(result[alpha == 0.0] - np.array(behind)).max() <= 1
    if background.kind == "transparent":
        result = to_srgb(over(to_linear(result), new, alpha))
    truth, with_rim = (to_srgb(over(front, new, alpha)).astype(int) for front in (red, to_linear(image)))
    assert np.abs(result - truth).mean() < 0.65 * np.abs(with_rim - truth).mean()


@pytest.mark.parametrize("background", [Background(), *BACKGROUNDS], ids=lambda b: b.kind)
def test_16_bits_stay_16_and_agree_with_8(portrait_scene: Scene, background: Background) -> None:
    image, alpha = portrait_scene(96, 128)
    deep = (image.astype(np.uint16) * 257 + np.random.default_rng(0).integers(-128, 128, image.shape)).clip(0, 65_535)
    deep = deep.astype(np.uint16)
    look = Look(background=background, grain="off")
    result = render(deep, alpha, look)
    assert result.dtype == np.uint16
    assert np.abs(result / 257.0 - render(image, alpha, look)).max() <= 1.5
    if background.kind != "stage":
        np.testing.assert_array_equal(result[alpha == 1.0], deep[alpha == 1.0])
    assert to_rgba(result, alpha).dtype == np.uint16


def test_a_16_bit_blur_has_more_than_256_levels() -> None:
    ramp = np.repeat(np.linspace(30_000, 31_000, 400).astype(np.uint16)[None, :, None], 120, axis=0)
    deep = np.ascontiguousarray(np.repeat(ramp, 3, axis=2))
    blurred = render(deep, np.zeros((120, 400), np.float32), Look(grain="off"))
    assert np.unique(blurred[60, :, 1]).size > 100


def test_mono_greys_the_background_and_leaves_it_sharp(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(96, 128)
    result = render(image, alpha, Look(background=Background("mono")))
    behind = result[alpha == 0.0].astype(int)
    assert np.ptp(behind, axis=1).max() <= 1
    luminance = to_linear(image)[alpha == 0.0] @ np.array([0.2126, 0.7152, 0.0722])
    np.testing.assert_allclose(to_linear(result)[alpha == 0.0][:, 1], luminance, atol=6e-3)


def test_a_stage_is_dark_and_lights_the_subject_gently() -> None:
    image, alpha = flat(200, 240, (180, 150, 140)), soft_disk(200, 240)
    result = render(image, alpha, Look(background=Background("stage"))).astype(int)
    assert result[alpha == 0.0].max() < 80
    assert result[:10, :10].max() < 20, "away from the beam it falls to black"
    subject = result[alpha == 1.0].mean(axis=-1)
    assert 60 < subject.min() < subject.max() < 200
    assert result[85, 120].mean() > result[155, 120].mean(), "the beam is on the upper part"


def test_a_beam_follows_the_subject() -> None:
    left = np.zeros((100, 200), np.float32)
    left[20:80, 10:50] = 1.0
    stage = StageBackdrop.aimed(left)
    assert stage.center_x_px == pytest.approx(30.0, abs=2.0)
    assert 20.0 < stage.center_y_px < 50.0
    assert StageBackdrop.aimed(np.zeros((100, 200), np.float32)).rows(slice(0, 100), 200).max() <= 0.07


@pytest.mark.parametrize(("height", "width"), [(40, 40), (20, 200), (200, 20), (1, 7)])
def test_a_covering_picture_is_not_distorted(height: int, width: int) -> None:
    y, x = np.mgrid[0:60, 0:80]
    picture = np.stack([3 * x, 4 * y, np.zeros_like(x)], axis=-1).astype(np.uint8)
    covering = cover(picture, height, width).astype(float)
    assert covering.shape == (height, width, 3)
    np.testing.assert_allclose(covering[..., 0].mean(), 3 * 39.5, atol=4.0)  # the middle stays in the middle
    np.testing.assert_allclose(covering[..., 1].mean(), 4 * 29.5, atol=4.0)
    if min(height, width) > 1:
        across = np.ptp(covering[height // 2, :, 0]) / 3 / (width - 1)
        down = np.ptp(covering[:, width // 2, 1]) / 4 / (height - 1)
        assert across == pytest.approx(down, rel=0.2)


def test_rgba_has_the_matte_as_opacity(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(60, 80)
    rgba = to_rgba(render(image, alpha, Look(background=Background("transparent"))), alpha)
    assert rgba.shape == (60, 80, 4)
    assert (rgba[alpha == 1.0, 3] == 255).all()
    assert (rgba[alpha == 0.0] == 0).all()
    np.testing.assert_allclose(rgba[..., 3] / 255.0, alpha, atol=0.006)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "beach"},
        {"kind": "color"},
        {"kind": "image"},
        {"kind": "blur", "color": (1, 2, 3)},
        {"kind": "color", "color": (0, 0, 256)},
    ],
)
def test_backgrounds_that_cannot_be_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|needs"):
        Background(**values)


def test_a_lens_alone_is_a_smooth_blur(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(96, 128)
    lens = BlurOptions(f_number=2.0)
    np.testing.assert_array_equal(render(image, alpha, lens), render(image, alpha, Look(lens, grain="off")))
    with pytest.raises(ValueError, match="grain"):
        Look(grain="strong")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ground"):
        Look(ground="on")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="depth"):
        Look(depth="on")  # type: ignore[arg-type]


def test_a_beam_brightens_a_subject_without_clipping_it() -> None:
    """Light in linear steps up to white, where the beam is brightest."""
    stage = StageBackdrop.aimed(soft_disk(120, 140))
    row, column = round(stage.center_y_px), round(stage.center_x_px)
    steps = np.linspace(0.02, 1.0, 50, dtype=np.float32)
    light = np.ones((1, 140, 3), np.float32)
    light[0, column - 25 : column + 25] = steps[:, None]
    lit = stage.light_subject(light, slice(row, row + 1))[0, column - 25 : column + 25, 1]
    assert (np.diff(lit) > 0.005).all()
    assert lit[-1] <= 1.0
    assert lit[24] > 1.05 * steps[24]


def test_traces_of_opacity_do_not_show_the_old_room() -> None:
    alpha = np.full((40, 60), 1.0 / 255.0, np.float32)
    alpha[10:30, 20:40] = 1.0
    look = Look(background=Background("color", color=(0, 0, 0)))
    assert not render(flat(40, 60, (255, 255, 255)), alpha, look)[alpha < 1.0].any()


NEARER = [np.tile(np.where(np.arange(128) < 30, -0.6, 1.0).astype(np.float32), (96, 1))]


@pytest.mark.parametrize(
    ("make", "defocus"), [(render, []), (render, NEARER), (render_live, [])], ids=["photo", "by depth", "live"]
)
def test_blurred_and_grey_is_the_luminance_of_the_blur(portrait_scene: Scene, make, defocus: list[Any]) -> None:
    image, alpha = portrait_scene(96, 128)
    blur = BlurOptions(blur_radius_fraction=0.03)
    blurred = make(image, alpha, Look(blur, grain="off"), *defocus)
    grey = make(image, alpha, Look(blur, Background("blur+mono"), grain="off"), *defocus).astype(int)
    outside = alpha == 0.0
    assert np.ptp(grey[outside], axis=1).max() <= 1
    luminance = to_linear(blurred)[outside] @ np.array([0.2126, 0.7152, 0.0722])
    np.testing.assert_allclose(to_linear(grey.astype(np.uint8))[outside].mean(axis=1), luminance, atol=0.015)


def test_grey_that_is_not_blurred_is_sharp(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(48, 64)
    sharp = BlurOptions(blur_radius_fraction=0.0)
    for make in (render, render_live):
        grey, mono = (make(image, alpha, Look(sharp, Background(kind))) for kind in ("blur+mono", "mono"))
        np.testing.assert_array_equal(grey, mono)
