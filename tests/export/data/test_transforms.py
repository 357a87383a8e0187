from dataclasses import replace

import numpy as np
import pytest

from export.data.degrade import FaultRates, add_noise, blur, compress, degrade, expose, move, shrink, underexpose
from export.data.geometric import camera_view, person_box, random_view
from export.data.labels import VOID_LABEL
from export.data.paste import Placing, paste_people, place_people
from export.data.photometric import match_color, vary_color
from export.data.transforms import PRESETS, EvalPreset, TrainPreset

Rng = np.random.Generator

PLAIN = TrainPreset(64)
ANYWHERE = Placing()


def make_person(height: int = 120, width: int = 90, left: int = 30, bottom: int = 100) -> np.ndarray:
    labelled = np.full((height, width, 5), 90, np.uint8)
    labelled[..., 3:] = 0
    labelled[20:bottom, left : left + 30] = (220, 40, 40, 255, 1)
    return labelled


def make_background(_: Rng) -> np.ndarray:
    background = np.zeros((80, 100, 5), np.uint8)
    background[..., 1] = 150
    return background


def make_sample(seed: int, preset: TrainPreset = PLAIN) -> tuple[np.ndarray, ...]:
    return preset(make_person(), lambda _: make_person(), make_background, np.random.default_rng(seed))


def make_soft_person() -> np.ndarray:
    """Its left half is opaque, its right half fades out."""
    person = make_person()
    person[20:100, 45:60, 3] = np.linspace(255, 0, 15).astype(np.uint8)
    person[..., 3][person[..., 3] == VOID_LABEL] += 1
    return person


def paste(scene: np.ndarray, person: np.ndarray, seed: int, placing: Placing = ANYWHERE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    placed = place_people(person, 1.0, scene.shape[0], rng, placing)
    assert placed is not None
    return paste_people(scene, placed, rng, placing)


def test_a_sample_is_a_function_of_its_seed() -> None:
    for first, second in zip(make_sample(3), make_sample(3), strict=True):
        np.testing.assert_array_equal(first, second)
    assert (make_sample(3)[0] != make_sample(4)[0]).any()


@pytest.mark.parametrize("name", PRESETS)
def test_samples_have_one_size_and_pure_labels(name: str) -> None:
    preset = replace(PRESETS[name], size_px=64)
    for seed in range(25):
        image, label, _ = make_sample(seed, preset)
        assert (image.shape, image.dtype) == ((64, 64, 3), np.uint8)
        assert (label.shape, label.dtype) == ((64, 64), np.uint8)
        assert set(np.unique(label)) <= {0, 128, 255}


@pytest.mark.parametrize("name", PRESETS)
def test_alpha_stays_alpha_through_every_preset(name: str) -> None:
    preset = replace(PRESETS[name], size_px=96)
    labels = [
        preset(make_soft_person(), lambda _: make_soft_person(), make_background, np.random.default_rng(seed))[1]
        for seed in range(12)
    ]
    soft = [label for label in labels if (~np.isin(label, (0, 128, 255))).any()]
    assert len(soft) >= 10


def test_a_picture_without_people_gets_none() -> None:
    rng = np.random.default_rng(0)
    preset = TrainPreset(64, composite_probability=1.0)
    _, label, _ = preset(make_background(rng), lambda _: make_person(), make_background, rng)
    assert set(np.unique(label)) <= {0, 128}


def test_as_many_people_as_the_preset_says() -> None:
    drawn: list[int] = []

    def draw_person(rng: Rng) -> np.ndarray:
        drawn.append(1)
        return make_person()

    preset = TrainPreset(32, composite_probability=1.0, crowd_probability=1.0, most_people=4)
    counts = set()
    for seed in range(20):
        drawn.clear()
        preset(make_person(), draw_person, make_background, np.random.default_rng(seed))
        counts.add(1 + len(drawn))
    assert counts == {2, 3, 4}


def test_evaluation_shows_the_whole_picture_untouched() -> None:
    person = make_person(bottom=120)
    image, label, _ = EvalPreset(60)(person)
    assert (image.shape, label.shape) == ((60, 60, 3), (60, 60))
    assert (label == 255).mean() == pytest.approx((person[..., 3] == 255).mean(), abs=0.01)
    assert (image[label == 255][:, 0] > 150).mean() > 0.95


def test_a_view_judges_nothing_beyond_the_picture() -> None:
    source = np.full((50, 50, 5), 255, np.uint8)
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


def test_a_camera_looks_at_the_head_and_stays_inside_the_picture() -> None:
    person = make_person(200, 90)
    person[20:40, 30:60, :3] = (20, 20, 250)  # the head
    box = person_box(person)
    assert box is not None
    for seed in range(20):
        scene = camera_view(person, box, 64, np.random.default_rng(seed))
        assert ((scene[..., 2] > 150) & (scene[..., 3] == 255)).any()
        assert (scene[..., 3] == VOID_LABEL).mean() < 0.15


def test_a_wide_camera_cuts_a_tall_person_at_the_lower_edge() -> None:
    person = make_person(400, 90, bottom=380)
    box = person_box(person)
    assert box is not None
    cut = [(camera_view(person, box, 64, np.random.default_rng(seed))[-2, :, 3] == 255).any() for seed in range(20)]
    assert np.mean(cut) > 0.6


def test_someone_cut_off_below_stays_cut_off_below() -> None:
    scene = np.zeros((64, 64, 5), np.uint8)
    person = make_person(bottom=120)
    for seed in range(20):
        label = paste(scene, person, seed)[..., 3]
        assert label.any()
        columns = label.any(axis=0)
        assert label[-1, columns].mean() > 0.8 * 255


@pytest.mark.parametrize("rows", [slice(0, 120), slice(1, 119)])
def test_someone_who_fills_the_picture_fills_the_frame(rows: slice) -> None:
    scene = np.zeros((64, 64, 5), np.uint8)
    person = make_person()
    person[rows, :, 3] = 255
    for seed in range(20):
        label = paste(scene, person, seed)[..., 3]
        assert (label[1:-1, 1:-1] == 255).all()


def test_a_close_up_is_cut_at_the_lower_edge_and_shows_the_head() -> None:
    scene = np.zeros((64, 64, 5), np.uint8)
    for seed in range(20):
        label = paste(scene, make_person(), seed, Placing(close_up_probability=1.0))[..., 3]
        assert (label[-1] == 255).any()
        assert not label[0].any()


def test_who_stands_has_the_feet_in_the_lower_part() -> None:
    scene = np.zeros((64, 64, 5), np.uint8)
    for seed in range(20):
        label = paste(scene, make_person(), seed, Placing(smallest_share=0.1, standing_probability=1.0))[..., 3]
        assert label[32:].any()


def test_a_pasted_person_hides_what_was_there() -> None:
    scene = np.zeros((64, 64, 5), np.uint8)
    scene[..., 3] = 128
    assert set(np.unique(paste(scene, make_person(), 0)[..., 3])) == {128, 255}


def test_the_label_says_what_is_seen_at_the_seam() -> None:
    scene, person = np.zeros((96, 96, 5), np.uint8), make_person()
    person[..., :3] = (220, 40, 40)
    for seed in range(10):
        pasted = paste(scene, person, seed, Placing(edge_erosion_px=2, own_edge_colors=True))
        share = pasted[..., 0].astype(np.float32) / pasted[..., 0].max()
        assert (pasted[share > 0.52][:, 3] == 255).all()
        assert (pasted[share < 0.48][:, 3] == 0).all()


def test_no_old_background_rides_along() -> None:
    """A red person out of a green picture, put into a black one: what is green there is a halo."""
    person, scene = make_person(), np.zeros((96, 96, 5), np.uint8)
    person[person[..., 3] == 0, :3] = (0, 255, 0)
    person[person[..., 3] == 255, :3] = (250, 0, 0)
    person[20:100, 30, :3] = (125, 125, 0)  # where the outline runs through a pixel
    greens = {
        own: [paste(scene, person, seed, Placing(own_edge_colors=own))[..., 1].mean() for seed in range(10)]
        for own in (False, True)
    }
    assert np.mean(greens[True]) < 0.65 * np.mean(greens[False])


def test_real_alpha_over_a_scene_is_the_label() -> None:
    scene = np.zeros((96, 96, 5), np.uint8)
    pasted = paste(scene, make_soft_person(), 1)
    label = pasted[..., 3]
    is_soft = (label > 20) & (label < 235)
    assert is_soft.any()
    np.testing.assert_allclose(pasted[is_soft][:, 0], label[is_soft] * (pasted[..., 0].max() / 255.0), atol=30)


def test_nobody_to_paste_is_told() -> None:
    nobody = make_background(np.random.default_rng(0))
    assert person_box(nobody) is None
    assert place_people(nobody, 1.0, 64, np.random.default_rng(0)) is None


@pytest.mark.parametrize("fault", [underexpose, blur, move, shrink, add_noise, compress, degrade, vary_color])
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


def test_faults_that_never_happen_leave_the_picture_alone() -> None:
    image = make_sample(0)[0]
    never = FaultRates(underexpose=0, blur=0, move=0, shrink=0, add_noise=0, compress=0)
    np.testing.assert_array_equal(degrade(image, np.random.default_rng(0), never), image)


def test_less_light_means_more_noise_and_no_other_brightness() -> None:
    image = np.full((64, 64, 3), 128, np.uint8)
    noises = []
    for exposure in (1.0, 0.25, 0.05):
        taken = expose(image, np.random.default_rng(0), exposure, full_well=4000.0, gain=1.0 / exposure)
        assert taken.mean() == pytest.approx(128, abs=2)
        noises.append(taken.std())
    assert noises == sorted(noises)
    assert noises[2] > 3 * noises[0] > 0


def test_a_dark_picture_is_not_black() -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    for seed in range(20):
        assert np.percentile(vary_color(image, np.random.default_rng(seed), dark_probability=1.0), 90) > 15


def test_pasted_people_get_numbers_of_their_own() -> None:
    scene, person = np.zeros((96, 96, 5), np.uint8), make_person()
    once = paste(scene, person, 0)
    twice = paste(once, person, 1)
    assert set(np.unique(once[..., 4])) == {0, 1}
    assert set(np.unique(twice[..., 4])) == {0, 1, 2}
    np.testing.assert_array_equal(twice[..., 4] > 0, twice[..., 3] == 255)


def test_people_of_unknown_number_stay_so() -> None:
    person = make_person()
    person[..., 4][person[..., 4] == 1] = 255
    pasted = paste(np.zeros((96, 96, 5), np.uint8), person, 0)
    assert set(np.unique(pasted[..., 4])) == {0, 255}


def test_beyond_the_picture_nobody_knows_who_is_there() -> None:
    source = np.zeros((50, 50, 5), np.uint8)
    views = [random_view(source, 48, np.random.default_rng(seed)) for seed in range(30)]
    assert all(np.array_equal(view[..., 3] == VOID_LABEL, view[..., 4] == 255) for view in views)
    assert any((view[..., 4] == 255).any() for view in views)
