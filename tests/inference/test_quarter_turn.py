"""The first network overlooks figures that lie; what is red is a person to both networks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.inference.passes import find_probability_fine
from portrait.inference.second_opinion import FrameMemory, find_people_alone
from portrait.inference.segmenter import OnnxSegmenter
from tests.inference.test_second_opinion import PERSON, draw, write_classes


class UprightSegmenter(OnnxSegmenter):
    """Finds nothing but what is higher than wide, and counts its looks."""

    looks = 0

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        self.looks += 1
        found = super().find_probability(image, input_size)
        rows, columns = np.nonzero(found >= 0.5)
        if not rows.size:
            return found
        height, width = (
            np.ptp(rows) / found.shape[0] * image.shape[0],
            np.ptp(columns) / found.shape[1] * image.shape[1],
        )
        return found if height > width else np.zeros_like(found)


YELLOW = (240, 241, 20)  # a person to the second network alone
STANDING = draw((60, PERSON))
LYING = np.ascontiguousarray(np.rot90(STANDING))
LYING_FIGURE = LYING[..., 0] > LYING[..., 1]


@pytest.fixture
def first(write_model: Callable[..., Path]) -> UprightSegmenter:
    return UprightSegmenter(write_model(), threads=1)


@pytest.fixture
def second(tmp_path: Path) -> OnnxSegmenter:
    return OnnxSegmenter(write_classes(tmp_path / "classes.onnx"), threads=1)


def test_who_lies_is_found_where_the_second_network_sees_somebody(
    first: UprightSegmenter, second: OnnxSegmenter
) -> None:
    assert find_probability_fine(first, LYING).max() < 0.5
    found = find_people_alone(first, second, LYING) >= 0.5
    assert found.shape == LYING_FIGURE.shape
    assert np.mean(found == LYING_FIGURE) > 0.97
    assert find_people_alone(first, None, LYING).max() < 0.5


def test_who_stands_and_who_is_alone_seen_by_the_first_cost_no_further_look(
    first: UprightSegmenter, second: OnnxSegmenter
) -> None:
    violet = draw((90, (60, 20, 180)))  # nothing to the second network
    with_a_little = STANDING.copy()
    with_a_little[50:65, 110:150] = YELLOW
    for image in (STANDING, violet, np.ascontiguousarray(np.rot90(violet)), draw((90, YELLOW)), with_a_little):
        first.looks = 0
        found = find_probability_fine(first, image)
        looks = first.looks
        np.testing.assert_array_equal(find_people_alone(first, second, image), found)
        assert first.looks == 2 * looks


def test_a_frame_of_a_video_is_not_turned(first: UprightSegmenter, second: OnnxSegmenter) -> None:
    image = draw((30, PERSON))
    image[30:90, 70:170] = YELLOW
    looks = []
    for frames in (FrameMemory(), None):
        first.looks = 0
        found = find_people_alone(first, second, image, frames)
        looks.append(first.looks)
        assert found[60, 30] > 0.95
    assert looks[0] < looks[1]
    assert find_people_alone(first, second, LYING, FrameMemory()).max() < 0.5


def test_what_the_turned_photo_shows_elsewhere_is_not_taken(first: UprightSegmenter, second: OnnxSegmenter) -> None:
    image = LYING.copy()
    image[LYING_FIGURE] = YELLOW
    image[20:24, 10:110] = (120, 20, 200)  # somebody on the side, to the first one alone
    assert (second.find_labels(image)[LYING_FIGURE] == 15).mean() > 0.9
    assert find_people_alone(first, second, image).max() < 0.5
    assert first.looks > 4
