"""What a photo shows, and portraits of things."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.matting.label_map import VOC_CLASSES
from portrait.engine import PortraitEngine, open_engine
from portrait.errors import ModelError
from portrait.photo import things
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.things import class_network, class_text, engine_for, find_things
from portrait.settings import Settings, file_options, look_keys, replace_settings
from portrait.settings.subject import split_subject, toggle_subject
from tests.photo.pets import DOG, PERSON, PetSegmenter


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 255, (120, 160, 3), dtype=np.uint8)


def test_classes_are_told_by_area_and_tiny_ones_left_out(image: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PortraitEngine(PetSegmenter())
    found = find_things(engine, image)
    assert [thing.name for thing in found] == ["person", "dog"]
    assert found[1].share == pytest.approx(58 * 50 / (120 * 160))
    monkeypatch.setattr(things, "LEAST_SHARE", 0.2)
    assert [thing.name for thing in find_things(engine, image)] == ["person"]


def test_an_engine_for_a_subject_finds_it(image: np.ndarray) -> None:
    engine = PortraitEngine(PetSegmenter())
    assert engine_for(engine, ()) is engine
    matte = engine_for(engine, ("dog",)).find_matte(image)
    assert matte[DOG].mean() > 0.9
    assert matte[PERSON].mean() < 0.1
    assert engine.find_matte(image)[PERSON].mean() > 0.9, "the first engine is as it was"


def test_people_beside_things_are_found_by_the_network_for_people(
    ellipse_segmenter: object, image: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(things, "_open_bundled", PetSegmenter)
    engine = PortraitEngine(ellipse_segmenter)
    assert engine_for(engine, ("person",)) is engine
    alone, dog, both = (engine_for(engine, subject).find_matte(image) for subject in ((), ("dog",), ("person", "dog")))
    assert both[DOG].mean() > 0.9
    assert both[alone > 0.5].mean() > 0.9
    assert both[20:40, 20:30].max() < 0.1, "where only the network of classes sees the person"
    assert dog[60, 80] < 0.1 < 0.9 < alone[60, 80]


def test_a_network_of_people_is_replaced_by_the_bundled_one(engine: PortraitEngine) -> None:
    network = class_network(engine)
    assert network.spec.name == "portrait-classes"
    assert network.with_subject(["cat"]).spec.subject_classes == ("cat",)
    with pytest.raises(ModelError, match="unicorn"):
        network.with_subject(["unicorn"])
    assert class_network(engine) is network


def test_a_file_is_made_of_the_subject_of_its_settings(image: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(image).save(tmp_path / "a.png")
    settings = replace_settings(Settings(), {"subject": "dog", "quality": "fast"})
    options = file_options(settings)
    assert (options.subject, options.people.group) == (("dog",), "all")
    engine = PortraitEngine(PetSegmenter())
    mattes = []
    for chosen in (options, FileOptions(quality="fast")):
        path = tmp_path / f"matte{len(mattes)}.png"
        make_portrait_file(engine, tmp_path / "a.png", tmp_path / "b.png", replace(chosen, save_matte_path=path))
        mattes.append(np.asarray(Image.open(path)) / 65535.0)
        (tmp_path / "b.png").unlink()
    assert mattes[0][DOG].mean() > 0.9 > mattes[1][DOG].mean()


def test_a_subject_is_part_of_the_look_and_toggled_by_class() -> None:
    assert "subject" in look_keys()
    assert split_subject(" person, dog,") == ("person", "dog")
    order = ["person", "dog", "cat"]
    assert toggle_subject("", "dog", order) == "person,dog"
    assert toggle_subject("person,dog", "person", order) == "dog"
    assert toggle_subject("person,dog", "dog", order) == "", "people by the networks for people"
    assert toggle_subject("dog", "dog", order) == ""
    assert toggle_subject("cat", "dog", order) == "dog,cat"


def test_every_class_has_a_text_in_the_language_of_the_user() -> None:
    assert [class_text(name) for name in VOC_CLASSES[1:]] == list(VOC_CLASSES[1:])
    assert class_text("gnu") == "gnu"


@pytest.mark.parametrize("subject", [(), ("person",), ("dog",), ("person", "dog")])
def test_an_engine_opened_for_a_subject_and_one_turned_to_it_have_the_same_networks(subject: tuple[str, ...]) -> None:
    opened, turned = open_engine(threads=1, subject=subject), engine_for(open_engine(threads=1), subject)
    for quality in ("fast", "fine"):
        ours, theirs = opened.segmenter_of(quality), turned.segmenter_of(quality)
        assert type(ours) is type(theirs)
        assert ours.spec.name == theirs.spec.name
