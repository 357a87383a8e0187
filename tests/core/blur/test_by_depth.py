from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core import strips as strips_module
from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.blur.bokeh import blur_background
from portrait.core.blur.by_depth import LayeredBlur, blur_by_depth
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers, estimate_layers
from portrait.core.lens.aperture import Aperture
from portrait.core.lens.blur_options import DiskBlur
from portrait.core.strips import StripMap, strips

pytestmark = pytest.mark.slow

"""Blur by depth: the same blur where all is as far, the picture where all is near, and nothing leaks in between."""


HEIGHT, WIDTH = 240, 200


ROW = np.linspace(1.0, -0.4, HEIGHT, dtype=np.float32)


EYE = Aperture(cats_eye=1.0)


RAMP: NDArray[np.float32] = np.broadcast_to(ROW[:, None], (HEIGHT, WIDTH))


@pytest.fixture
def alpha() -> AlphaMatte:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.clip(20.0 - 0.5 * np.hypot(x - WIDTH / 2, y - HEIGHT / 2), 0.0, 1.0).astype(np.float32)


@pytest.fixture
def image(alpha: AlphaMatte) -> RgbImage:
    """A red disk before texture without red."""
    coarse = np.random.default_rng(2).integers(40, 216, (HEIGHT // 4, WIDTH // 4, 3), np.uint8)
    texture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    texture[..., 0] = 0
    return mixed((220, 0, 0), texture, alpha)


def mixed(color: tuple[int, int, int], background: RgbImage, alpha: AlphaMatte) -> RgbImage:
    light = over(to_linear(np.full_like(background, color)), to_linear(background), alpha)
    return to_srgb(light)


def layered(
    image: RgbImage,
    alpha: AlphaMatte,
    defocus: NDArray[np.float32],
    radius_px: float,
    strip_map: StripMap = map,
    **more,
) -> LayeredBlur:
    return blur_by_depth(LayeredImage.of(image, alpha, strip_map=strip_map), defocus, DiskBlur(radius_px, **more))


def rendered(image: RgbImage, alpha: AlphaMatte, defocus: NDArray[np.float32], radius_px: float, **more) -> RgbImage:
    """The whole portrait, as it is put together in strips."""
    blur, layers = layered(image, alpha, defocus, radius_px, **more), estimate_layers(image, alpha)
    parts = []
    for rows in strips(*alpha.shape):
        light = to_linear(image[rows])
        layers.put_foreground(light, rows)
        parts.append(to_srgb(finished(blur, over(light, blur.backdrop.rows(rows, WIDTH), alpha[rows]), rows)))
    return np.concatenate(parts)


def finished(blur: LayeredBlur, light: LinearImage, rows: slice) -> LinearImage:
    """The same rows with what is in front of the subject over them."""
    return light if blur.foreground is None else blur.foreground.over(light, rows)[0]


def constant(value: float) -> NDArray[np.float32]:
    return np.full((HEIGHT, WIDTH), value, np.float32)


@pytest.mark.parametrize("radius_px", [1.5, 5.0, 11.0, 24.0])
@pytest.mark.parametrize("aperture", [Aperture(), Aperture("hexagon", cats_eye=0.6)], ids=["disk", "cat's eye"])
def test_where_all_is_far_it_is_the_blur_of_the_background(
    image: RgbImage, alpha: AlphaMatte, radius_px: float, aperture: Aperture
) -> None:
    scene, blur = LayeredImage.of(image, alpha), DiskBlur(radius_px, aperture, 1.0)
    plain = blur_background(scene, blur).rows(slice(0, HEIGHT), WIDTH)
    far = blur_by_depth(scene, constant(1.0), blur)
    assert far.foreground is None
    found = to_srgb(far.backdrop.rows(slice(0, HEIGHT), WIDTH)).astype(int)
    assert np.abs(found - to_srgb(plain)).max() <= 1


def test_where_all_is_as_near_as_the_subject_the_picture_stays(image: RgbImage, alpha: AlphaMatte) -> None:
    found = rendered(image, alpha, constant(0.0), 20.0)
    np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize("radius_px", [2.0, 9.0, 30.0])
def test_a_flat_picture_stays_flat(alpha: AlphaMatte, radius_px: float) -> None:
    flat = np.full((HEIGHT, WIDTH, 3), (90, 120, 150), np.uint8)
    found = rendered(flat, alpha, RAMP, radius_px)
    assert np.abs(found.astype(int) - flat).max() <= 1


@pytest.mark.parametrize("radius_px", [6.0, 8.0, 12.0, 20.0])
@pytest.mark.parametrize("is_empty", [False, True], ids=["somebody", "nobody"])
def test_a_flat_picture_stays_flat_before_a_wall_at_any_depth(
    alpha: AlphaMatte, radius_px: float, is_empty: bool
) -> None:
    """Where nothing is as far as the farthest slice, that is only known in part."""
    flat = np.full((HEIGHT, WIDTH, 3), (90, 120, 150), np.uint8)
    hard = ((alpha > 0.5) & (not is_empty)).astype(np.float32)
    for defocus in (0.62, 0.68, 0.75, 0.82, 0.86):
        found = rendered(flat, hard, constant(defocus), radius_px)
        assert np.abs(found.astype(int) - flat).max() <= 1


@pytest.mark.parametrize("radius_px", [4.0, 14.0])
def test_nothing_of_the_subject_is_seen_in_the_blur(alpha: AlphaMatte, radius_px: float) -> None:
    wall = np.full((HEIGHT, WIDTH, 3), (90, 120, 150), np.uint8)
    image = mixed((220, 0, 0), wall, alpha)
    behind = np.maximum(RAMP, 0.0)
    found = rendered(image, alpha, behind, radius_px)
    assert np.abs(found.astype(int) - wall)[alpha == 0.0].max() <= 2


def test_blur_grows_with_defocus_without_steps(alpha: AlphaMatte) -> None:
    rng = np.random.default_rng(3)
    noise = rng.integers(60, 200, (HEIGHT, WIDTH, 1), np.uint8).repeat(3, axis=2)
    nobody = np.zeros_like(alpha)
    found = rendered(noise, nobody, np.maximum(RAMP, 0.0), 12.0).astype(np.float32)[..., 0]
    spread = found[:, 20:-20].std(axis=1)
    bands = spread.reshape(-1, 24).mean(axis=1)
    in_focus = int(np.flatnonzero(ROW <= 0.0)[0]) // 24
    assert (bands[1 : in_focus + 1] > 0.85 * bands[:in_focus]).all()
    assert bands[-1] > 8.0 * bands[0]


def test_a_sharp_thing_does_not_glow_into_the_far_background(alpha: AlphaMatte) -> None:
    image = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    image[:, :80] = 255
    defocus = constant(1.0)
    defocus[:, :80] = 0.0
    found = rendered(image, np.zeros_like(alpha), defocus, 16.0)
    np.testing.assert_array_equal(found[:, :80], image[:, :80])
    assert np.abs(found[:, 80:].astype(int) - 100).max() <= 2


def test_what_is_in_front_spills_over_the_subject_and_shows_what_is_behind_through_its_edge(alpha: AlphaMatte) -> None:
    image = mixed((220, 0, 0), np.full((HEIGHT, WIDTH, 3), 128, np.uint8), alpha)
    image[100:140] = (0, 200, 0)  # a bar before the subject
    visible, defocus = alpha.copy(), constant(1.0)
    visible[100:140], defocus[100:140] = 0.0, -0.5
    found = rendered(image, visible, defocus, 16.0)
    column = found[:, WIDTH // 2].astype(int)
    assert column[96, 1] > 40  # over the subject's pixels
    assert 30 < column[101, 0] < 190  # through the bar's edge, red as the subject
    np.testing.assert_array_equal(column[120], (0, 200, 0))
    np.testing.assert_array_equal(column[85], image[85, WIDTH // 2])
    light = to_linear(found)[:, WIDTH // 2]
    ends = to_linear(np.array([[[220, 0, 0], [0, 200, 0]]], np.uint8))[0]
    edge = light[92:108] / np.array([ends[0, 0], ends[1, 1], 1.0], np.float32)
    assert edge[:, :2].sum(axis=1) == pytest.approx(1.0, abs=0.12)  # neither a dark gap nor a glow


def test_strips_do_not_show(image: RgbImage, alpha: AlphaMatte) -> None:
    once = rendered(image, alpha, RAMP, 14.0)
    with patch.object(strips_module, "STRIP_PIXELS", 16 * WIDTH):
        found = rendered(image, alpha, RAMP, 14.0)
    difference = np.abs(found.astype(int) - once)
    assert difference.max() <= 3
    assert (difference > 1).mean() < 1e-3


@pytest.mark.parametrize("highlight_boost", [0.0, 0.7])
def test_strips_and_slices_may_run_at_once(image: RgbImage, alpha: AlphaMatte, highlight_boost: float) -> None:
    image[::30, 5::35] = 255
    one_by_one = rendered(image, alpha, RAMP, 14.0, highlight_boost=highlight_boost)
    with ThreadPoolExecutor(3) as pool:
        at_once = rendered(image, alpha, RAMP, 14.0, highlight_boost=highlight_boost, strip_map=pool.map)
    np.testing.assert_array_equal(at_once, one_by_one)


def test_a_repeated_column_is_as_good_as_a_whole_map(image: RgbImage, alpha: AlphaMatte) -> None:
    whole = rendered(image, alpha, np.ascontiguousarray(RAMP), 14.0)
    np.testing.assert_array_equal(rendered(image, alpha, RAMP, 14.0), whole)


def test_sixteen_bits_stay_where_it_is_sharp(image: RgbImage, alpha: AlphaMatte) -> None:
    deep = image.astype(np.uint16) * 257 + 77
    backdrop = blur_by_depth(
        LayeredImage(deep, alpha, estimate_layers(image, alpha)), constant(0.0), DiskBlur(9.0)
    ).backdrop
    light = backdrop.rows(slice(0, HEIGHT), WIDTH)
    np.testing.assert_array_equal(light[alpha == 0.0], to_linear(deep)[alpha == 0.0])


def test_lights_between_the_slices_keep_their_lift(alpha: AlphaMatte) -> None:
    night = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
    night[58:62, 98:102] = 255
    nobody = np.zeros_like(alpha)

    def brightest(defocus: float, boost: float) -> float:
        rows = layered(night, nobody, constant(defocus), 16.0, highlight_boost=boost).backdrop.rows(
            slice(0, 120), WIDTH
        )
        return float(rows.max())

    for defocus in (0.55, 0.8):
        assert brightest(defocus, 1.0) > 3.0 * brightest(defocus, 0.0)


@pytest.mark.parametrize(
    "defocus", [constant(1.5), constant(np.nan), constant(1.0)[1:], np.ones((HEIGHT, WIDTH))], ids=str
)
def test_a_map_that_is_none_is_refused(image: RgbImage, alpha: AlphaMatte, defocus: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="defocus_map"):
        layered(image, alpha, defocus, 9.0)


def light_of(blur: LayeredBlur) -> LinearImage:
    return blur.backdrop.rows(slice(0, HEIGHT), WIDTH)


def test_the_radius_moves_the_picture_smoothly(image: RgbImage, alpha: AlphaMatte) -> None:
    near, far = (rendered(image, alpha, np.maximum(RAMP, 0.0), radius) for radius in (10.9, 10.95))
    assert np.abs(near.astype(int) - far).max() <= 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (7, 3), (33, 65)])
@pytest.mark.parametrize("radius_px", [0.6, 7.0, 40.0])
def test_small_pictures_and_large_disks(shape: tuple[int, int], radius_px: float) -> None:
    rng = np.random.default_rng(5)
    image = np.full((*shape, 3), 77, np.uint8)
    alpha, defocus = (rng.uniform(low, 1.0, shape).astype(np.float32) for low in (0.0, -1.0))
    blur = layered(image, alpha, defocus, radius_px, highlight_boost=0.5)
    rows = slice(0, shape[0])
    light = finished(blur, blur.backdrop.rows(rows, shape[1]), rows)
    assert light.shape == (*shape, 3)
    assert np.abs(to_srgb(light)[alpha < 0.9].astype(int) - 77).max(initial=0) <= 3


def test_the_place_in_the_whole_picture_shapes_a_light_however_few_rows_are_as_deep(alpha: AlphaMatte) -> None:
    """A slice is cut down to its rows, but a cat's eye looks at the middle of the picture, not of the slice."""
    night, nobody = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros_like(alpha)
    night[28:32, 28:32] = 255
    one_depth, band = constant(0.6), constant(1.0)
    band[:80] = one_depth[:80]
    in_band, everywhere = (light_of(layered(night, nobody, it, 20.0, aperture=EYE)) for it in (band, one_depth))
    assert everywhere[:60].max() > 0.02
    np.testing.assert_allclose(in_band[:60], everywhere[:60], atol=1e-3)


def test_almost_covered_pixels_hardly_count_in_the_background() -> None:
    """As in the plain blur: an estimate of the background that errs by 1 / (1 − α) has the weight (1 − α)²."""
    wall = to_linear(np.full((120, 120, 3), 120, np.uint8))
    alpha = np.zeros((120, 120), np.float32)
    alpha[:, 1::2] = 0.9
    index = np.flatnonzero(alpha)
    wrong = np.full((index.size, 3), wall[0, 0, 0] + 0.3, np.float32)
    scene = LayeredImage.of(to_srgb(wall), alpha, SoftLayers(index, (120, 120), np.zeros_like(wrong), wrong))
    receding = np.broadcast_to(np.linspace(0.6, 1.0, 120, dtype=np.float32)[:, None], (120, 120)).copy()
    for radius_px in (3.0, 9.0):
        blurred = blur_by_depth(scene, receding, DiskBlur(radius_px))
        light = blurred.backdrop.rows(slice(0, 120), 120)[20:-20, 20:-20]
        assert float(light.mean() - wall[0, 0, 0]) < 0.3 * 0.03
