"""Relative depth is aligned by the floor: scale and offset of the map do not matter, nor what is farthest in it."""

import numpy as np
import pytest

from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus, nearness_at
from portrait.core.lens.depth_alignment import align_depth
from portrait.core.lens.ground_plane import find_ground

HEIGHT, WIDTH = 240, 180


@pytest.fixture
def standing() -> np.ndarray:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[40:210, 78:102] = 1.0
    return alpha


def floor_and_wall(alpha: np.ndarray, wall: float, scale: float, offset: float) -> DepthMap:
    """True inverse depth of the floor, of a wall at a share of the subject's, and of the subject; scaled, shifted."""
    ground = find_ground(alpha)
    assert ground is not None
    rows = (np.arange(HEIGHT, dtype=np.float32) + 0.5) / HEIGHT
    floor = (rows - ground.horizon) / (ground.near - ground.horizon)
    nearness = np.repeat(np.maximum(floor, wall)[:, None], WIDTH, axis=1)
    nearness[alpha > 0.5] = 1.0
    noise = np.random.default_rng(0).normal(0.0, 0.01, nearness.shape)
    return DepthMap((scale * (nearness + noise) + offset).astype(np.float32))


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (37.0, -5.0), (0.2, 9.0)])
@pytest.mark.parametrize("wall", [0.1, 0.5])
def test_a_wall_is_as_far_out_of_focus_as_it_is_far(
    standing: np.ndarray, wall: float, scale: float, offset: float
) -> None:
    aligned = align_depth(floor_and_wall(standing, wall, scale, offset), standing)
    assert aligned.infinity == pytest.approx(offset, abs=0.05 * scale)
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    defocus = find_defocus(aligned, image, standing)
    assert defocus is not None
    assert float(np.median(defocus[:20])) == pytest.approx(1.0 - wall, abs=0.06)
    feet = defocus[203:208, :60]
    assert np.abs(feet).max() < 0.08


def test_what_is_known_stays_and_what_is_no_floor_is_not_fitted(standing: np.ndarray) -> None:
    known = DepthMap(np.ones((8, 6), np.float32), infinity=0.0)
    assert align_depth(known, standing) is known
    portrait = np.zeros_like(standing)
    portrait[60:, 40:140] = 1.0
    depth = floor_and_wall(standing, 0.3, 1.0, 0.0)
    assert align_depth(depth, portrait) is depth
    noise = DepthMap(np.random.default_rng(1).random((60, 45), np.float32))
    assert align_depth(noise, standing) is noise


def test_two_people_at_two_distances_are_both_in_focus() -> None:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[60:, 20:60] = alpha[60:, 120:160] = 1.0
    nearness = np.full((HEIGHT, WIDTH), 0.1, np.float32)
    nearness[:, :90] = 0.05
    nearness[40:, 10:70], nearness[40:, 110:170] = 0.9, 1.0
    defocus = find_defocus(DepthMap(nearness, infinity=0.0), np.full((HEIGHT, WIDTH, 3), 90, np.uint8), alpha)
    assert defocus is not None
    nearness[100:120, 80:100] = 0.95
    between = find_defocus(DepthMap(nearness, infinity=0.0), np.full((HEIGHT, WIDTH, 3), 90, np.uint8), alpha)
    assert between is not None
    assert abs(float(between[110, 90])) < 0.03 < float(defocus[110, 90])


def test_the_nearness_at_a_point_can_be_focused_at() -> None:
    nearness = np.repeat(np.linspace(0.0, 1.0, 50, dtype=np.float32)[None], 40, axis=0)
    nearness[:5] = np.nan
    depth = DepthMap(nearness)
    assert nearness_at(depth, 0.5, 0.5) == pytest.approx(0.5, abs=0.03)
    assert nearness_at(depth, 1.0, 1.0) == pytest.approx(1.0, abs=0.03)
    assert nearness_at(depth, 0.0, 0.5) is None
