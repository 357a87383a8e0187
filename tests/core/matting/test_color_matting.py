"""Alpha from colours, against pictures whose alpha is known."""

import cv2
import numpy as np
import pytest

from portrait.core.color import to_linear, to_srgb
from portrait.core.matting.color_matting import estimate_alpha

DARK, LIGHT = (60, 40, 30), (210, 205, 190)


def _compose(alpha: np.ndarray, subject: tuple[int, int, int], background: tuple[int, int, int]) -> np.ndarray:
    """The guide that a lens and a sensor make: mixed in linear light, then encoded, with a little noise."""
    layers = [to_linear(np.full((*alpha.shape, 3), color, np.uint8)) for color in (subject, background)]
    mixed = to_srgb((alpha[..., None] * layers[0] + (1.0 - alpha[..., None]) * layers[1]).astype(np.float32))
    noise = np.random.default_rng(1).normal(0.0, 1.0, mixed.shape)
    return (np.clip(mixed + noise, 0.0, 255.0) / 255.0).astype(np.float32)


def _half(height: int = 96, width: int = 128) -> np.ndarray:
    alpha = np.zeros((height, width), np.float32)
    alpha[:, : width // 2] = 1.0
    return alpha


def _soften(alpha: np.ndarray, sigma_px: float = 5.0) -> np.ndarray:
    return cv2.GaussianBlur(alpha, (0, 0), sigma_px)


def _everywhere(alpha: np.ndarray) -> np.ndarray:
    return np.ones_like(alpha)


@pytest.mark.parametrize(("subject", "background"), [(DARK, LIGHT), (LIGHT, DARK), ((200, 60, 40), (40, 90, 180))])
def test_a_hard_edge_becomes_hard_wherever_the_network_saw_it(subject, background) -> None:
    truth = _half()
    coarse = np.zeros_like(truth)
    coarse[:, : truth.shape[1] // 2 + 3] = 1.0
    coarse = _soften(coarse)
    alpha, _ = estimate_alpha(coarse, _compose(truth, subject, background), _everywhere(truth))
    assert np.abs(alpha - truth)[8:-8, 8:-8].max() < 0.1


@pytest.mark.parametrize(("subject", "background"), [(DARK, LIGHT), (LIGHT, DARK)])
def test_a_soft_edge_is_as_soft_as_its_light(subject, background) -> None:
    truth = _soften(_half(), 3.0)
    alpha, _ = estimate_alpha(_soften(truth, 6.0), _compose(truth, subject, background), _everywhere(truth))
    difference = (alpha - truth)[np.abs(truth - 0.5) < 0.3]
    assert abs(difference.mean()) < 0.04, "taking encoded colours for light is 0.14 off"
    assert np.abs(difference).mean() < 0.06


def test_strands_are_found_that_the_network_only_suspects() -> None:
    truth = _half()
    truth[20:80:8, 64:76] = 1.0
    coarse = _soften(truth, 4.0)
    alpha, _ = estimate_alpha(coarse, _compose(truth, DARK, LIGHT), _everywhere(truth))
    strands, gaps = alpha[28:76:8, 66:74], alpha[32:76:8, 66:74]
    assert strands.mean() > 0.9
    assert gaps.mean() < 0.1


def test_where_the_layers_look_alike_the_network_keeps_the_word() -> None:
    coarse = _soften(_half())
    alpha, _ = estimate_alpha(coarse, np.full((*coarse.shape, 3), 0.4, np.float32), _everywhere(coarse))
    np.testing.assert_allclose(alpha, coarse, atol=1e-3)


def test_known_pixels_stay_as_they_are() -> None:
    coarse = _soften(_half())
    unknown = np.zeros_like(coarse)
    unknown[:48] = 1.0
    alpha, confidence = estimate_alpha(coarse, _compose(_half(), DARK, LIGHT), unknown)
    np.testing.assert_array_equal(alpha[48:], coarse[48:])
    assert (confidence[48:] >= confidence[:48].max()).all()


def test_a_lamp_behind_the_hair_is_not_hair() -> None:
    """Its colour lies beyond the subject's, seen from the background: nearer to it, and yet neither."""
    truth = _half()
    guide = _compose(truth, (90, 70, 50), (20, 20, 25))
    guide[44:52, 70:78] = 1.0
    coarse = _soften(truth)
    alpha, _ = estimate_alpha(coarse, guide, _everywhere(truth))
    assert np.abs(alpha - coarse)[46:50, 72:76].max() < 0.1


def test_a_patch_of_another_colour_within_a_subject_stays_solid() -> None:
    coarse = np.zeros((256, 256), np.float32)
    coarse[:, 60:] = 1.0
    coarse[100:140, 180:220] = 0.85
    coarse = _soften(coarse, 3.0)
    guide = _compose((coarse > 0.5).astype(np.float32), DARK, LIGHT)
    guide[100:140, 180:220] = np.random.default_rng(2).random((40, 40, 3), dtype=np.float32)
    alpha, _ = estimate_alpha(coarse, guide, _everywhere(coarse))
    assert alpha[100:140, 180:220].min() > 0.6


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (9, 16), (37, 53)])
def test_any_picture_gives_an_alpha_and_a_confidence(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    probability, unknown = rng.random(shape, dtype=np.float32), rng.random(shape, dtype=np.float32)
    guide = rng.random((*shape, 3), dtype=np.float32)
    alpha, confidence = estimate_alpha(probability, guide, unknown)
    assert alpha.shape == confidence.shape == shape
    assert alpha.dtype == confidence.dtype == np.float32
    assert 0.0 <= alpha.min() <= alpha.max() <= 1.0
    assert np.isfinite(confidence).all()
    assert confidence.min() > 0.0


def test_the_same_again_and_nothing_is_written() -> None:
    rng = np.random.default_rng(5)
    arrays = [rng.random((40, 60), dtype=np.float32), rng.random((40, 60, 3), dtype=np.float32), _half(40, 60)]
    kept = [array.copy() for array in arrays]
    first, second = estimate_alpha(*arrays), estimate_alpha(*arrays)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    for array, before in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_a_colour_beyond_both_layers_tells_less() -> None:
    """A glint in the hair is brighter than face and wall: it is not more of a face for that."""
    truth = _half()
    coarse = _soften(truth, 10.0)
    guide = _compose(truth, (120, 110, 100), (60, 60, 65))
    place = np.s_[48, 60]
    _, confidence = estimate_alpha(coarse, guide, _everywhere(truth))
    guide[place] = 1.0
    _, doubted = estimate_alpha(coarse, guide, _everywhere(truth))
    assert doubted[place] < 0.1 * confidence[place]
