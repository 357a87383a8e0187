"""The unknown band: narrow at a hard edge, wide where the network is unsure, nowhere else."""

import cv2
import numpy as np
import pytest

from portrait.core.matting.trimap import near_uncertain, unknown_band


def _edge(width_px: float, shape: tuple[int, int] = (300, 900)) -> np.ndarray:
    """A probability that rises from 0 to 1 over so many pixels in the middle."""
    x = np.arange(shape[1], dtype=np.float32) - shape[1] / 2
    row = np.clip(0.5 + x / width_px, 0.0, 1.0)
    return np.repeat(row[None], shape[0], axis=0).astype(np.float32)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_certain_network_leaves_nothing_unknown(value: float) -> None:
    probability = np.full((50, 70), value, np.float32)
    assert not unknown_band(probability).any()
    assert not near_uncertain(probability, 0.05, 5).any()


def test_all_uncertain_pixels_are_unknown() -> None:
    probability = cv2.GaussianBlur(_edge(2.0), (0, 0), 4.0)
    uncertain = (probability > 0.1) & (probability < 0.9)
    assert uncertain.any()
    assert (unknown_band(probability)[uncertain] == 1.0).all()


def test_the_band_reaches_farther_beyond_a_soft_edge_than_beyond_a_hard_one() -> None:
    def reach(width_px: float) -> float:
        return float((unknown_band(_edge(width_px))[150] > 0.5).sum() - width_px) / 2

    assert 1.0 < reach(4.0) <= reach(40.0) - 2.0


def test_the_band_grows_with_the_picture() -> None:
    small, large = (unknown_band(_edge(8.0 * k, (30 * k, 900 * k))) for k in (1, 3))
    assert large.mean() == pytest.approx(small.mean(), rel=0.15)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (9, 16), (3, 2)])
def test_the_band_is_a_share_at_any_size(shape: tuple[int, int]) -> None:
    band = unknown_band(np.random.default_rng(3).random(shape, dtype=np.float32))
    assert band.shape == shape
    assert band.dtype == np.float32
    assert 0.0 <= band.min() <= band.max() <= 1.0
