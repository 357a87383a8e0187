"""The baselines do what they are named after, and rank as they should."""

import numpy as np
import pytest

from portrait.benchmark import baselines
from portrait.benchmark.baselines import BASELINES, SLOW_REFERENCE, available_baselines, disk_with_estimated_colors
from portrait.core.metrics.image_metrics import psnr, ring_mask

SCENE = "straight hair, garden"


@pytest.mark.parametrize("name", BASELINES)
def test_the_subject_stays_and_nothing_is_written_to(small_scene, name: str) -> None:
    scene = small_scene(SCENE)
    image, alpha = scene.image.copy(), scene.alpha.copy()
    portrait = BASELINES[name](scene.image, scene.alpha, scene.radius_px)
    assert portrait.shape == image.shape
    assert portrait.dtype == np.uint8
    is_subject = alpha == 1.0
    assert np.abs(portrait[is_subject].astype(int) - image[is_subject]).max() <= 1
    np.testing.assert_array_equal(scene.image, image)
    np.testing.assert_array_equal(scene.alpha, alpha)


@pytest.mark.parametrize("name", BASELINES)
def test_a_flat_wall_stays_flat(name: str) -> None:
    wall = np.full((40, 50, 3), (90, 140, 200), np.uint8)
    portrait = BASELINES[name](wall, np.zeros((40, 50), np.float32), 7.0)
    assert np.abs(portrait.astype(int) - wall).max() <= 1


@pytest.mark.parametrize("name", [SCENE, "hands on hips, street"])
def test_knowing_the_mask_and_the_lens_helps_around_the_subject(small_scene, name: str) -> None:
    scene = small_scene(name)
    ring = ring_mask(scene.alpha)
    found = [psnr(draw(scene.image, scene.alpha, scene.radius_px), scene.truth, ring) for draw in BASELINES.values()]
    assert list(BASELINES) == ["whole-frame Gaussian", "mask-aware Gaussian", "mask-aware disk"]
    assert found == sorted(found)
    assert found[-1] > found[0] + 1.0


def test_the_slow_reference_is_there_with_its_library_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    assert available_baselines() == BASELINES
    monkeypatch.setattr(baselines, "find_spec", lambda name: object())
    assert list(available_baselines()) == [*BASELINES, SLOW_REFERENCE]


@pytest.mark.slow
def test_the_slow_reference_beats_a_plain_disk(small_scene) -> None:
    scene = small_scene("holding glasses, bricks")
    portraits = (
        draw(scene.image, scene.alpha, scene.radius_px)
        for draw in (BASELINES["mask-aware disk"], disk_with_estimated_colors)
    )
    plain, estimated = (psnr(portrait, scene.truth, ring_mask(scene.alpha)) for portrait in portraits)
    assert estimated > plain
