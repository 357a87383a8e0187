import math
from itertools import pairwise
from typing import get_args
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.core.blur import convolution
from portrait.core.blur.aperture_kernel import aperture_kernel
from portrait.core.blur.convolution import convolve
from portrait.core.blur.point_spread import PointSpread, convolve_with_aperture, sharpened
from portrait.core.lens.aperture import Aperture, ApertureShape

SHAPES = get_args(ApertureShape)
BLADES = {"pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8, "nonagon": 9}

fractions = st.floats(0.0, 1.0)
apertures = st.builds(Aperture, st.sampled_from(SHAPES), fractions, st.floats(-360.0, 360.0), fractions, fractions)
UNEVEN = [Aperture(cats_eye=1.0), Aperture(swirl=1.0), Aperture("pentagon", cats_eye=0.6, swirl=0.4)]


def widths(kernel: np.ndarray) -> tuple[float, float]:
    """Standard deviation of a kernel down and across."""
    place = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    return math.sqrt(kernel.sum(axis=1) @ place**2), math.sqrt(kernel.sum(axis=0) @ place**2)


def framed(kernel: np.ndarray, size: int) -> np.ndarray:
    """The kernel in the middle of an array of this size."""
    return np.pad(kernel, (size - kernel.shape[0]) // 2)


@given(radius_px=st.floats(0.0, 12.0), aperture=apertures, field=st.tuples(st.floats(-0.7, 0.7), st.floats(-0.7, 0.7)))
@settings(deadline=None)
def test_kernels_sum_to_one_and_fit_their_array(
    radius_px: float, aperture: Aperture, field: tuple[float, float]
) -> None:
    kernel = aperture_kernel(radius_px, aperture, field)
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
    assert kernel.min() >= 0.0
    if radius_px > 3.0 and aperture.is_even:  # nothing is cut off: the area is all there
        assert 1.0 / kernel.max() == pytest.approx(math.pi * radius_px**2, rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_radius_zero_is_identity(shape: ApertureShape) -> None:
    picture = np.random.default_rng(1).random((9, 7, 3), dtype=np.float32)
    assert aperture_kernel(0.0, shape).max() == 1.0
    np.testing.assert_array_equal(convolve_with_aperture(picture, 0.0, shape), picture)


@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_changes_smoothly_with_the_radius(shape: ApertureShape) -> None:
    for radius_px in np.arange(0.0, 9.0, 0.25):
        before, after = aperture_kernel(radius_px, shape), aperture_kernel(radius_px + 0.01, shape)
        margin = (after.shape[0] - before.shape[0]) // 2
        assert np.abs(np.pad(before, margin) - after).sum() < 0.1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("curvature", [0.0, 0.3, 1.0])
def test_every_opening_has_the_area_of_the_disk(shape: ApertureShape, curvature: float) -> None:
    kernel = aperture_kernel(20.0, Aperture(shape, curvature, rotation_deg=10.0))
    assert 1.0 / kernel.max() == pytest.approx(math.pi * 20.0**2, rel=0.01)


@pytest.mark.parametrize(("shape", "blades"), BLADES.items())
def test_turning_by_one_blade_changes_nothing_and_by_half_a_blade_much(shape: ApertureShape, blades: int) -> None:
    kernel, turned, between = (
        aperture_kernel(9.0, Aperture(shape, rotation_deg=17.0 + share * 360.0 / blades)) for share in (0.0, 1.0, 0.5)
    )
    np.testing.assert_allclose(turned, kernel, atol=1e-7)
    assert np.abs(between - kernel).sum() > 0.05


def test_blades_turn_counter_clockwise() -> None:
    corner_up = aperture_kernel(9.0, Aperture("pentagon"))
    assert np.argmax(corner_up.sum(axis=1) > 1e-3) < np.argmax(corner_up[::-1].sum(axis=1) > 1e-3)
    corner_left = aperture_kernel(9.0, Aperture("pentagon", rotation_deg=90.0))
    np.testing.assert_allclose(corner_left, np.rot90(corner_up), atol=1e-7)


def test_the_rounder_the_blades_the_nearer_to_a_disk() -> None:
    disk = aperture_kernel(6.3)
    kernels = [framed(aperture_kernel(6.3, Aperture("pentagon", curvature)), 17) for curvature in (0.0, 0.5, 0.9, 1.0)]
    differences = [float(np.abs(kernel - framed(disk, 17)).sum()) for kernel in kernels]
    assert differences == sorted(differences, reverse=True)
    assert differences[-1] == 0.0


@pytest.mark.parametrize("aperture", UNEVEN)
def test_cats_eye_and_swirl_leave_the_middle_alone(aperture: Aperture) -> None:
    middle, even = aperture_kernel(10.0, aperture), aperture_kernel(10.0, aperture.shape)
    np.testing.assert_allclose(middle, framed(even, middle.shape[0]), atol=1e-8)


@pytest.mark.parametrize("aperture", UNEVEN[:2])
def test_cats_eye_and_swirl_grow_towards_the_corners(aperture: Aperture) -> None:
    ratios = [np.divide(*widths(aperture_kernel(10.0, aperture, (0.0, x)))) for x in (0.0, 0.3, 0.6, 0.9)]
    assert all(after > before + 0.02 for before, after in pairwise(ratios))
    across = aperture_kernel(10.0, aperture, (0.0, 0.6))
    np.testing.assert_allclose(aperture_kernel(10.0, aperture, (0.6, 0.0)), across.T, atol=1e-7)


def test_negative_radius_is_refused() -> None:
    with pytest.raises(ValueError, match="radius_px"):
        aperture_kernel(-1.0)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_fourier_transform_and_direct_convolution_agree(channels: tuple[int, ...]) -> None:
    picture = np.random.default_rng(3).random((40, 53, *channels), dtype=np.float32)
    kernel = aperture_kernel(4.2, "pentagon")
    direct = convolve(picture, kernel)
    with patch.object(convolution, "_DIRECT_TAPS", 0):
        np.testing.assert_allclose(convolve(picture, kernel), direct, atol=1e-5)


@pytest.mark.parametrize("radius_px", [3.0, 8.0])
def test_a_point_becomes_the_kernel(radius_px: float) -> None:
    kernel = aperture_kernel(radius_px, "pentagon")
    points = np.zeros((61, 61), np.float32)
    points[30, 30] = 1.0
    blurred = convolve_with_aperture(points, radius_px, "pentagon")
    reach = kernel.shape[0] // 2
    np.testing.assert_allclose(blurred[30 - reach : 31 + reach, 30 - reach : 31 + reach], kernel, atol=1e-6)


@pytest.mark.parametrize("aperture", [Aperture(), *UNEVEN])
@pytest.mark.parametrize("resampled", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (40, 53, 3), (40, 53)])
def test_a_flat_picture_stays_flat(aperture: Aperture, resampled: bool, shape: tuple[int, ...]) -> None:
    flat = np.full(shape, 0.25, np.float32)
    np.testing.assert_allclose(convolve_with_aperture(flat, 7.0, aperture, resampled=resampled), flat, atol=2e-6)


def test_an_opening_that_differs_over_the_field_blurs_the_corner_less() -> None:
    texture = np.random.default_rng(5).random((120, 160), dtype=np.float32)
    blurred = convolve_with_aperture(texture, 5.0, Aperture(cats_eye=1.0))
    even = convolve_with_aperture(texture, 5.0)
    assert blurred[:20, :20].std() > 1.1 * even[:20, :20].std()
    assert blurred[50:70, 70:90].std() == pytest.approx(even[50:70, 70:90].std(), rel=0.1)


def test_no_dark_rim_where_the_background_goes_on_beyond_the_frame() -> None:
    y, x = np.mgrid[0:140, 0:180].astype(np.float32)
    slope = 0.2 + 0.6 * x / 180.0 + 0.1 * y / 140.0
    truth = convolve_with_aperture(slope, 9.0)[30:-30, 30:-30]
    error = convolve_with_aperture(np.ascontiguousarray(slope[30:-30, 30:-30]), 9.0) - truth
    per_px = 0.6 / 180.0 + 0.1 / 140.0
    assert np.abs(error).max() < 9.0 * per_px * 0.5  # as if the slope ended within half a radius of the frame
    assert np.abs(error[10:-10, 10:-10]).max() < 1e-5


def test_sharpening_takes_back_what_shrinking_and_enlarging_blur() -> None:
    rng = np.random.default_rng(8)
    picture = cv2.GaussianBlur(rng.random((240, 320), dtype=np.float32), (0, 0), 2.0)
    direct = convolve_with_aperture(picture, 12.0)[24:-24, 24:-24]
    small = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)
    errors = {}
    for resampled in (False, True):
        enlarged = cv2.resize(
            convolve_with_aperture(small, 6.0, resampled=resampled), (320, 240), interpolation=cv2.INTER_LINEAR
        )
        errors[resampled] = float(np.abs(enlarged[24:-24, 24:-24] - direct).mean())
    assert errors[True] < 0.7 * errors[False]
    assert sharpened(aperture_kernel(6.0)).sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("aperture", [Aperture(), *UNEVEN])
def test_no_kernel_of_a_shrunk_picture_spreads_farther_than_that_of_the_picture(aperture: Aperture) -> None:
    """Down to where shrinking and enlarging blur more than the disk itself would."""
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1.0
    for radius_px in np.arange(0.05, 3.0, 0.05):
        spread = PointSpread(float(radius_px), aperture, resampled=True)
        direct, taken_back = (
            convolve_with_aperture(point, float(radius_px), aperture, resampled=resampled)
            for resampled in (False, True)
        )
        assert spread.reach_px <= PointSpread(float(radius_px), aperture).reach_px + 1
        assert all(back <= there + 0.05 for back, there in zip(widths(taken_back), widths(direct), strict=True))


@pytest.mark.parametrize("aperture", [Aperture(), *UNEVEN])
@pytest.mark.parametrize("shape", [(50, 37), (50, 37, 3), (50, 37, 4)])
@pytest.mark.parametrize("radius_px", [4.0, 9.0])
def test_some_rows_are_spread_as_in_the_whole(aperture: Aperture, shape: tuple[int, ...], radius_px: float) -> None:
    picture = np.random.default_rng(9).random(shape, dtype=np.float32)
    spread, whole = PointSpread(radius_px, aperture), convolve_with_aperture(picture, radius_px, aperture)
    for rows in (slice(0, 7), slice(13, 31), slice(49, 50)):
        start, stop = max(0, rows.start - spread.reach_px), rows.stop + spread.reach_px
        np.testing.assert_allclose(spread.rows(picture[start:stop], start, rows, 50), whole[rows], atol=2e-6)


@pytest.mark.parametrize("aperture", [Aperture(cats_eye=1.0), Aperture(swirl=1.0)], ids=["cat's eye", "swirl"])
@pytest.mark.parametrize(("down", "right"), [(-1, -1), (-1, 1), (1, -1), (1, 1)])
def test_lights_in_all_four_corners_are_narrow_towards_the_middle(aperture: Aperture, down: int, right: int) -> None:
    """What a barrel or a swirl leaves of a light lies across the line from there to the middle, as on a circle."""
    picture = np.zeros((161, 161), np.float32)
    y, x = 80 + 60 * down, 80 + 60 * right
    picture[y, x] = 1.0
    blurred = convolve_with_aperture(picture, 9.0, aperture)
    below, beside = np.mgrid[-y : 161 - y, -x : 161 - x]
    radial, tangential = below * down + beside * right, beside * down - below * right
    assert (blurred * radial**2).sum() < 0.7 * (blurred * tangential**2).sum()
