"""Optical flow: a texture that moves by a known step, and what the flow cannot know."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.optical_flow import find_consistent, find_flow, warp

STEP = (5, 3)


def make_texture(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.asarray(cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX), np.uint8)  # type: ignore[call-overload]


@pytest.fixture
def frames() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A textured square of 48 px that moves by (5, 3) over a textured ground at rest."""
    ground, square = make_texture(120, 160, 0), make_texture(48, 48, 1)
    drawn = []
    for x, y in ((40, 30), (40 + STEP[0], 30 + STEP[1])):
        frame = ground.copy()
        frame[y : y + 48, x : x + 48] = square
        drawn.append(frame)
    return drawn[0], drawn[1]


def test_flow_points_to_where_things_were(frames: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    before, after = frames
    flow = find_flow(after, before)
    assert np.median(flow[40:70, 55:80], axis=(0, 1)) == pytest.approx((-STEP[0], -STEP[1]), abs=0.5)
    assert np.abs(flow[90:, :30]).max() < 0.5


def test_fetched_frame_equals_the_later_one_where_the_flow_explains_it(
    frames: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    before, after = frames
    flow = find_flow(after, before)
    consistent = find_consistent(after, before, flow)
    assert consistent.mean() > 0.85
    error = np.abs(warp(before, flow) - after).mean(axis=2)
    assert error[consistent].mean() < 2.0
    assert error[~consistent].mean() > 10.0


def test_what_was_uncovered_is_not_explained(frames: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    before, after = frames
    consistent = find_consistent(after, before, find_flow(after, before))
    assert consistent[32:78, 40:43].mean() < 0.5  # the square lay on it


def test_another_scene_explains_little() -> None:
    before, after = make_texture(80, 80, 2), make_texture(80, 80, 3)
    assert find_consistent(after, before, find_flow(after, before)).mean() < 0.2


@pytest.mark.parametrize("other", [(64, 65, 3), (16, 64, 3)])
def test_unequal_and_tiny_frames_are_refused(other: tuple[int, int, int]) -> None:
    frame = np.zeros(other, np.uint8)
    with pytest.raises(ValueError, match="32 px"):
        find_flow(frame, frame if other[0] == 16 else np.zeros((64, 64, 3), np.uint8))
