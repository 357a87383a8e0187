import numpy as np
import pytest

from export.degrade import add_noise, blur, compress, degrade, move, shrink
from export.photometric import match_color, vary_color
from export.transforms import TrainPreset, paste_person, person_box, random_view

Rng = np.random.Generator


def make_person(height: int = 120, width: int = 90, left: int = 30, bottom: int = 100) -> np.ndarray:
    labelled = np.full((height, width, 4), 90, np.uint8)
    labelled[..., 3] = 0
    labelled[20:bottom, left : left + 30] = (220, 40, 40, 255)
    return labelled


def make_background(_: Rng) -> np.ndarray:
    background = np.zeros((80, 100, 4), np.uint8)
    background[..., 1] = 150
    return background


def make_sample(seed: int, composite_probability: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    preset = TrainPreset(64, composite_probability=composite_probability)
    return preset(make_person(), lambda _: make_person(), make_background, np.random.default_rng(seed))


def test_a_sample_is_a_function_of_its_seed() -> None:
    for first, second in zip(make_sample(3), make_sample(3), strict=True):
        np.testing.assert_array_equal(first, second)
    assert (make_sample(3)[0] != make_sample(4)[0]).any()


@pytest.mark.parametrize("seed", range(25))
def test_samples_have_one_size_and_pure_labels(seed: int) -> None:
    image, label = make_sample(seed)
    assert (image.shape, image.dtype) == ((64, 64, 3), np.uint8)
    assert (label.shape, label.dtype) == ((64, 64), np.uint8)
    assert set(np.unique(label)) <= {0, 128, 255}


def test_a_view_judges_nothing_beyond_the_picture() -> None:
    source = np.full((50, 50, 4), 255, np.uint8)
    labels = [random_view(source, 48, np.random.default_rng(seed))[..., 3] for seed in range(30)]
    assert any((label == 128).any() for label in labels)
    assert all(not (label == 0).any() for label in labels)


def test_the_label_follows_the_picture() -> None:
    for seed in range(20):
        scene = random_view(make_person(), 96, np.random.default_rng(seed))
        inside, outside = scene[..., 3] == 255, scene[..., 3] == 0
        is_red = scene[..., 0] > 155
        assert (is_red[inside]).mean() > 0.9
        assert (is_red[outside]).mean() < 0.05


def test_someone_cut_off_below_stays_cut_off_below() -> None:
    scene = np.zeros((64, 64, 4), np.uint8)
    person = make_person(bottom=120)
    for seed in range(20):
        label = paste_person(scene, person, 1.0, np.random.default_rng(seed))[..., 3]
        assert label.any()
        columns = label.any(axis=0)
        assert label[-1, columns].mean() > 0.8 * 255


def test_a_pasted_person_hides_what_was_there() -> None:
    scene = np.zeros((64, 64, 4), np.uint8)
    scene[..., 3] = 128
    label = paste_person(scene, make_person(), 1.0, np.random.default_rng(0))[..., 3]
    assert set(np.unique(label)) == {128, 255}


def test_nobody_to_paste_leaves_the_scene_alone() -> None:
    scene, nobody = make_background(np.random.default_rng(0)), make_background(np.random.default_rng(0))
    assert person_box(nobody) is None
    np.testing.assert_array_equal(paste_person(scene, nobody, 1.0, np.random.default_rng(0)), scene)


@pytest.mark.parametrize("fault", [blur, move, shrink, add_noise, compress, degrade, vary_color])
def test_faults_keep_shape_and_type_and_leave_their_input_alone(fault: object) -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 56, 3), np.uint8)
    kept = image.copy()
    for seed in range(10):
        result = fault(image, np.random.default_rng(seed))  # type: ignore[operator]
        assert (result.shape, result.dtype) == (image.shape, np.uint8)
    np.testing.assert_array_equal(image, kept)


def test_matching_moves_the_colour_towards_the_scene() -> None:
    person, scene = np.full((20, 20, 3), 200, np.uint8), np.full((20, 20, 3), 50, np.uint8)
    matched = [match_color(person, scene, np.ones((20, 20), bool), np.random.default_rng(s)).mean() for s in range(20)]
    assert 100 < min(matched) < max(matched) <= 200
