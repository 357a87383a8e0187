from collections.abc import Callable

import cv2
import numpy as np
import pytest

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matte import FAST, FINE, RefineOptions, guided_coefficients, refine, to_probability
from portrait.core.model_spec import ModelSpec

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


def test_class_logits_become_the_persons_share() -> None:
    spec = ModelSpec("voc", 8, 8, class_names=("a", "person", "b"), person_class_index=1, output_kind="class_logits")
    logits = np.zeros((3, 2, 2), np.float32)
    logits[1, 0, 0] = 100.0
    probability = to_probability(logits, spec)
    assert probability[0, 0] == pytest.approx(1.0)
    assert probability[1, 1] == pytest.approx(1.0 / 3.0)


@pytest.mark.parametrize("options", [FAST, FINE])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_certain_network_is_believed(portrait_scene: Scene, options: RefineOptions, value: float) -> None:
    image, _ = portrait_scene(90, 70)
    alpha = refine(np.full((32, 32), value, np.float32), image, options)
    np.testing.assert_array_equal(alpha, np.full((90, 70), value, np.float32))


@pytest.mark.parametrize("options", [FAST, FINE])
def test_refinement_moves_the_edge_to_the_pictures(options: RefineOptions) -> None:
    image = np.full((300, 400, 3), 30, np.uint8)
    image[:, 203:] = 220
    truth = np.zeros((300, 400), np.float32)
    truth[:, 203:] = 1.0
    coarse = cv2.GaussianBlur(truth, (0, 0), 2.5)
    coarse = cv2.resize(coarse, (128, 128), interpolation=cv2.INTER_AREA)
    plain = cv2.resize(coarse, (400, 300), interpolation=cv2.INTER_LINEAR)
    refined = refine(coarse, image, options)
    assert np.abs(refined - truth).mean() < 0.8 * np.abs(plain - truth).mean()


def test_texture_inside_the_subject_does_not_show_through() -> None:
    rng = np.random.default_rng(6)
    image = rng.integers(0, 256, (200, 200, 3), np.uint8)
    probability = np.zeros((50, 50), np.float32)
    probability[:, 25:] = 1.0
    alpha = refine(probability, image)
    np.testing.assert_array_equal(alpha[:, 140:], 1.0)
    np.testing.assert_array_equal(alpha[:, :60], 0.0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (37, 53)])
def test_any_size_works(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(7).integers(0, 256, (*shape, 3), np.uint8)
    alpha = refine(np.full((16, 24), 0.5, np.float32), image)
    assert alpha.shape == shape
    assert alpha.dtype == np.float32
    assert 0.0 <= alpha.min() <= alpha.max() <= 1.0


def test_guided_filter_reproduces_an_affine_function_of_the_guide() -> None:
    guide = np.random.default_rng(8).random((40, 50, 3), dtype=np.float32)
    target = (guide @ np.float32([0.2, 0.3, 0.4]) + 0.05).astype(np.float32)
    found = guided_coefficients(guide, target, radius_px=6, epsilon=1e-6)
    np.testing.assert_allclose((found[..., :3] * guide).sum(axis=2) + found[..., 3], target, atol=2e-3)


def test_refine_does_not_write_to_its_inputs(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(64, 64)
    kept_image, kept_alpha = image.copy(), alpha.copy()
    refine(alpha, image)
    np.testing.assert_array_equal(image, kept_image)
    np.testing.assert_array_equal(alpha, kept_alpha)
