"""Things in front of people: what they hide is background, what they leave is as it was."""

import numpy as np
import pytest

from export.data.labels import INSTANCE_PLANE, LABEL_PLANE, PERSON_LABEL, LabelledImage
from export.data.occlude import occlude

SIDE = 128


@pytest.fixture
def scene() -> LabelledImage:
    """Person 1 wherever one looks, in a colour that no thing has."""
    labelled = np.empty((SIDE, SIDE, 5), np.uint8)
    labelled[..., :3] = (255, 0, 255)
    labelled[..., LABEL_PLANE] = PERSON_LABEL
    labelled[..., INSTANCE_PLANE] = 1
    return labelled


def wall(rng: np.random.Generator) -> LabelledImage:
    labelled = np.zeros((SIDE, SIDE, 5), np.uint8)
    labelled[..., 1] = rng.integers(100, 200)
    return labelled


@pytest.mark.parametrize("seed", range(25))
def test_what_is_hidden_is_background_and_the_rest_keeps_its_pixels(scene: LabelledImage, seed: int) -> None:
    before = scene.copy()
    result = occlude(scene, wall, np.random.default_rng(seed))
    is_hidden = result[..., LABEL_PLANE] == 0
    is_changed = (result[..., :3] != before[..., :3]).any(axis=2)
    assert np.array_equal(scene, before)
    assert np.array_equal(is_hidden, result[..., INSTANCE_PLANE] == 0)
    assert (result[~is_hidden, LABEL_PLANE] == PERSON_LABEL).all()
    assert is_changed[is_hidden].all()
    assert is_hidden.mean() < 0.6


@pytest.mark.parametrize("seed", range(25))
def test_every_thing_reaches_the_border(scene: LabelledImage, seed: int) -> None:
    is_changed = (occlude(scene, wall, np.random.default_rng(seed))[..., :3] != scene[..., :3]).any(axis=2)
    border = np.concatenate([is_changed[-1], is_changed[:, 0], is_changed[:, -1]])
    assert border.any()


def test_most_things_hide_something(scene: LabelledImage) -> None:
    hides = [(occlude(scene, wall, np.random.default_rng(seed))[..., LABEL_PLANE] == 0).any() for seed in range(25)]
    assert np.mean(hides) > 0.8


def test_without_other_pictures_a_thing_has_one_color(scene: LabelledImage) -> None:
    result = occlude(scene, lambda rng: None, np.random.default_rng(3))
    assert (result[..., :3] != scene[..., :3]).any()
