"""Scraps and holes: what counts as one, and what does not."""

import math

import numpy as np
import pytest

from portrait.core.metrics.matte_faults import hole_fraction, scrap_fraction


def _subject() -> np.ndarray:
    truth = np.zeros((100, 120), np.float32)
    truth[30:80, 40:90] = 1.0  # 2500 px
    return truth


def test_a_perfect_matte_has_no_faults() -> None:
    truth = _subject()
    assert (scrap_fraction(truth, truth), hole_fraction(truth, truth)) == (0.0, 0.0)


def test_areas_are_shares_of_the_subject() -> None:
    alpha = _subject()
    alpha[5:9, 5:15] = 0.6
    alpha[50:55, 60:65] = 0.1
    assert scrap_fraction(alpha, _subject()) == pytest.approx(40 / 2500)
    assert hole_fraction(alpha, _subject()) == pytest.approx(25 / 2500)


def test_faint_haze_is_no_scrap_and_a_lost_part_no_hole() -> None:
    alpha = _subject() * 0.8
    alpha[:20] = 0.2
    alpha[30:80, 40:60] = 0.0
    assert (scrap_fraction(alpha, _subject()), hole_fraction(alpha, _subject())) == (0.0, 0.0)


def test_an_outline_within_the_tolerance_is_not_judged() -> None:
    shifted = np.roll(_subject(), 2, axis=1)
    assert scrap_fraction(shifted, _subject(), tolerance_px=2.0) == 0.0
    assert scrap_fraction(np.roll(_subject(), 3, axis=1), _subject(), tolerance_px=2.0) > 0.0


def test_what_is_not_judged_does_not_count() -> None:
    alpha = _subject()
    alpha[5:9, 5:15] = alpha[5:9, 100:105] = 1.0
    judged = np.ones(alpha.shape, np.bool_)
    judged[:, :50] = False
    assert scrap_fraction(alpha, _subject(), judged) == pytest.approx(20 / 2500)


def test_without_a_subject_there_is_no_figure() -> None:
    nobody = np.zeros((10, 10), np.float32)
    assert math.isnan(scrap_fraction(nobody, nobody))
    assert math.isnan(hole_fraction(nobody, nobody))
