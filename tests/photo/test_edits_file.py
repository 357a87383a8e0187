"""Changes by hand are kept beside a portrait and read again, whatever lies there."""

import json
from pathlib import Path

import pytest

from portrait.core.matting.strokes import PartEdit, Stroke
from portrait.errors import ImageFileError
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import EditsFile, edits_path, load_edits_beside

EDITS = PhotoEdits(
    (
        Stroke("add", ((0.1, 0.2), (1 / 3, -0.05)), 0.0123, 0.4, (0.5, 1.0)),
        PartEdit("drop", (0.5, 0.25)),
        Stroke("remove", ((0.7, 0.7),), 0.2),
    ),
    (1, 3),
)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "anna.jpg"
    path.write_bytes(b"a photo")
    return path


def keep(photo: Path, edits: PhotoEdits = EDITS) -> Path:
    portrait = photo.with_name("anna-portrait.jpg")
    edits_path(portrait).write_bytes(EditsFile.of(photo, portrait.parent, edits, {"blur.f_number": 4.0}).to_bytes())
    return portrait


@pytest.mark.parametrize("edits", [EDITS, PhotoEdits(), PhotoEdits(people=())])
def test_what_is_kept_comes_back_exactly(photo: Path, edits: PhotoEdits) -> None:
    kept = load_edits_beside(keep(photo, edits))
    assert kept is not None
    assert kept.edits == edits
    assert kept.look == {"blur.f_number": 4.0}
    assert kept.find_photo(photo.parent) == photo
    assert load_edits_beside(edits_path(keep(photo))) is not None, "the file itself may be opened"


def test_a_photo_that_was_changed_or_moved_is_not_taken_for_it(photo: Path) -> None:
    kept = load_edits_beside(keep(photo))
    assert kept is not None
    photo.write_bytes(b"another photo")
    assert kept.find_photo(photo.parent) is None
    photo.unlink()
    assert kept.find_photo(photo.parent) is None


def test_the_photo_is_found_in_its_own_folder_or_beside_the_portrait(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "portraits"
    folder.mkdir()
    kept = EditsFile.of(photo, folder, EDITS, {})
    assert kept.photo_folder == ".."
    assert kept.find_photo(folder) == photo
    moved = photo.rename(folder / photo.name)
    assert kept.find_photo(folder) == moved


def test_a_device_is_never_read(photo: Path) -> None:
    assert EditsFile("zero", "/dev", "00", EDITS).find_photo(photo.parent) is None


def test_without_a_file_there_are_no_changes(photo: Path) -> None:
    assert load_edits_beside(photo) is None


def broken(**changes: object) -> bytes:
    photo = {"name": "anna.jpg", "folder": ".", "sha256": "00"}
    whole = {"kind": "portrait edits", "version": 1, "photo": photo, "look": {}, "people": None, "mask": []}
    return json.dumps({**whole, **changes}).encode()


STROKE = {"kind": "add", "points": [[0.1, 0.1]], "radius_fraction": 0.1, "hardness": 0.2, "pressures": []}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        broken(version=2),
        broken(look=3),
        broken(people=["x"]),
        broken(people=[1e999]),
        broken(mask=[3]),
        broken(mask=[{**STROKE, "kind": "erase"}]),
        broken(mask=[{**STROKE, "points": [[float("nan"), 0.1]]}]),
        broken(mask=[{**STROKE, "points": []}]),
        broken(mask=[{**STROKE, "radius_fraction": 1e9}]),
        broken(mask=[{"kind": "drop", "point": [float("inf"), 0]}]),
        broken(mask=[{"kind": "drop", "point": [0]}]),
        broken(photo={"name": "../secret.jpg", "folder": ".", "sha256": "00"}),
        broken(photo={"name": "a\\b.jpg", "folder": ".", "sha256": "00"}),
        broken(photo={}),
    ],
)
def test_a_damaged_file_is_refused_with_a_hint(photo: Path, content: bytes) -> None:
    path = edits_path(photo)
    path.write_bytes(content)
    with pytest.raises(ImageFileError, match=r"anna\.jpg\.edits\.json") as caught:
        load_edits_beside(photo)
    assert caught.value.hint
