"""From the network's probability to alpha at full resolution."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait.benchmark.quality import NETWORK_SIDE_PX
from portrait.benchmark.scenes.portrait_scenes import make_scene
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.boxes import Box
from portrait.core.matting import color_matting, refinement
from portrait.core.matting.refinement import FAST, FINE, FINE_FRAME, RefineOptions, refine, to_probability
from portrait.core.metrics.matte_metrics import mae
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import resize

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


@pytest.mark.parametrize("options", [FAST, FINE])
def test_texture_inside_the_subject_does_not_show_through(options: RefineOptions) -> None:
    rng = np.random.default_rng(6)
    image = rng.integers(0, 256, (200, 200, 3), np.uint8)
    probability = np.zeros((50, 50), np.float32)
    probability[:, 25:] = 1.0
    alpha = refine(probability, image, options)
    np.testing.assert_array_equal(alpha[:, 140:], 1.0)
    np.testing.assert_array_equal(alpha[:, :60], 0.0)


@pytest.mark.parametrize("options", [FAST, FINE])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (9, 16), (37, 53)])
def test_any_size_works(shape: tuple[int, int], options: RefineOptions) -> None:
    image = np.random.default_rng(7).integers(0, 256, (*shape, 3), np.uint8)
    alpha = refine(np.full((16, 24), 0.5, np.float32), image, options)
    assert alpha.shape == shape
    assert alpha.dtype == np.float32
    assert 0.0 <= alpha.min() <= alpha.max() <= 1.0


@pytest.mark.parametrize("options", [FAST, FINE])
def test_refine_does_not_write_to_its_inputs(portrait_scene: Scene, options: RefineOptions) -> None:
    image, alpha = portrait_scene(64, 64)
    kept_image, kept_alpha = image.copy(), alpha.copy()
    refine(alpha, image, options)
    np.testing.assert_array_equal(image, kept_image)
    np.testing.assert_array_equal(alpha, kept_alpha)


@pytest.mark.slow
def test_fine_is_nearer_to_the_truth_than_fast() -> None:
    errors = []
    for scene in map(make_scene, (1, 5, 11)):
        coarse = resize(scene.alpha, NETWORK_SIDE_PX, NETWORK_SIDE_PX)
        errors.append([mae(refine(coarse, scene.image, options), scene.alpha) for options in (FAST, FINE)])
    fast, fine = np.transpose(errors)
    assert (fine < 1.02 * fast).all()  # strands that fly far out go with the scraps, see decision 078
    assert fine.sum() < 0.85 * fast.sum()


def test_hair_that_the_network_cut_off_comes_back_in_part() -> None:
    scene = make_scene(0, 300)
    coarse = cv2.morphologyEx(resize(scene.alpha, 100, 100), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    coarse = cv2.GaussianBlur(coarse, (0, 0), 1.5)
    fast, fine = (mae(refine(coarse, scene.image, options), scene.alpha) for options in (FAST, FINE))
    assert fine < 0.98 * fast


def test_a_hole_between_arm_and_body_stays_a_hole() -> None:
    truth = np.zeros((400, 300), np.float32)
    cv2.circle(truth, (150, 200), 110, 1.0, -1)
    cv2.ellipse(truth, (150, 200), (14, 40), 0.0, 0.0, 360.0, 0.0, -1)
    image = np.where(truth[..., None] > 0, np.uint8([70, 50, 120]), np.uint8([120, 150, 90]))
    coarse = cv2.GaussianBlur(resize(truth, 100, 75), (0, 0), 1.5)
    alpha = refine(coarse, np.ascontiguousarray(image), FINE)
    assert np.abs(alpha - truth).mean() < 0.005
    assert alpha[170:230, 142:158].max() < 0.1
    assert alpha[200, 60:125].min() > 0.9


@pytest.mark.slow
def test_a_fine_matte_does_not_depend_on_its_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(2)
    coarse = resize(cv2.GaussianBlur(scene.alpha, (0, 0), 3.0), 192, 160)
    in_tiles = refine(coarse, scene.image, FINE)
    for module in (refinement, color_matting):
        monkeypatch.setattr(module, "cover_by_tiles", lambda mask: (Box(0, 0, *mask.shape),))
    np.testing.assert_allclose(in_tiles, refine(coarse, scene.image, FINE), atol=2e-3)


@pytest.mark.parametrize("options", [FAST, FINE])
def test_what_looks_like_the_background_close_inside_the_edge_stays_solid(options: RefineOptions) -> None:
    """A stripe in the colour of the background, within the filter's windows at the outline, on every side."""
    image = np.full((256, 256, 3), (200, 180, 160), np.uint8)
    probability = np.zeros((256, 256), np.float32)
    probability[64:192, 64:192] = 1.0
    image[64:192, 64:192] = (40, 60, 90)
    image[69:187, 69:187] = (200, 180, 160)
    image[74:182, 74:182] = (40, 60, 90)
    alpha = refine(cv2.blur(probability, (3, 3)), image, options)
    np.testing.assert_array_equal(alpha[69:187, 69:187], 1.0)


def test_the_fast_guide_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, ...]] = []
    find = refinement.guided_coefficients
    spy = lambda guide, *rest: sizes.append(guide.shape) or find(guide, *rest)  # noqa: E731
    monkeypatch.setattr(refinement, "guided_coefficients", spy)
    refine(np.full((9, 16), 0.5, np.float32), np.zeros((360, 640, 3), np.uint8), FAST)
    assert sizes == [(90, 160, 3)]


@pytest.mark.parametrize("options", [FAST, FINE_FRAME])
def test_a_flat_picture_gets_the_networks_edge(options: RefineOptions) -> None:
    """Fainter than the network's doubt is nothing, by the same stretch as everywhere."""
    coarse = cv2.GaussianBlur(np.repeat(np.float32([[0.0] * 30 + [1.0] * 30]), 40, axis=0), (0, 0), 4.0)
    alpha = refine(coarse, np.full((40, 60, 3), 90, np.uint8), options)
    expected = np.clip((coarse - options.certain) / (1.0 - 2.0 * options.certain), 0.0, 1.0)
    np.testing.assert_allclose(alpha, expected, atol=0.06)


def test_fine_needs_no_more_detail_than_its_guide_has() -> None:
    """What is decided on the guide holds in a picture of four times its size: edges are as sharp as the picture's."""
    image = np.full((600, 800, 3), 30, np.uint8)
    image[:, 403:] = 220
    coarse = np.repeat(np.clip(np.linspace(-4.0, 5.0, 100, dtype=np.float32), 0.0, 1.0)[None], 75, axis=0)
    alpha = refine(coarse, image, replace(FINE, guide_long_side_px=200))
    assert alpha[:, :400].max() < 0.05
    assert alpha[:, 406:].min() > 0.95


@pytest.mark.parametrize("options", [FAST, FINE])
def test_what_the_network_knows_stays_solid_close_to_the_edge(options: RefineOptions) -> None:
    """Windows of the filter that touch the outline reach farther; what they say of known pixels does not count."""
    image = np.random.default_rng(8).integers(0, 256, (256, 256, 3), np.uint8)
    probability = np.zeros((256, 256), np.float32)
    probability[:, 128:], probability[:, 127] = 1.0, 0.5
    alpha = refine(probability, image, options)
    np.testing.assert_array_equal(alpha[:, 133:], 1.0)
    np.testing.assert_array_equal(alpha[:, :122], 0.0)
