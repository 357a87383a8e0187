"""The X-ray: people in colours, the undecided band, classes where the network has several."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait.core.model_spec import ModelSpec
from portrait.engine import PortraitEngine
from portrait.files.image_io import Photo, PhotoMetadata
from portrait.photo.found_matte import FoundMatte, OpenedPhoto
from portrait.photo.session import find_photo_matte
from portrait.photo.xray import BAND_COLOR, PERSON_COLORS, make_xray
from tests.photo.two_people import BYSTANDER, MAIN, TwoPeopleSegmenter, draw_two_people


def find(engine: PortraitEngine) -> FoundMatte:
    return find_photo_matte(engine, OpenedPhoto.of(Photo(draw_two_people(), PhotoMetadata())), "fast")


@pytest.fixture
def engine() -> PortraitEngine:
    return PortraitEngine(TwoPeopleSegmenter())


def test_people_and_band_are_told_by_colours(engine: PortraitEngine) -> None:
    crisp = find(engine)
    soft = FoundMatte.of(engine, crisp.photo, "fast", cv2.GaussianBlur(crisp.mended.base, (0, 0), 2.0))
    found = replace(soft, people=crisp.people, everybody=crisp.everybody)
    xray = make_xray(engine, found)
    assert xray.image.shape == (120, 160, 4)
    assert tuple(xray.image[60, 85, :3]) == PERSON_COLORS[0]
    assert tuple(xray.image[60, 18, :3]) == PERSON_COLORS[1]
    assert xray.image[100, 140, 3] == 0, "nothing is said of the background"
    assert xray.image[60, 85, 3] > xray.image[60, 18, 3], "who is blurred is fainter"
    assert [text for _, text in xray.legend] == [
        "Person 1: kept",
        "Person 2: blurred",
        "Undecided: solved by the colours",
    ]
    undecided = (xray.image[..., :3] == BAND_COLOR).all(axis=2)
    matte = found.preview.base
    assert undecided[(matte > 0.1) & (matte < 0.9)].all()
    assert not undecided[MAIN][20:-20, 15:-15].any()
    assert not undecided[BYSTANDER][10:-10, 6:-6].any()


class ClassSegmenter(TwoPeopleSegmenter):
    """Knows three classes; a cat lies at the right."""

    spec = ModelSpec(
        name="classes",
        input_height=120,
        input_width=160,
        size_multiple=8,
        output_kind="class_logits",
        class_names=("background", "person", "cat"),
        person_class_index=1,
    )

    def find_labels(self, image: np.ndarray) -> np.ndarray:
        labels = np.zeros(image.shape[:2], np.uint8)
        labels[90:110, 125:155] = 8
        return labels


def test_classes_are_named_where_the_network_has_several(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PortraitEngine(ClassSegmenter())
    monkeypatch.setattr(PortraitEngine, "find_labels", lambda self, image, quality: ClassSegmenter().find_labels(image))
    found = find(engine)
    xray = make_xray(engine, replace(found, everybody=None))
    names = [text for _, text in xray.legend]
    assert names[:2] == ["cat", "Kept sharp"]
    color = next(color for color, text in xray.legend if text == "cat")
    assert tuple(xray.image[100, 140, :3]) == color
