"""Changes by hand in the app's own library: found again by digest, wherever photo and portrait are, and bounded."""

import os
from pathlib import Path

import pytest
from PIL import Image

from portrait.core.matting.strokes import Stroke
from portrait.photo import edits_library
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import EditsFile
from portrait.photo.edits_library import EditsLibrary
from portrait.settings.kept_edits import EditsBesidePhotos, load_kept

DAB = Stroke("add", ((0.1, 0.1),), 0.05, 1.0)


@pytest.fixture
def library(tmp_path: Path) -> EditsLibrary:
    return EditsLibrary()


def make(folder: Path, name: str, shade: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(folder / name)
    return folder / name


def test_a_portrait_is_known_under_another_name_and_its_photo_found(tmp_path: Path, library: EditsLibrary) -> None:
    photo, portrait = make(tmp_path, "photo.png"), make(tmp_path, "portrait.png", 200)
    assert library.find(portrait) is None
    library.keep(portrait, EditsFile.in_place(photo, PhotoEdits((DAB,)), {"blur.f_number": 5.6}))
    moved = portrait.rename(tmp_path / "other.png")
    kept = library.find(moved)
    assert kept is not None
    assert kept.edits == PhotoEdits((DAB,))
    assert kept.find_photo(Path("/nowhere")) == photo
    assert load_kept(moved) == kept, "the command line reads it too"
    assert EditsBesidePhotos({}).find(photo) == next(library.folder.iterdir())
    moved.write_bytes(moved.read_bytes() + b"x")
    assert library.find(moved) is None, "it was changed"
    found = library.find_by_photo(kept.photo_sha256, 1)
    assert found == kept
    assert library.find_by_photo(kept.photo_sha256, 2) is None


def test_it_is_bounded_and_can_be_emptied(tmp_path: Path, library: EditsLibrary, monkeypatch) -> None:
    photo = make(tmp_path, "photo.png")
    monkeypatch.setattr(edits_library, "MOST_ENTRIES", 3)
    portraits = [make(tmp_path, f"{number}.png", number + 1) for number in range(5)]
    for age, portrait in enumerate(portraits):
        library.keep(portrait, EditsFile.in_place(photo, PhotoEdits((DAB,)), {}))
        for path in library.folder.iterdir():
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 1_000_000_000 * (age + 1)))
    assert library.count == 3
    assert [library.find(portrait) is not None for portrait in portraits] == [False, False, True, True, True]
    assert library.size_bytes > 0
    assert library.clear() == 3
    assert library.count == 0


def test_a_damaged_entry_is_passed_over(tmp_path: Path, library: EditsLibrary) -> None:
    photo, portrait = make(tmp_path, "photo.png"), make(tmp_path, "portrait.png", 200)
    library.keep(portrait, EditsFile.in_place(photo, PhotoEdits((DAB,)), {}))
    next(library.folder.iterdir()).write_text("{")
    assert library.find(portrait) is None
    assert library.find(tmp_path / "gone.png") is None
