"""Photos with bystanders: who stays sharp, in the file and in the report."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.people.people_choice import PeopleChoice
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.matte_io import load_matte
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from tests.photo.two_people import BYSTANDER, MAIN, TwoPeopleSegmenter, draw_two_people


@pytest.fixture
def engine() -> PortraitEngine:
    return PortraitEngine(TwoPeopleSegmenter())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Both people are of one colour each, before noise."""
    image = draw_two_people()
    path = tmp_path / "photo.png"
    Image.fromarray(image).save(path)
    return path


@pytest.mark.parametrize(
    ("choice", "kept"), [("main", (True, False)), ("all", (True, True)), ("2", (False, True)), ("1,2", (True, True))]
)
def test_who_is_chosen_stays_sharp_and_is_reported(
    engine: PortraitEngine, photo: Path, tmp_path: Path, choice: str, kept: tuple[bool, bool]
) -> None:
    matte_path = tmp_path / "matte.png"
    blur, people_choice = BlurOptions(f_number=1.4), PeopleChoice.parse(choice)
    options = FileOptions(quality="fast", blur=blur, people=people_choice, save_matte_path=matte_path)
    report = make_portrait_file(engine, photo, tmp_path / "out.png", options)
    matte = load_matte(matte_path, (120, 160))
    assert (matte[MAIN].mean() > 0.9, matte[BYSTANDER].mean() > 0.9) == kept
    people = json.loads(json.dumps(report.to_json_dict()))["people"]
    assert tuple(person["kept"] for person in people) == kept
    assert people[0]["box"] == pytest.approx({"left": 60, "top": 20, "width": 50, "height": 98}, abs=4)
    assert people[1]["area"] == pytest.approx(40 * 16 / (120 * 160), rel=0.3)


def test_a_number_that_nobody_has_is_told(engine: PortraitEngine, photo: Path, tmp_path: Path) -> None:
    options = FileOptions(quality="fast", people=PeopleChoice.parse("3"))
    with pytest.raises(PortraitError, match=r"photo\.png: there is no person 3: they are numbered from 1 to 2"):
        make_portrait_file(engine, photo, tmp_path / "out.png", options)
    assert not (tmp_path / "out.png").exists()


def test_a_given_matte_is_taken_as_it_is(engine: PortraitEngine, photo: Path, tmp_path: Path) -> None:
    mask = np.zeros((120, 160), np.uint8)
    mask[MAIN] = mask[BYSTANDER] = 255
    Image.fromarray(mask).save(tmp_path / "matte.png")
    options = FileOptions(matte_path=tmp_path / "matte.png")
    report = make_portrait_file(engine, photo, tmp_path / "out.png", options)
    assert report.people == ()
    assert not any("people" in warning for warning in report.warnings)
    told = replace(options, people=PeopleChoice("all"))
    assert "choice of people" in make_portrait_file(engine, photo, tmp_path / "b.png", told).warnings[0]
    assert report.person_fraction == pytest.approx(float(mask.mean()) / 255, rel=1e-3)


def test_who_cannot_be_seen_is_nobody(engine: PortraitEngine, photo: Path, tmp_path: Path) -> None:
    opacity = np.full((120, 160), 255, np.uint8)
    opacity[:, 50:] = 0
    image = np.asarray(Image.open(photo))
    Image.fromarray(np.dstack([image, opacity])).save(tmp_path / "clear.png")
    report = make_portrait_file(engine, tmp_path / "clear.png", tmp_path / "out.png", FileOptions(quality="fast"))
    (person,) = report.people
    assert person.box.right <= 50
    assert person.is_kept
