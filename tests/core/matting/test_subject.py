"""Holes inside a subject are closed, scraps far from it dropped; the rest stays."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from portrait.core.matting.subject import secure_subject

Probability = NDArray[np.float32]


def person(side: int = 256) -> Probability:
    """A head on shoulders, with the soft edge of a network."""
    drawn = np.zeros((side, side), np.float32)
    unit = side / 256
    cv2.circle(drawn, (round(120 * unit), round(80 * unit)), round(40 * unit), 1.0, -1)
    cv2.ellipse(drawn, (round(120 * unit), round(210 * unit)), (round(80 * unit), round(90 * unit)), 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(drawn, (0, 0), 1.5 * unit)


def with_disk(probability: Probability, x: int, y: int, radius: int, level: float) -> Probability:
    drawn = probability.copy()
    cv2.circle(drawn, (x, y), radius, level, -1)
    return cv2.GaussianBlur(drawn, (0, 0), 1.0)


@pytest.mark.parametrize("level", [0.25, 0.45, 0.7])
def test_a_dip_in_the_face_is_closed(level: float) -> None:
    dipped = with_disk(person(), 120, 80, 8, level)
    secured = secure_subject(dipped)
    assert secured[60:100, 100:140].min() >= 0.9
    np.testing.assert_array_equal(secured[person() < 0.5], dipped[person() < 0.5])


def test_a_view_between_arm_and_body_stays() -> None:
    seen_through = with_disk(person(), 150, 190, 10, 0.02)
    np.testing.assert_array_equal(secure_subject(seen_through), seen_through)


def test_a_large_hole_stays_whatever_it_is() -> None:
    ring = with_disk(person(), 120, 200, 34, 0.4)
    np.testing.assert_array_equal(secure_subject(ring), ring)


def test_a_gap_cut_by_the_frame_stays() -> None:
    cut = with_disk(person(), 120, 254, 8, 0.3)
    np.testing.assert_array_equal(secure_subject(cut), cut)


def test_a_scrap_far_away_is_dropped_with_its_soft_rim() -> None:
    secured = secure_subject(with_disk(person(), 236, 30, 5, 0.8))
    assert secured[:60, 210:].max() < 0.15
    np.testing.assert_allclose(secured[:, :190], cv2.GaussianBlur(person(), (0, 0), 1.0)[:, :190], atol=1e-6)


def test_a_thing_in_or_near_the_hand_stays() -> None:
    touching, near = with_disk(person(), 203, 190, 6, 0.9), with_disk(person(), 210, 200, 5, 0.9)
    for held in (touching, near):
        np.testing.assert_array_equal(secure_subject(held), held)


def test_a_second_subject_stays() -> None:
    couple = with_disk(person(), 235, 60, 14, 1.0)
    np.testing.assert_array_equal(secure_subject(couple), couple)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (64, 48)])
def test_a_uniform_answer_stays(level: float, shape: tuple[int, int]) -> None:
    uniform = np.full(shape, level, np.float32)
    np.testing.assert_array_equal(secure_subject(uniform), uniform)


@given(seed=st.integers(0, 50), height=st.integers(1, 40), width=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_the_answer_is_a_probability_and_the_input_is_not_written_to(seed: int, height: int, width: int) -> None:
    probability = np.random.default_rng(seed).random((height, width), dtype=np.float32)
    before = probability.copy()
    secured = secure_subject(probability)
    np.testing.assert_array_equal(probability, before)
    assert secured.dtype == np.float32
    assert secured.shape == probability.shape
    assert 0.0 <= secured.min() <= secured.max() <= 1.0
