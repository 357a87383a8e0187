"""A portrait that is opened again restores the session: look, changes by hand, depth; a moved photo is asked for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton

from portrait import app
from portrait.core.matting.strokes import Stroke
from portrait.engine import PortraitEngine
from portrait.files.system.assets import asset_path
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import edits_path

CORNER = (0.08, 0.12)
DAB = Stroke("add", (CORNER,), 0.05, 1.0)


def rest(under_test) -> None:
    service = under_test.shell.bridge.photo
    under_test.wait(lambda: not service.stages and not under_test.window.photo_page.view.wanted_tiles())


def save(under_test, target: Path) -> bytes:
    page = under_test.window.photo_page
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done" and target.name in page.save_banner.text)
    return target.read_bytes()


@pytest.fixture
def editing(under_test, photo_path: Path):
    under_test.open_photos(photo_path)
    rest(under_test)
    return under_test.window.photo_page.editing


def matte_at(under_test, share: tuple[float, float]) -> float:
    matte = under_test.shell.bridge.photo.found.matte
    return float(matte[round(share[1] * matte.shape[0]), round(share[0] * matte.shape[1])])


def test_a_portrait_is_opened_again_as_it_was_left(under_test, editing, photo_path: Path) -> None:
    page, model = under_test.window.photo_page, under_test.shell.model
    editing.history.push(PhotoEdits((DAB,)), "dab")
    model.set_value("blur.f_number", 5.6)
    rest(under_test)
    target = photo_path.with_name("out.png")
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done")
    first = target.read_bytes()
    # Another photo with another look, and without the steps of this session.
    model.set_value("blur.f_number", 2.0)
    editing.history.open(photo_path)
    editing.history.push(PhotoEdits(), "nothing")
    under_test.open_photos(target)
    rest(under_test)
    assert page.header.title == photo_path.name
    assert "out.png" in page.banner.text
    assert matte_at(under_test, CORNER) == 1.0
    assert model.settings.blur.f_number == 5.6
    page.save_to(photo_path.with_name("again.png"))
    under_test.wait(lambda: page.save_banner.kind == "done" and "again" in page.save_banner.text)
    assert photo_path.with_name("again.png").read_bytes() == first


def test_changes_are_kept_only_where_there_are_some_and_they_are_wanted(under_test, editing, photo_path: Path) -> None:
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    beside = edits_path(target)

    def save() -> bool:
        page.save_to(target)
        under_test.wait(lambda: page.save_banner.kind == "done" and not page.is_busy)
        return beside.exists()

    editing.history.push(PhotoEdits((DAB,)), "dab")
    assert save()
    editing.history.undo()
    assert not save(), "the changes of an earlier portrait stay"
    editing.history.redo()
    under_test.shell.model.set_value("edits", "off")
    assert not save()
    under_test.shell.model.set_value("edits", "on")
    beside.write_text("somebody else's")
    save()
    assert beside.read_text() == "somebody else's"
    assert "not kept" in page.save_banner.text


def test_a_portrait_without_its_photo_is_opened_as_it_is(under_test, editing, photo_path: Path) -> None:
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    editing.history.push(PhotoEdits((DAB,)), "dab")
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done")
    photo_path.unlink()
    under_test.open_photos(target)
    assert page.header.title == "out.png"
    assert "anna.png" in page.banner.text
    under_test.wait(lambda: "anna.png" in page.banner.text)
    assert "not found" in page.banner.text


def test_a_moved_photo_is_asked_for(under_test, editing, photo_path: Path, tmp_path: Path, monkeypatch) -> None:
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    editing.history.push(PhotoEdits((DAB,)), "dab")
    rest(under_test)
    first = save(under_test, target)
    moved = photo_path.rename(tmp_path / "elsewhere.png")
    under_test.open_photos(target)
    under_test.wait(lambda: "not found" in page.banner.text)
    answers = [target, moved]
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_picture", lambda *_: answers.pop(0))
    page.banner.findChild(QPushButton).click()
    under_test.wait(lambda: page.banner.kind == "error")
    assert "is not the photo" in page.banner.text
    under_test.open_photos(target)
    under_test.wait(lambda: "not found" in page.banner.text)
    page.banner.findChild(QPushButton).click()
    under_test.wait(lambda: "opened again" in page.banner.text)
    rest(under_test)
    save(under_test, tmp_path / "again.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "again.png")), np.asarray(Image.open(target)))
    assert first == target.read_bytes()


def test_a_portrait_of_the_command_line_is_opened_with_its_settings(
    under_test, engine: PortraitEngine, photo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file beside it: by its XMP, and by the record of what the app has made."""
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    target = tmp_path / "made" / "p.jpg"
    words = ["--f-number", "5.6", "--background", "color:#102030", "--quality", "fast"]
    assert app.main(["photo", str(photo_path), "-o", str(target), *words]) == 0
    under_test.open_photos(target)
    rest(under_test)
    settings = under_test.shell.model.settings
    assert under_test.window.photo_page.header.title == photo_path.name
    assert (settings.blur.f_number, settings.background) == (5.6, "color:#102030")


def save_with(under_test, f_number: float, target: Path) -> np.ndarray:
    """Choose an f-number, save, and close the window; what was saved."""
    under_test.shell.model.set_value("blur.f_number", f_number)
    rest(under_test)
    save(under_test, target)
    under_test.window.close()
    return np.asarray(Image.open(target), int)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_one_step_and_two_steps_give_one_portrait(
    open_window, engine: PortraitEngine, tmp_path: Path, suffix: str
) -> None:
    """Save, close, reopen, change the f-number, save: within 1/255 of the portrait with that f-number at once."""
    photo, portrait = tmp_path / "astronaut.jpg", tmp_path / f"portrait{suffix}"
    photo.write_bytes(asset_path("samples/astronaut.jpg").read_bytes())
    strokes = (Stroke("add", ((0.15, 0.3), (0.3, 0.4)), 0.06), Stroke("remove", ((0.5, 0.2),), 0.05, 0.5))

    def brushed():
        window = open_window(lambda: engine)
        window.open_photos(photo)
        rest(window)
        window.window.photo_page.editing.history.push(PhotoEdits(strokes), "strokes")
        return window

    one_step = save_with(brushed(), 2.8, tmp_path / f"one{suffix}")
    first_step = save_with(brushed(), 8.0, portrait)
    again = open_window(lambda: engine)
    again.open_photos(portrait)
    rest(again)
    assert again.shell.model.settings.blur.f_number == 8.0
    assert again.window.photo_page.editing.history.edits.mask == strokes
    assert np.abs(save_with(again, 2.8, portrait) - one_step).max() <= 1
    assert np.abs(first_step - one_step).max() > 30, "the f-number shows"


def test_the_depth_map_comes_back_with_the_portrait(under_test, editing, photo_path: Path) -> None:
    """Dark is near in it; the window found that out by itself."""
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    depth = photo_path.with_name("depth.png")
    matte = under_test.shell.bridge.photo.found.matte
    rows = np.linspace(0.4, 1.0, matte.shape[0])[:, None]
    Image.fromarray(np.rint(255.0 * np.where(matte > 0.5, 0.1, rows)).astype(np.uint8)).save(depth)
    page.open_depth(depth)
    rest(under_test)
    assert under_test.shell.bridge.photo.found.photo.depth.near_is_dark
    save(under_test, target)
    first = np.asarray(Image.open(target))
    under_test.open_photos(target)
    rest(under_test)
    assert under_test.shell.bridge.photo.found.photo.depth_path == depth
    save(under_test, photo_path.with_name("again.png"))
    assert np.array_equal(np.asarray(Image.open(photo_path.with_name("again.png"))), first)
    depth.unlink()
    under_test.open_photos(target)
    under_test.wait(lambda: "depth.png" in page.banner.text)
