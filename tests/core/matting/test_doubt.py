"""What stays between subject and background over an area is decided; outlines and hair keep their softness."""

import numpy as np
import pytest

from portrait.core.matting.doubt import decide_doubt
from portrait.core.matting.refinement import FINE, FINE_FRAME, refine

SHAPE = (120, 160)  # 4 % of the diagonal: 8 pixels


def _flat(color: float = 0.5) -> np.ndarray:
    return np.full((*SHAPE, 3), color, np.float32)


@pytest.mark.parametrize(("likely", "decided"), [(0.35, 0.0), (0.65, 1.0)])
def test_a_wide_area_becomes_what_is_more_likely(likely: float, decided: float) -> None:
    alpha = np.zeros(SHAPE, np.float32)
    alpha[:, :80], alpha[:, 80:120] = 1.0, likely
    found = decide_doubt(alpha, _flat())
    np.testing.assert_allclose(found[:, 84:116], decided, atol=1e-6)
    np.testing.assert_array_equal(found[:, :76], alpha[:, :76])
    np.testing.assert_array_equal(found[:, 124:], 0.0)


def test_a_soft_outline_and_strands_of_hair_stay_as_they_are() -> None:
    alpha = np.repeat(np.clip((82.0 - np.arange(160)) / 4.0, 0.0, 1.0)[None], 120, axis=0).astype(np.float32)
    alpha[40:42, 80:140] = 0.5
    assert decide_doubt(alpha, _flat()) is alpha


def test_texture_does_not_tear_an_area_to_pieces() -> None:
    alpha = np.zeros(SHAPE, np.float32)
    alpha[:, 40:120] = 0.55 + 0.1 * np.random.default_rng(1).standard_normal((120, 80)).astype(np.float32)
    found = decide_doubt(np.clip(alpha, 0.2, 0.8) * (alpha > 0.0), _flat())
    assert found[4:-4, 46:114].min() == pytest.approx(1.0)


def test_a_photo_is_decided_and_a_frame_is_not() -> None:
    image = np.full((240, 320, 3), 120, np.uint8)
    probability = np.zeros((60, 80), np.float32)
    probability[:, :30], probability[:, 30:55] = 1.0, 0.6
    photo, frame = (refine(probability, image, options)[:, 140:200] for options in (FINE, FINE_FRAME))
    assert photo.min() > 0.99
    assert frame.max() < 0.8
