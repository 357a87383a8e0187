"""What the scenes promise: the same at every run, everything known, and what makes portraits hard is in them."""

import cv2
import numpy as np
import pytest

from portrait.benchmark.scenes.cast import CAST
from portrait.benchmark.scenes.portrait_scenes import SCENE_SPECS, compose, make_scene
from portrait.benchmark.scenes.reference_lens import crop_margin, reference_blur
from portrait.core.color import to_srgb
from portrait.core.metrics.image_metrics import light_shape

NAMES = ("straight hair, garden", "hands on hips, street", "holding glasses, bricks", "spiked hair, city")


def _composite(foreground, background, alpha):
    share = alpha[..., None]
    return to_srgb((share * foreground + (1.0 - share) * background).astype(np.float32))


def test_there_are_30_different_scenes() -> None:
    assert len(SCENE_SPECS) == len({spec.name for spec in SCENE_SPECS}) == 30
    assert all(12.0 <= spec.radius_px <= 32.0 for spec in SCENE_SPECS)
    assert {name for spec in SCENE_SPECS for name in spec.people} == set(CAST)


def test_a_scene_is_the_same_at_every_run() -> None:
    first, second = make_scene(16, 96), make_scene(16, 96)
    for name in ("foreground", "alpha", "background", "image", "truth"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("name", NAMES)
def test_arrays_are_as_promised(small_scene, name: str) -> None:
    scene = small_scene(name)
    margin = 2 * scene.margin_px
    assert scene.image.shape == scene.truth.shape == scene.foreground.shape == (180, 144, 3)
    assert scene.image.dtype == scene.truth.dtype == np.uint8
    assert scene.alpha.shape == (180, 144)
    assert scene.alpha.dtype == scene.background.dtype == np.float32
    assert scene.alpha.min() == 0.0
    assert scene.alpha.max() == 1.0
    assert scene.background.shape == (180 + margin, 144 + margin, 3)
    assert scene.background.min() >= 0.0


@pytest.mark.parametrize("name", NAMES)
def test_picture_and_truth_are_what_they_are_made_of(small_scene, name: str) -> None:
    scene = small_scene(name)
    recorded = np.minimum(scene.background, 1.0)
    seen = crop_margin(recorded, scene.margin_px)
    blurred = reference_blur(recorded, scene.radius_px, scene.margin_px)
    np.testing.assert_array_equal(scene.image, _composite(scene.foreground, seen, scene.alpha))
    np.testing.assert_array_equal(scene.truth, _composite(scene.foreground, blurred, scene.alpha))
    is_subject = scene.alpha == 1.0
    np.testing.assert_array_equal(scene.truth[is_subject], scene.image[is_subject])
    assert (scene.truth != scene.image).any()


def test_without_blur_the_truth_is_the_picture(small_scene) -> None:
    scene = small_scene(NAMES[0])
    sharp = compose("sharp", scene.foreground, scene.alpha, scene.background, 0.0, scene.margin_px)
    np.testing.assert_array_equal(sharp.truth, sharp.image)


@pytest.mark.parametrize("name", [NAMES[0], NAMES[1]])
def test_single_strands_are_narrower_than_a_pixel(small_scene, name: str) -> None:
    """Away from the body there are ridges of alpha with air on both sides, none of them opaque."""
    alpha = small_scene(name).alpha
    near_body = cv2.dilate((alpha > 0.9).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    sides = np.minimum(alpha[:, :-4], alpha[:, 4:])
    strands = (alpha[:, 2:-2] > sides + 0.08) & (sides < 0.05) & ~near_body[:, 2:-2]
    assert np.count_nonzero(strands) > 20
    assert np.median(alpha[:, 2:-2][strands]) < 0.6


def test_the_background_shows_between_arm_and_body(small_scene) -> None:
    count, labels = cv2.connectedComponents((small_scene(NAMES[1]).alpha < 0.5).astype(np.uint8))
    sizes = np.bincount(labels.ravel(), minlength=count)[1:]
    assert np.count_nonzero(sizes > 100) >= 3, "outside and one hole on either side"


def test_held_glasses_are_see_through(small_scene) -> None:
    alpha = small_scene(NAMES[2]).alpha
    assert np.count_nonzero((alpha > 0.06) & (alpha < 0.08)) > 40


def test_lights_are_far_beyond_white_and_stand_alone(small_scene) -> None:
    scene = small_scene(NAMES[3])
    assert scene.background.max() > 10.0
    assert scene.image.max() == 255
    assert len(scene.lights) == 2
    y, x = np.mgrid[0:180, 0:144]
    for light in scene.lights:
        near = np.hypot(x - light.x_px, y - light.y_px) < 1.8 * scene.radius_px
        assert scene.alpha[near].max() == 0.0


def test_a_lens_makes_even_disks_of_the_lights(small_scene) -> None:
    scene = small_scene(NAMES[3])
    through_lens = to_srgb(reference_blur(scene.background, scene.radius_px, scene.margin_px))
    for light in scene.lights:
        shape = light_shape(through_lens, (light.x_px, light.y_px), scene.radius_px)
        assert shape.radius_error < 0.1
        assert shape.unevenness < 0.05


def test_the_inner_pixels_are_those_whose_disk_is_in_the_frame(small_scene) -> None:
    scene = small_scene(NAMES[0])
    inner = scene.inner_mask()
    assert inner.sum() == (180 - 2 * scene.margin_px) * (144 - 2 * scene.margin_px)
    darkened = scene.background.copy()
    margin = scene.margin_px
    darkened[:margin] = darkened[-margin:] = 0.0
    darkened[:, :margin] = darkened[:, -margin:] = 0.0
    other = compose("dark around", scene.foreground, scene.alpha, darkened, scene.radius_px, margin)
    np.testing.assert_array_equal(other.truth[inner], scene.truth[inner])
    assert (other.truth != scene.truth).any()


def test_a_scene_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="0 … 29, got 30"):
        make_scene(30)
    with pytest.raises(ValueError, match="64 px or more"):
        make_scene(0, 32)
