import math
from typing import get_args
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from portrait.core.blur import convolution
from portrait.core.blur.aperture_kernel import aperture_kernel
from portrait.core.blur.convolution import convolve
from portrait.core.blur.point_spread import PointSpread, convolve_with_aperture, sharpened
from portrait.core.lens.aperture import Aperture, ApertureShape

pytestmark = pytest.mark.slow

SHAPES = get_args(ApertureShape)


UNEVEN = [Aperture(cats_eye=1.0), Aperture(swirl=1.0), Aperture("pentagon", cats_eye=0.6, swirl=0.4)]


def widths(kernel: np.ndarray) -> tuple[float, float]:
    """Standard deviation of a kernel down and across."""
    place = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    return math.sqrt(kernel.sum(axis=1) @ place**2), math.sqrt(kernel.sum(axis=0) @ place**2)


def framed(kernel: np.ndarray, size: int) -> np.ndarray:
    """The kernel in the middle of an array of this size."""
    return np.pad(kernel, (size - kernel.shape[0]) // 2)


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
