"""From a depth map to defocus: focused at the subject, linear in inverse depth, along the picture's edges."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.blur.defocus_slices import DefocusSlices
from portrait.core.blur.slice_source import SliceSource, downsample_planes
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.aperture import Aperture
from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus, is_subject_nearer

HEIGHT, WIDTH = 200, 160
SUBJECT = np.s_[60:180, 60:100]


def scene() -> tuple[RgbImage, AlphaMatte, NDArray[np.float32]]:
    """A person at 2 m, a wall at 4 m on the left and the far distance on the right, a post at 1 m: metres."""
    image = np.full((HEIGHT, WIDTH, 3), (60, 90, 150), np.uint8)
    image[:, :80], image[SUBJECT], image[150:, 110:140] = (170, 160, 150), (200, 60, 50), (20, 90, 30)
    metres = np.full((HEIGHT, WIDTH), 1e4, np.float32)
    metres[:, :80], metres[SUBJECT], metres[150:, 110:140] = 4.0, 2.0, 1.0
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[SUBJECT] = 1.0
    return image, alpha, metres


@pytest.mark.parametrize("shrink", [1, 4])
def test_defocus_is_linear_in_inverse_depth(shrink: int) -> None:
    image, alpha, metres = scene()
    nearness = cv2.resize(1.0 / metres, (WIDTH // shrink, HEIGHT // shrink), interpolation=cv2.INTER_AREA)
    defocus = find_defocus(DepthMap(nearness, 0.0), image, alpha)
    assert defocus is not None
    assert defocus.dtype == np.float32
    assert np.median(defocus[20:150, 10:40]) == pytest.approx(0.5, abs=0.02)  # 1 − 2 m / 4 m
    assert np.median(defocus[20:140, 120:150]) == pytest.approx(1.0, abs=0.02)
    assert np.median(defocus[160:195, 120:130]) < -0.85  # 1 − 2 m / 1 m


def test_neither_scale_nor_offset_of_a_map_counts() -> None:
    image, alpha, metres = scene()
    one, other = (
        find_defocus(DepthMap(np.float32(a) / metres + np.float32(b)), image, alpha) for a, b in ((1, 0), (250, 7))
    )
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_without_a_known_infinity_the_farthest_part_is_blurred_in_full() -> None:
    image, alpha, metres = scene()
    metres[metres > 4.0] = 8.0
    metric = find_defocus(DepthMap(1.0 / metres, 0.0), image, alpha)
    relative = find_defocus(DepthMap(1.0 / metres), image, alpha)
    assert metric is not None
    assert relative is not None
    assert np.median(metric[20:140, 120:150]) == pytest.approx(0.75, abs=0.02)
    assert np.median(relative[20:140, 120:150]) == pytest.approx(1.0, abs=0.02)


def test_a_coarse_map_leaves_no_sharp_rim_around_the_subject() -> None:
    image, alpha, metres = scene()
    metres[58:182, 58:102] = 2.0  # the subject, two pixels too wide
    defocus = find_defocus(DepthMap(1.0 / metres, 0.0), image, alpha)
    assert defocus is not None
    assert defocus[80:140, 56:60].min() > 0.4
    assert defocus[80:140, 100:104].min() > 0.85


def test_edges_of_a_coarse_map_follow_the_picture() -> None:
    image, alpha, metres = scene()
    nearness = cv2.resize(1.0 / metres, (WIDTH // 8, HEIGHT // 8), interpolation=cv2.INTER_AREA)
    defocus = find_defocus(DepthMap(nearness, 0.0), image, alpha)
    blurry = cv2.resize(1.0 - 2.0 * nearness, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    assert defocus is not None
    true = 1.0 - 2.0 / metres
    above = np.s_[10:50, 70:90]
    assert np.abs(defocus - true)[above].mean() < 0.6 * np.abs(blurry - true)[above].mean()


def test_unknown_depth_is_continued() -> None:
    image, alpha, metres = scene()
    nearness = 1.0 / metres
    nearness[20:50, 10:40] = np.nan
    nearness[30:35, 120:150] = np.inf
    defocus = find_defocus(DepthMap(nearness, 0.0), image, alpha)
    assert defocus is not None
    assert np.isfinite(defocus).all()
    assert np.median(defocus[20:50, 10:40]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "nearness",
    [np.full((20, 16), 0.5, np.float32), np.full((20, 16), np.nan, np.float32), np.zeros((1, 1), np.float32)],
    ids=["flat", "unknown", "one pixel"],
)
def test_a_map_that_tells_nothing_gives_none(nearness: NDArray[np.float32]) -> None:
    image, alpha, _ = scene()
    assert find_defocus(DepthMap(nearness), image, alpha) is None


def test_a_subject_that_is_not_nearer_gives_none() -> None:
    image, alpha, metres = scene()
    assert find_defocus(DepthMap(metres), image, alpha) is None  # the wrong way round: the subject would be farthest
    assert find_defocus(DepthMap(1.0 / metres), image, np.zeros_like(alpha)) is None


@pytest.mark.parametrize("nearness", [np.zeros((4, 4)), np.zeros((4, 4, 1), np.float32), np.zeros((0, 4), np.float32)])
def test_other_arrays_are_refused(nearness: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"\(h, w\) float32"):
        DepthMap(nearness)


@pytest.mark.parametrize("shrink", [1, 4])
def test_a_map_the_wrong_way_round_is_noticed(shrink: int) -> None:
    _, alpha, metres = scene()
    nearness = cv2.resize(1.0 / metres, (WIDTH // shrink, HEIGHT // shrink), interpolation=cv2.INTER_AREA)
    nearness[:5] = np.nan
    assert is_subject_nearer(DepthMap(nearness), alpha)
    assert not is_subject_nearer(DepthMap(-nearness), alpha)
    assert not is_subject_nearer(DepthMap(nearness), np.zeros_like(alpha))


@pytest.mark.parametrize("shrink", [2, 4])
def test_a_shrunk_background_is_as_far_beside_the_subject_as_elsewhere(shrink: int) -> None:
    """The subject's share of a block says nothing about the depth of the rest."""
    y, x = np.mgrid[0:48, 0:64]
    alpha = np.clip(12.0 - 0.6 * np.hypot(x - 32, y - 24), 0.0, 1.0).astype(np.float32)
    image, far = np.full((48, 64, 3), 120, np.uint8), np.where(alpha < 1.0, 0.8, -1.0).astype(np.float32)
    slices, layers = DefocusSlices.up_to(20.0), SoftLayers.none(alpha.shape)
    scene = SliceSource(LayeredImage(image, alpha, layers), image, far, slices, Aperture(), 0.0)
    planes = downsample_planes(scene, (shrink,))[shrink]
    shared = (planes.weight > 0.01) & (planes.weight < 0.9)
    assert shared.any()
    np.testing.assert_allclose(planes.defocus_map[planes.weight > 0.01], 0.8, atol=1e-3)


@pytest.mark.parametrize(("sky_rows", "farthest"), [(0, 1.0), (24, 0.5 / 0.75)], ids=["a speck", "a strip of sky"])
def test_a_strip_of_sky_sets_the_scale_and_a_speck_does_not(sky_rows: int, farthest: float) -> None:
    """A wall at 4 m behind a subject at 2 m, before a horizon at 8 m that few pixels show, and a wrong pixel."""
    _, alpha, metres = scene()
    image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    metres[:] = np.where(alpha > 0.0, 2.0, 4.0)
    metres[:sky_rows] = 8.0
    nearness = 1.0 / metres
    nearness[-3, -3] = 0.0
    defocus = find_defocus(DepthMap(nearness), image, alpha)
    assert defocus is not None
    assert np.median(defocus[100:150, 10:40]) == pytest.approx(farthest, abs=0.03)


@pytest.mark.parametrize("shrink", [1, 4])
def test_a_few_pixels_at_the_subjects_rim_tell_no_focus(shrink: int) -> None:
    image, alpha, metres = scene()
    height, width = (side // shrink for side in alpha.shape)
    small = cv2.resize(1.0 / metres, (width, height), interpolation=cv2.INTER_AREA)
    small[cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5] = np.nan
    assert find_defocus(DepthMap(small), image, alpha) is None
