"""Where the network of fast finds nobody in a photo, fine looks again; in a frame of a video nobody looks twice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.matting.subject import has_person
from portrait.inference.matte_finder import MatteFinder
from portrait.inference.second_opinion import FrameMemory
from portrait.inference.segmenter import OnnxSegmenter
from tests.inference.test_second_opinion import PERSON, draw, write_classes

RED, DARK = draw((90, PERSON)), draw((90, (110, 10, 10)))


class CountedSegmenter(OnnxSegmenter):
    """Sees what is red, and not what is dark if it is weak of sight; counts its looks."""

    looks = 0
    is_weak = False

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        self.looks += 1
        found = super().find_probability(image, input_size)
        return np.zeros_like(found) if self.is_weak and image.max(axis=(0, 1))[0] < 200 else found


@pytest.fixture
def weak(write_model: Callable[..., Path]) -> CountedSegmenter:
    segmenter = CountedSegmenter(write_model("weak"), threads=1)
    segmenter.is_weak = True
    return segmenter


@pytest.fixture
def strong(write_model: Callable[..., Path]) -> CountedSegmenter:
    return CountedSegmenter(write_model("strong"), threads=1)


def test_whom_fast_misses_fine_finds_for_it(weak: CountedSegmenter, strong: CountedSegmenter) -> None:
    finder = MatteFinder({"fast": weak, "fine": strong})
    found = finder.find_matte(DARK, "fast")
    assert has_person(found)
    np.testing.assert_array_equal(found, finder.find_matte(DARK, "fine"))


def test_who_is_found_at_the_second_look_must_be_confirmed(
    weak: CountedSegmenter, strong: CountedSegmenter, tmp_path: Path
) -> None:
    second = OnnxSegmenter(write_classes(tmp_path / "classes.onnx"), threads=1)
    finder = MatteFinder({"fast": weak, "fine": strong}, second)
    red, violet = (90, (190, 10, 10)), (90, (60, 20, 180))
    assert has_person(finder.find_matte(draw(red), "fast"))
    assert has_person(finder.find_matte(draw(violet), "fine"))
    assert not has_person(finder.find_matte(draw(violet), "fast"))


def test_whom_fast_finds_it_finds_at_one_look(weak: CountedSegmenter, strong: CountedSegmenter) -> None:
    assert has_person(MatteFinder({"fast": weak, "fine": strong}).find_matte(RED, "fast"))
    assert (weak.looks, strong.looks) == (1, 0)


@pytest.mark.parametrize("image", [draw(), np.zeros((120, 180, 3), np.uint8)], ids=["nobody", "black"])
def test_where_nobody_is_both_say_so(image: RgbImage, weak: CountedSegmenter, strong: CountedSegmenter) -> None:
    finder = MatteFinder({"fast": weak, "fine": strong})
    assert not has_person(finder.find_matte(image, "fast"))
    assert not has_person(finder.find_matte(image, "fine"))


def test_a_frame_of_a_video_is_looked_at_once(weak: CountedSegmenter, strong: CountedSegmenter) -> None:
    assert not has_person(MatteFinder({"fast": weak, "fine": strong}).find_matte(DARK, "fast", FrameMemory()))
    assert (weak.looks, strong.looks) == (1, 0)
