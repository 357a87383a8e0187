"""The two passes of ``fine`` on a network that sees red people, and how often it is run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import Mask, RgbImage
from portrait.core.matting.person_regions import RegionOptions
from portrait.core.metrics.matte_metrics import count_confusion
from portrait.inference.passes import find_probability_fine
from portrait.inference.segmenter import OnnxSegmenter

WriteModel = Callable[..., Path]


class CountedSegmenter(OnnxSegmenter):
    """Remembers the inputs that it was run on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, threads=1)
        self.inputs: list[tuple[int, int] | None] = []

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        self.inputs.append(input_size)
        return super().find_probability(image, input_size)


@pytest.fixture
def segmenter(write_model: WriteModel) -> CountedSegmenter:
    return CountedSegmenter(write_model())


def draw_people(shape: tuple[int, int], *people: tuple[int, int, int, int]) -> tuple[RgbImage, Mask]:
    """Red ellipses (centre x, centre y, half axes) on green, and where they are."""
    truth = np.zeros(shape, np.uint8)
    for x, y, half_width, half_height in people:
        cv2.ellipse(truth, (x, y), (half_width, half_height), 0, 0, 360, 1, -1)
    is_person = truth.astype(np.bool_)
    image = np.where(is_person[..., None], np.uint8((255, 0, 0)), np.uint8((0, 255, 0)))
    return np.ascontiguousarray(image), is_person


def iou(probability: NDArray[np.float32], truth: Mask) -> float:
    found = cv2.resize(probability, truth.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 0.5
    return count_confusion(found, truth).person_iou


def test_a_small_person_is_seen_better_than_in_one_pass(segmenter: CountedSegmenter) -> None:
    image, truth = draw_people((480, 640), (150, 300, 14, 50))
    once, twice = segmenter.find_probability(image), find_probability_fine(segmenter, image)
    assert iou(twice, truth) > 0.9 > iou(once, truth) + 0.1


def test_every_person_is_found(segmenter: CountedSegmenter) -> None:
    image, truth = draw_people((480, 640), (60, 100, 20, 60), (320, 240, 30, 90), (580, 380, 15, 50))
    assert iou(find_probability_fine(segmenter, image), truth) > 0.9
    assert segmenter.inputs[:4] == [(32, 48)] * 2 + [(48, 72)] * 2
    assert len(segmenter.inputs) == 4 + 2 * RegionOptions().most


def test_the_closer_look_keeps_the_aspect_ratio(segmenter: CountedSegmenter) -> None:
    image, _ = draw_people((480, 640), (300, 240, 20, 120))
    find_probability_fine(segmenter, image)
    region = segmenter.inputs[-1]
    assert region is not None
    assert region[0] > 1.5 * region[1]


@pytest.mark.parametrize(
    ("shape", "person"),
    [((480, 640), (320, 240, 300, 220)), ((30, 40), (10, 15, 4, 8))],
    ids=["fills the picture", "no more detail"],
)
def test_no_closer_look_without_gain(
    segmenter: CountedSegmenter, shape: tuple[int, int], person: tuple[int, int, int, int]
) -> None:
    find_probability_fine(segmenter, draw_people(shape, person)[0])
    assert len(segmenter.inputs) == 2


def test_a_picture_without_people_is_scanned_once(segmenter: CountedSegmenter) -> None:
    found = find_probability_fine(segmenter, draw_people((480, 640))[0])
    assert found.max() < 0.01
    assert segmenter.inputs == [(32, 48)] * 2 + [(48, 72)] * 2


def test_the_mirror_image_gives_the_mirrored_answer(segmenter: CountedSegmenter) -> None:
    image, _ = draw_people((300, 420), (101, 140, 20, 70), (333, 160, 25, 60))
    found = find_probability_fine(segmenter, image)
    mirrored = find_probability_fine(segmenter, np.ascontiguousarray(image[:, ::-1]))
    np.testing.assert_allclose(found, mirrored[:, ::-1], atol=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 3), (33, 47), (1700, 900)])
def test_every_picture_has_an_answer_in_range(segmenter: CountedSegmenter, shape: tuple[int, int]) -> None:
    image, _ = draw_people(shape, (shape[1] // 2, shape[0] // 2, shape[1] // 8, shape[0] // 8))
    found = find_probability_fine(segmenter, image)
    assert found.dtype == np.float32
    assert 0.0 <= found.min() <= found.max() <= 1.0


def test_a_large_picture_is_put_together_in_its_aspect_ratio(segmenter: CountedSegmenter) -> None:
    image, _ = draw_people((3100, 1600), (800, 1500, 90, 300))
    assert find_probability_fine(segmenter, image).shape == (1536, 793)


@pytest.mark.parametrize("fit", ["squash", "letterbox"])
def test_a_network_of_one_size_is_used_as_it_is(write_model: WriteModel, fit: str) -> None:
    spec = replace(OnnxSegmenter(write_model()).spec, size_multiple=0, input_fit=fit)
    segmenter = CountedSegmenter(write_model("fixed", spec))
    image, truth = draw_people((480, 640), (150, 300, 14, 50))
    assert iou(find_probability_fine(segmenter, image), truth) > 0.85
    assert segmenter.inputs == [(32, 48)] * 4
