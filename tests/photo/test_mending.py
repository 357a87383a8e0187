"""Changes by hand in a photo's matte: in the preview, in the file, with people, and taken back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.matting.strokes import PartEdit, Stroke
from portrait.core.render.look import Background, Look
from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo
from portrait.photo.edits import PhotoEdits
from portrait.photo.mending import edit_matte
from portrait.photo.options import FileOptions
from portrait.photo.outputs import Outputs
from portrait.photo.saving import Destination, save_portrait
from portrait.photo.session import FoundMatte, find_photo_matte, load_look, open_photo, render_preview
from tests.photo.two_people import BYSTANDER, MAIN, TwoPeopleSegmenter, draw_two_people

DOT = Stroke("add", ((0.85, 0.3),), 0.05, hardness=1.0)
ON_GREEN = Look(background=Background("color", color=(0, 177, 64)), grain="off")


@pytest.fixture
def engine() -> PortraitEngine:
    return PortraitEngine(TwoPeopleSegmenter())


@pytest.fixture
def found(engine: PortraitEngine, tmp_path: Path) -> FoundMatte:
    image = draw_two_people()
    Image.fromarray(image).save(tmp_path / "photo.png")
    return find_photo_matte(engine, open_photo(tmp_path / "photo.png", 1.0), "fast")


def test_a_stroke_is_seen_in_the_preview_and_saved(engine: PortraitEngine, found: FoundMatte, tmp_path: Path) -> None:
    mended = edit_matte(found, PhotoEdits((DOT,)))
    assert found.preview.matte[36, 136] == 0.0
    assert mended.preview.matte[36, 136] == 1.0
    preview = render_preview(engine, mended, ON_GREEN).image
    save_portrait(engine, mended, ON_GREEN, Destination(tmp_path / "out.png", Outputs()))
    np.testing.assert_array_equal(load_photo(tmp_path / "out.png").image, preview)
    np.testing.assert_array_equal(preview[36, 136], found.photo.image[36, 136])


def test_changes_are_taken_back_bit_for_bit(found: FoundMatte) -> None:
    drop = PartEdit("drop", (85 / 160, 70 / 120))
    two = edit_matte(edit_matte(found, PhotoEdits((DOT,))), PhotoEdits((DOT, drop)))
    assert not two.preview.matte[MAIN].any()
    one = edit_matte(two, PhotoEdits((DOT,)))
    np.testing.assert_array_equal(one.preview.matte, edit_matte(found, PhotoEdits((DOT,))).preview.matte)
    none = edit_matte(one, PhotoEdits())
    np.testing.assert_array_equal(none.preview.matte, found.preview.matte)
    assert none.matte is found.matte


def test_a_stroke_leaves_the_lens_as_it_is(found: FoundMatte) -> None:
    arm = edit_matte(found, PhotoEdits((Stroke("add", ((0.5, 0.15), (0.5, 0.02)), 0.05),)))
    assert load_look(FileOptions(), arm).blur == load_look(FileOptions(), found).blur
    drawn = edit_matte(found, PhotoEdits((Stroke("add", ((0.85, 0.2), (0.85, 0.9)), 0.1),), people=()))
    assert load_look(FileOptions(), drawn).blur.lens.focus_distance_m is not None, "who was drawn is focused"


def test_without_anybody_left_there_is_no_portrait(found: FoundMatte) -> None:
    assert not edit_matte(found, PhotoEdits((PartEdit("drop", (85 / 160, 70 / 120)),))).has_person
    assert not edit_matte(found, PhotoEdits(people=())).has_person


def test_people_are_chosen_by_hand_and_strokes_stay(engine: PortraitEngine, found: FoundMatte) -> None:
    assert [person.is_kept for person in found.people] == [True, False]
    both = edit_matte(found, PhotoEdits((DOT,), people=(1, 2)), found)
    assert all(person.is_kept for person in both.people)
    assert both.matte[BYSTANDER].mean() > 0.9
    assert both.matte[36, 136] == 1.0
    back = edit_matte(both, PhotoEdits((DOT,)), found)
    np.testing.assert_array_equal(back.matte, edit_matte(found, PhotoEdits((DOT,))).matte)


def test_a_number_that_nobody_has_is_without_effect(found: FoundMatte) -> None:
    chosen = edit_matte(found, PhotoEdits(people=(1, 7)), found)
    assert [person.is_kept for person in chosen.people] == [True, False]


def test_everybody_is_outlined_where_they_stand(found: FoundMatte) -> None:
    main, bystander = found.everybody.outlines((120, 160))
    for outline, (rows, columns) in ((main, MAIN), (bystander, BYSTANDER)):
        points = np.concatenate([np.asarray(contour) for contour in outline]) * (160, 120)
        assert points[:, 0].min() == pytest.approx(columns.start, abs=3)
        assert points[:, 1].max() == pytest.approx(rows.stop, abs=3)
