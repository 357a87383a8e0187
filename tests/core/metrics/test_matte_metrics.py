"""Figures of masks and mattes: known values, invariants, areas that are not judged."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from portrait.core.metrics import matte_metrics as metrics
from portrait.core.metrics.matte_metrics import Confusion, Reliability, boundary_iou, count_confusion, count_reliability

Mask = NDArray[np.bool_]

masks = hnp.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def square(top: int, left: int, side: int, size: int = 100) -> Mask:
    mask = np.zeros((size, size), dtype=np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def test_iou_of_half_overlapping_squares() -> None:
    confusion = count_confusion(square(0, 0, 20), square(0, 10, 20))
    assert confusion == Confusion(200, 200, 200, 10_000 - 600)
    assert confusion.person_iou == pytest.approx(1 / 3)
    assert confusion.background_iou == pytest.approx(9400 / 9800)
    assert confusion.mean_iou == pytest.approx((1 / 3 + 9400 / 9800) / 2)


def test_pixels_that_are_not_judged_count_nowhere() -> None:
    mask, truth = square(0, 0, 20), square(0, 10, 20)
    confusion = count_confusion(mask, truth, judged=mask & truth)
    assert confusion == Confusion(true_person=200)
    assert confusion.person_iou == 1.0


def test_set_figure_weighs_pixels_and_picture_mean_weighs_pictures() -> None:
    large = count_confusion(square(0, 0, 80), square(0, 0, 80))
    small = count_confusion(square(0, 0, 10), square(50, 50, 10))
    assert (large.person_iou + small.person_iou) / 2 == 0.5
    assert sum([large, small], Confusion()).person_iou == pytest.approx(6400 / 6600)


def test_nobody_there_and_nobody_found_is_right() -> None:
    nobody = square(0, 0, 0)
    assert count_confusion(nobody, nobody).person_iou == 1.0
    assert boundary_iou(nobody, nobody) == 1.0


@given(masks)
def test_a_mask_agrees_with_itself_and_counts_add_up(mask: Mask) -> None:
    confusion = count_confusion(mask, mask)
    assert confusion.mean_iou == 1.0
    assert confusion.true_person + confusion.true_background == mask.size
    assert boundary_iou(mask, mask) == 1.0


@given(masks, st.randoms(use_true_random=False))
def test_swapping_found_and_true_changes_no_iou(mask: Mask, random: object) -> None:
    other = np.roll(mask, 1)
    assert count_confusion(mask, other).person_iou == count_confusion(other, mask).person_iou
    assert boundary_iou(mask, other) == boundary_iou(other, mask)


def test_boundary_iou_of_concentric_squares_by_hand() -> None:
    # Diagonal of 100 × 100 is 141.4 px, so the band is 3 px wide.
    found, true = square(20, 20, 40), square(21, 21, 38)
    found_band, true_band = 40**2 - 34**2, 38**2 - 32**2
    shared = 38**2 - 34**2
    assert boundary_iou(found, true) == pytest.approx(shared / (found_band + true_band - shared))


def test_boundary_iou_punishes_a_ragged_outline_that_iou_forgives() -> None:
    true = square(10, 10, 80)
    ragged = true.copy()
    ragged[10:12, ::2] = False
    assert count_confusion(ragged, true).person_iou > 0.98
    assert boundary_iou(ragged, true) < count_confusion(ragged, true).person_iou


def test_picture_border_bounds_the_mask() -> None:
    everywhere = np.ones((100, 100), dtype=np.bool_)
    inside = everywhere.copy()
    inside[:3] = inside[-3:] = False
    inside[:, :3] = inside[:, -3:] = False
    assert boundary_iou(everywhere, inside) == 0.0


def test_edge_of_an_unknown_area_makes_no_band() -> None:
    truth = square(0, 0, 50)
    judged = np.ones_like(truth)
    judged[:, 25:] = False
    found = truth.copy()
    found[:, 50:] = found[:, 49:50]  # goes on through the unknown area
    assert boundary_iou(found, truth, judged) == 1.0


def test_errors_of_alpha_by_hand() -> None:
    alpha = np.array([[0.0, 0.5], [1.0, 1.0]], dtype=np.float32)
    truth = np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    assert metrics.sad(alpha, truth) == pytest.approx(1.5)
    assert metrics.mae(alpha, truth) == pytest.approx(0.375)
    assert metrics.mse(alpha, truth) == pytest.approx(1.25 / 4)
    top = np.array([[True, True], [False, False]])
    assert metrics.mae(alpha, truth, top) == pytest.approx(0.25)
    assert math.isnan(metrics.mae(alpha, truth, ~top & top))


def test_false_person_fraction_is_the_share_of_the_picture() -> None:
    assert metrics.false_person_fraction(square(0, 0, 50)) == pytest.approx(0.25)


def test_flicker_is_the_mean_step() -> None:
    frames = [np.full((3, 4), value, dtype=np.float32) for value in (0.0, 0.2, 0.1)]
    assert metrics.flicker(frames) == pytest.approx(0.15)
    assert metrics.flicker([frames[0]] * 3) == 0.0
    with pytest.raises(ValueError, match="two frames"):
        metrics.flicker(frames[:1])


def test_warped_flicker_forgives_what_moved_and_sees_what_flickers() -> None:
    before = square(20, 20, 30, 80).astype(np.float32)
    after = np.roll(before, (3, 5), axis=(0, 1))
    flow = np.full((80, 80, 2), (-5.0, -3.0), dtype=np.float32)
    everywhere = np.ones((80, 80), dtype=np.bool_)
    assert metrics.mae(after, before) > 0.05
    assert metrics.warped_flicker(before, after, flow, everywhere) == 0.0
    assert metrics.warped_flicker(before, 0.9 * after, flow, everywhere) == pytest.approx(0.1 * after.mean(), rel=1e-4)
    assert metrics.warped_flicker(before, 0.9 * after, flow, after > 0) == pytest.approx(0.1, rel=1e-4)
    assert math.isnan(metrics.warped_flicker(before, after, flow, ~everywhere))


def test_calibration_by_hand() -> None:
    probability = np.array([[0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 1.0, 0.0]], dtype=np.float32)
    truth = np.array([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]], dtype=np.float32)
    judged = np.array([[True] * 7 + [False]])
    counted = count_reliability(probability, truth, judged)
    assert sum(counted.pixels) == 7
    assert [point for pair in counted.curve() for point in pair] == pytest.approx([0.1, 0.25, (0.9 * 2 + 1) / 3, 1.0])
    assert counted.calibration_error == pytest.approx((4 * 0.15 + 3 * (1 - 2.8 / 3)) / 7)
    assert math.isnan(Reliability().calibration_error)


@given(hnp.arrays(np.float32, (6, 7), elements=st.floats(0, 1, width=32)))
def test_alpha_agrees_with_itself_and_reliabilities_add_up(alpha: NDArray[np.float32]) -> None:
    whole = count_reliability(alpha, alpha)
    assert whole.calibration_error == pytest.approx(0.0, abs=1e-6)
    halves = count_reliability(alpha[:3], alpha[:3]) + count_reliability(alpha[3:], alpha[3:])
    assert halves.pixels == whole.pixels
    assert halves.person == pytest.approx(whole.person)


@pytest.mark.parametrize(
    "measure", [count_confusion, count_reliability, boundary_iou, metrics.sad, metrics.mae, metrics.mse]
)
def test_sizes_that_differ_are_refused(measure: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\), \(3, 2\)"):
        measure(np.ones((2, 3), dtype=np.bool_), np.ones((3, 2), dtype=np.bool_))
