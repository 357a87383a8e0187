import math
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.core.blur.aperture_kernel import aperture_kernel
from portrait.core.blur.point_spread import convolve_with_aperture
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
