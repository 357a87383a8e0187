"""A cut-out before the drawn room."""

import numpy as np
import pytest

from portrait.capture.synthetic import SyntheticSource


def make_person(side: int = 90) -> tuple[np.ndarray, np.ndarray]:
    alpha = np.zeros((side, side), np.float32)
    alpha[side // 3 :, side // 4 : -side // 4] = 1.0
    return np.full((side, side, 3), (250, 0, 250), np.uint8), alpha


def test_the_cut_out_is_shown_where_alpha_says() -> None:
    image, alpha = SyntheticSource(160, 120, person=make_person()).draw(3)
    solid = alpha > 0.999
    assert (np.abs(image[solid].astype(int) - (250, 0, 250)) <= 1).all()
    assert 0.1 < alpha.mean() < 0.6


def test_a_cut_out_must_be_square() -> None:
    image, alpha = make_person()
    with pytest.raises(ValueError, match="alpha"):
        SyntheticSource(160, 120, person=(image[:, :50].copy(), alpha[:, :50].copy()))
