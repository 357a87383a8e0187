"""What stays sharp in a live picture, and its change while it runs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.files.system.assets import asset_path
from portrait.inference.segmenter import OnnxSegmenter
from portrait.live import LiveProcessor
from portrait.live.subject import CLASSES_SIDE_PX, live_engine
from tests.photo.pets import DOG, PERSON, PetSegmenter

FRAME = np.random.default_rng(3).integers(0, 255, (120, 160, 3), dtype=np.uint8)


@pytest.mark.parametrize("size_multiple", [0, 8])
def test_another_subject_counts_from_the_next_frame_on(size_multiple: int) -> None:
    pets = PetSegmenter()
    pets.spec = replace(pets.spec, size_multiple=size_multiple)
    engine = PortraitEngine(pets)
    processor = LiveProcessor(engine, BlurOptions())
    people = processor.find_matte(FRAME).matte
    processor.engine = live_engine(engine, ("dog",))
    dog = processor.find_matte(FRAME).matte  # nothing has moved, and yet the earlier matte does not serve
    for matte, seen, unseen in ((people, PERSON, DOG), (dog, DOG, PERSON)):
        assert matte[seen].mean() > 0.9
        assert matte[unseen].mean() < 0.1


def test_the_network_of_classes_sees_frames_at_fewer_pixels(engine: PortraitEngine) -> None:
    found = live_engine(engine, ("dog",))
    spec = found.segmenter.spec
    assert (spec.input_height, spec.input_width, spec.input_fit) == (CLASSES_SIDE_PX, CLASSES_SIDE_PX, "squash")
    assert found.can_see_regions("fast"), "as the network for people: no more of a frame than is needed"
    assert live_engine(engine, ()) is engine
    both = live_engine(engine, ("person", "dog")).find_matte(np.zeros((90, 160, 3), np.uint8) + 90)
    assert both.shape == (90, 160)


def test_so_does_one_that_the_user_named() -> None:
    network = OnnxSegmenter(asset_path("models", "portrait-classes.onnx"), threads=1)
    engine: Any = live_engine(PortraitEngine(network), ())
    assert engine.segmenter.spec.input_height == CLASSES_SIDE_PX
    assert network.spec.input_height == 513
