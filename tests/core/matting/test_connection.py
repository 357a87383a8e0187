"""What colours say against the network needs evidence: a way to the subject, or to the background."""

import numpy as np
import pytest

from portrait.core.matting.connection import require_connection
from portrait.core.matting.geodesic import geodesic_distances
from portrait.core.matting.refinement import FINE, refine

WALL, COAT = (0.8, 0.8, 0.75), (0.2, 0.15, 0.1)
SHAPE = (120, 160)


def _scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A dark coat before a pale wall, the network's answer with its haze, and what is unknown: all but both ends."""
    guide = np.full((*SHAPE, 3), WALL, np.float32)
    guide[:, :60] = COAT
    probability = np.full(SHAPE, 0.05, np.float32)
    probability[:, :60] = 0.95
    unknown = np.zeros(SHAPE, np.float32)
    unknown[:, 30:130] = 1.0
    probability[:, :30], probability[:, 130:] = 1.0, 0.0
    return guide, probability, unknown


def _connected(guide: np.ndarray, probability: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Where colours alone would take all that is dark for the coat."""
    by_color = np.where(unknown > 0.0, (guide[..., 0] < 0.5).astype(np.float32), probability)
    return require_connection(by_color, probability, guide, unknown)


def test_hair_grows_out_of_the_subject() -> None:
    guide, probability, unknown = _scene()
    guide[40:42, 60:80] = COAT
    assert _connected(guide, probability, unknown)[40:42, 60:80].min() == pytest.approx(1.0)


def test_a_speck_on_the_wall_is_no_hair() -> None:
    guide, probability, unknown = _scene()
    guide[40:46, 80:86] = COAT
    found = _connected(guide, probability, unknown)
    assert found[40:46, 80:86].max() < 0.06  # what the network says
    assert found[:, :58].min() == pytest.approx(1.0)


def test_a_line_that_goes_on_beyond_the_unknown_is_background() -> None:
    guide, probability, unknown = _scene()
    guide[40:42, 60:] = COAT  # it touches the coat
    assert _connected(guide, probability, unknown)[40:42, 64:].max() < 0.1


@pytest.mark.parametrize("rows", [slice(40, 46), slice(0, 120)])
def test_a_pale_stripe_inside_the_coat_is_no_hole(rows: slice) -> None:
    guide, probability, unknown = _scene()
    guide[rows, 45:50] = WALL
    assert _connected(guide, probability, unknown)[rows, 45:50].min() > 0.9


def test_a_notch_that_opens_to_the_wall_is_background() -> None:
    guide, probability, unknown = _scene()
    guide[40:46, 50:60] = WALL
    probability[40:46, 50:60] = 0.9
    assert _connected(guide, probability, unknown)[41:45, 52:60].max() < 0.1


def test_nothing_unknown_nothing_changed() -> None:
    guide, probability, unknown = _scene()
    found = require_connection(probability, probability, guide, np.zeros_like(unknown))
    np.testing.assert_array_equal(found, probability)


def test_fine_refinement_leaves_lines_behind_a_hazy_outline_alone() -> None:
    image = np.full((240, 320, 3), (205, 205, 190), np.uint8)
    image[:, :120] = (50, 40, 30)
    image[10::24, 120:] = (50, 40, 30)
    image[11::24, 120:] = (50, 40, 30)
    probability = np.zeros((60, 80), np.float32)
    probability[:, :30] = 1.0
    probability[:, 30:60] = 0.12
    found = refine(probability, image, FINE)
    assert found[:, 130:].max() < 0.25
    assert found[:, :116].min() > 0.9


def test_geodesic_distance_counts_what_colours_change_on_the_way() -> None:
    image = np.zeros((20, 30, 3), np.float32)
    image[:, 10:] = 0.5
    image[:, 20:] = 0.0
    seeds = np.zeros((2, 20, 30), np.bool_)
    seeds[0, 10, 2] = True
    found = geodesic_distances(image, seeds)
    np.testing.assert_allclose(found[0, :, :10], 0.0, atol=1e-6)
    np.testing.assert_allclose(found[0, :, 10:20], 0.5, atol=0.03)
    np.testing.assert_allclose(found[0, :, 20:], 1.0, atol=0.07)
    assert (found[1] == 1000.0).all()


def test_geodesic_ways_turn_corners() -> None:
    image = np.ones((30, 30, 3), np.float32)
    image[2, 2:28] = image[2:28, 27] = image[27, 5:28] = 0.0
    seeds = np.zeros((1, 30, 30), np.bool_)
    seeds[0, 2, 2] = True
    assert geodesic_distances(image, seeds)[0, 27, 5] == 0.0
