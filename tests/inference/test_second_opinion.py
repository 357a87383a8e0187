"""What is red is a person to the first network; to the second, what is red and blue is a dog."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from portrait.core.arrays import RgbImage
from portrait.core.matting.label_map import LabelMap
from portrait.core.model_spec import METADATA_KEY, ModelSpec
from portrait.engine import PortraitEngine
from portrait.inference.model_store import CLASSES_MODEL
from portrait.inference.passes import find_probability_fine
from portrait.inference.second_opinion import FrameMemory, find_people_alone, open_second_opinion
from portrait.inference.segmenter import OnnxSegmenter

WriteModel = Callable[..., Path]

CLASSES = ("background", "dog", "person")
PERSON, DOG = (240, 20, 20), (240, 20, 240)


class AskedSegmenter(OnnxSegmenter):
    """Counts how often it is asked."""

    asked = 0

    def find_labels(self, image: RgbImage) -> LabelMap:
        self.asked += 1
        return super().find_labels(image)


def write_classes(path: Path) -> Path:
    """Logits 0 for background, red + blue − 1.5 for the dog, and red − blue − 0.5 for the person, of levels 0 … 1."""
    weight = np.array([[0, 0, 0], [1, 0, 1], [1, 0, -1]], np.float32).reshape(3, 3, 1, 1)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight", "bias"], ["logits"])],
        "classes",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [
            helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel()),
            helper.make_tensor("bias", TensorProto.FLOAT, (3,), [0.0, -1.5, -0.5]),
        ],
    )
    spec = ModelSpec(
        "classes",
        *(32, 48),
        size_multiple=1,
        normalize_mean=(0.0,) * 3,
        normalize_std=(1.0,) * 3,
        class_names=CLASSES,
        person_class_index=2,
        output_kind="class_logits",
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
    onnx.save(model, path)
    return path


@pytest.fixture
def first(write_model: WriteModel) -> OnnxSegmenter:
    return OnnxSegmenter(write_model(), threads=1)


@pytest.fixture
def second(tmp_path: Path) -> AskedSegmenter:
    return AskedSegmenter(write_classes(tmp_path / f"{CLASSES_MODEL}.onnx"), threads=1)


def draw(*figures: tuple[int, tuple[int, int, int]]) -> RgbImage:
    """Upright ellipses at these columns, in these colours, on green."""
    image = np.full((120, 180, 3), (20, 200, 20), np.uint8)
    for x, color in figures:
        cv2.ellipse(image, (x, 60), (25, 45), 0, 0, 360, color, -1)
    return image


def test_fine_asks_what_it_found_and_fast_does_not(first: OnnxSegmenter, second: AskedSegmenter) -> None:
    image = draw((45, PERSON), (135, DOG))
    engine = PortraitEngine(first, second_opinion=second)
    fine, fast, alone = (
        made.find_matte(image, quality)
        for made, quality in ((engine, "fine"), (engine, "fast"), (PortraitEngine(first), "fine"))
    )
    assert second.asked == 1
    assert min(matte[60, 45] for matte in (fine, fast, alone)) > 0.95
    assert min(matte[60, 135] for matte in (fast, alone)) > 0.95
    assert fine[:, 95:].max() < 0.02


def test_where_nobody_is_found_it_is_asked_in_a_photo_alone(first: OnnxSegmenter, second: AskedSegmenter) -> None:
    image = draw()
    assert find_people_alone(first, second, image, FrameMemory()).max() < 0.5
    assert second.asked == 0
    assert find_people_alone(first, second, image).max() < 0.5
    assert second.asked == 1


def test_people_are_found_as_without_it(first: OnnxSegmenter, second: AskedSegmenter) -> None:
    image = draw((45, PERSON), (135, PERSON))
    np.testing.assert_array_equal(find_people_alone(first, second, image), find_probability_fine(first, image))


def test_it_is_there_for_people_where_it_is_installed(second: AskedSegmenter, tmp_path: Path) -> None:
    opened = open_second_opinion(tmp_path, 1, "cpu")
    assert opened is not None
    assert opened.spec == second.spec
    (tmp_path / f"{CLASSES_MODEL}.onnx").unlink()
    assert open_second_opinion(tmp_path, 1, "cpu") is None


def test_of_a_dog_a_small_part_is_enough(first: OnnxSegmenter, second: AskedSegmenter) -> None:
    image = draw((90, (200, 199, 240)))  # a large dog, of which a small part looks like a person
    cv2.circle(image, (90, 60), 10, DOG, -1)
    assert find_probability_fine(first, image)[60, 90] > 0.95
    assert find_people_alone(first, second, image).max() < 0.5


def test_on_frames_it_is_asked_once_until_somebody_comes_or_the_scene_is_cut(
    first: OnnxSegmenter, second: AskedSegmenter
) -> None:
    frames, asked = FrameMemory(), []
    elsewhere = draw((49, DOG))
    elsewhere[(elsewhere == (20, 200, 20)).all(axis=2)] = (20, 200, 220)
    shown = [draw(), draw((45, DOG)), draw((47, DOG)), draw((47, DOG), (135, PERSON)), draw((49, DOG)), elsewhere]
    found = []
    for image in shown:
        found.append(find_people_alone(first, second, image, frames))
        asked.append(second.asked)
    assert asked == [0, 1, 1, 2, 2, 3]
    assert max(one[:, :90].max() for one in found) < 0.5
    assert found[3][:, 90:].max() > 0.95


def test_what_is_carried_is_what_would_be_asked(first: OnnxSegmenter, second: AskedSegmenter) -> None:
    frames = FrameMemory()
    for step in range(6):
        image = draw((45 + step, DOG), (135 - step, PERSON))
        carried = find_people_alone(first, second, image, frames)
        np.testing.assert_array_equal(carried, find_people_alone(first, second, image))
    assert second.asked == 1 + 6
