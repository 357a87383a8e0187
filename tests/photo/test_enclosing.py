"""The original inside its portrait, on request: the portrait alone can be changed further; unasked nothing is there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.matting.strokes import Stroke
from portrait.core.people.people_choice import PeopleChoice
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.formats import SaveOptions
from portrait.files.image_io import load_photo
from portrait.files.metadata.items_behind import read_items_behind
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import EditsFile, digest
from portrait.photo.enclosing import enclosed_in, forget_taken_out, is_taken_out, take_out, taken_out_bytes
from portrait.photo.made_files import STATE_DIR_VARIABLE
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.reopening import reopen
from portrait.settings.kept_edits import load_kept
from tests.ultra_hdr import ultra_hdr

DAB = Stroke("add", ((0.1, 0.1),), 0.05, 1.0)
PLAIN = FileOptions(quality="fast", blur=BlurOptions(f_number=1.4), people=PeopleChoice("all"))
ASKED = replace(PLAIN, edits=PhotoEdits((DAB,)), embed_original=True)


@pytest.fixture
def photo(tmp_path: Path, portrait_scene: Callable[..., tuple]) -> Path:
    path = tmp_path / "anna.jpg"
    Image.fromarray(portrait_scene(96, 128)[0]).save(path, quality=95)
    return path


@pytest.fixture
def on_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """Moves a file to where nothing else is, and forgets what the app has recorded."""

    def move(path: Path) -> Path:
        monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "elsewhere" / "state"))
        (tmp_path / "elsewhere").mkdir()
        return path.rename(tmp_path / "elsewhere" / "renamed.jpg")

    return move


def test_a_portrait_alone_is_opened_changeable(engine: PortraitEngine, photo: Path, on_another_machine) -> None:
    target, content = photo.with_name("out.jpg"), photo.read_bytes()
    report = make_portrait_file(engine, photo, target, ASKED)
    assert report.warnings == ()
    photo.unlink()
    portrait = on_another_machine(target)
    opened = reopen(portrait, 200.0)
    assert opened.is_found
    assert opened.photo.path is not None
    assert opened.photo.path.name == "anna.jpg"
    assert opened.photo.path.read_bytes() == content
    assert opened.photo.warnings == ()
    assert opened.kept is not None
    assert opened.kept.edits == PhotoEdits((DAB,))
    assert opened.kept.look["blur.f_number"] == "1.4"
    assert is_taken_out(opened.photo.path)
    assert load_kept(portrait).edits == opened.kept.edits, "the command line reads it too"
    assert reopen(portrait, 200.0).photo.path == opened.photo.path
    forget_taken_out([opened.photo.path])
    assert taken_out_bytes() == len(content)
    forget_taken_out()
    assert taken_out_bytes() == 0


def test_nothing_is_inside_unless_it_was_asked_for(engine: PortraitEngine, photo: Path) -> None:
    target = photo.with_name("out.jpg")
    make_portrait_file(engine, photo, target, replace(ASKED, embed_original=False))
    assert enclosed_in(target) is None
    assert photo.read_bytes()[600:] not in target.read_bytes()
    make_portrait_file(engine, photo, photo.with_name("asked.jpg"), ASKED)
    assert photo.read_bytes() in photo.with_name("asked.jpg").read_bytes()


def test_what_is_inside_names_no_folder(engine: PortraitEngine, photo: Path) -> None:
    background = photo.with_name("secret-wall.png")
    Image.new("RGB", (8, 8)).save(background)
    depth = photo.with_name("depth.png")
    Image.fromarray(np.tile(np.arange(128, dtype=np.uint8), (96, 1))).save(depth)
    target = photo.with_name("out.jpg")
    options = replace(ASKED, background=BackgroundChoice("image", str(background)))
    make_portrait_file(engine, photo, target, replace(options, depth_path=depth))
    content = target.read_bytes()
    assert str(photo.parent).encode() not in content
    assert b"secret-wall" not in content
    inside = enclosed_in(target)
    assert inside is not None
    assert inside.depth == depth.read_bytes()
    assert take_out(inside).with_name("depth.png").read_bytes() == depth.read_bytes()


@pytest.mark.parametrize(
    ("suffix", "save", "message"),
    [
        (".png", SaveOptions(), "JPEG"),
        (".jpg", SaveOptions(private="strip"), "private"),
        (".png", SaveOptions(content="matte"), "JPEG"),
    ],
)
def test_where_it_cannot_be_or_should_not_it_is_refused_early(
    engine: PortraitEngine, photo: Path, suffix: str, save: SaveOptions, message: str
) -> None:
    target = photo.with_name(f"out{suffix}")
    with pytest.raises(PortraitError, match=message):
        make_portrait_file(engine, photo, target, replace(ASKED, save=save))
    assert not target.exists()


def test_a_damaged_original_is_none(engine: PortraitEngine, photo: Path) -> None:
    target = photo.with_name("out.jpg")
    make_portrait_file(engine, photo, target, ASKED)
    whole = target.read_bytes()
    at = whole.index(photo.read_bytes()) + 700
    target.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert enclosed_in(target) is None
    target.write_bytes(whole[:-100])
    assert enclosed_in(target) is None
    assert enclosed_in(photo) is None
    assert enclosed_in(photo.with_name("gone.jpg")) is None


def test_a_portrait_of_such_a_portrait_holds_nothing_and_says_so(engine: PortraitEngine, photo: Path) -> None:
    first, second = photo.with_name("first.jpg"), photo.with_name("second.jpg")
    make_portrait_file(engine, photo, first, ASKED)
    report = make_portrait_file(engine, first, second, PLAIN)
    assert report.warnings == ("the original photo that the file holds was not used",)
    assert read_items_behind(second, ("original",)) == {}
    assert b"Container:" not in second.read_bytes()


def test_a_gain_map_and_the_original_stand_behind_one_image(
    engine: PortraitEngine, tmp_path: Path, portrait_scene: Callable[..., tuple]
) -> None:
    image, path = portrait_scene(96, 128)[0], tmp_path / "hdr.jpg"
    path.write_bytes(ultra_hdr(image, np.full((48, 64), 90, np.uint8)))
    target = tmp_path / "out.jpg"
    make_portrait_file(engine, path, target, ASKED)
    assert load_photo(target).metadata.gain_map is not None
    inside = enclosed_in(target)
    assert inside is not None
    assert inside.original == path.read_bytes()


def test_a_photo_inside_another_portrait_is_taken_for_the_missing_one(engine: PortraitEngine, photo: Path) -> None:
    holder, plain = photo.with_name("holder.jpg"), photo.with_name("plain.jpg")
    make_portrait_file(engine, photo, holder, ASKED)
    make_portrait_file(engine, photo, plain, PLAIN)
    sha256 = digest(photo)
    photo.unlink()
    assert not reopen(plain, 200.0).is_found
    opened = reopen(plain, 200.0, holder)
    assert opened.photo.path is not None
    assert digest(opened.photo.path) == sha256


def test_a_hostile_name_stays_in_its_folder(engine: PortraitEngine, photo: Path, monkeypatch) -> None:
    real = EditsFile.to_bytes
    for number, name in enumerate(("..", "../../evil.jpg", "a\\b.jpg", "")):
        monkeypatch.setattr(EditsFile, "to_bytes", lambda kept, name=name: real(replace(kept, photo_name=name)))
        target = photo.with_name(f"{number}.jpg")
        make_portrait_file(engine, photo, target, ASKED)
        assert enclosed_in(target) is None, name
