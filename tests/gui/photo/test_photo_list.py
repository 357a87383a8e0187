"""Several photos: a look and marks for each, copied looks, all saved at once, and bounded memory."""

import gc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu

from portrait.core.matting.strokes import Stroke
from portrait.files.image_io import load_photo
from portrait.files.thumbnail import load_thumbnail
from portrait.gui.photo import thumbnails
from portrait.gui.photo.photo_list import EditedRole, FailedRole, SavedRole
from portrait.gui.photo.save_all_dialog import SaveAllDialog
from portrait.photo.edits import PhotoEdits
from portrait.photo.found_matte import FoundMatte
from portrait.photo.session import OpenedPhoto
from portrait.settings import Settings

DAB = Stroke("add", ((0.1, 0.1),), 0.05, 1.0)


def rest(under_test) -> None:
    service = under_test.shell.bridge.photo
    under_test.wait(lambda: not service.stages and not service.save_all.is_running)


@pytest.fixture
def three(under_test, photo_path: Path):
    """Three photos, the first of which is shown."""
    paths = [photo_path, *(photo_path.with_name(f"{name}.png") for name in ("b", "c"))]
    for path in paths[1:]:
        path.write_bytes(photo_path.read_bytes())
    under_test.open_photos(*paths)
    rest(under_test)
    return under_test.window.photo_page


def marks(page, row: int) -> list[bool]:
    return [bool(page.photos.index(row).data(role)) for role in (EditedRole, SavedRole, FailedRole)]


def go_to(under_test, row: int) -> None:
    page = under_test.window.photo_page
    page.film.setCurrentIndex(page.photos.index(row))
    rest(under_test)


def test_opening_more_adds(under_test, three, photo_path: Path) -> None:
    more = photo_path.with_name("d.png")
    more.write_bytes(photo_path.read_bytes())
    under_test.open_photos(more, photo_path)
    assert [entry.path.name for entry in three.photos.entries] == ["anna.png", "b.png", "c.png", "d.png"]
    assert three.header.title == "d.png"
    three.close_photo()
    assert three.header.title == "c.png"
    assert three.strip.position_label.text() == "3 of 3"
    assert under_test.shell.model.recent.paths[0] == more


def test_closing_all_leaves_an_empty_page_whatever_is_under_way(under_test, three) -> None:
    three.editing.history.push(PhotoEdits((DAB,)), "dab")
    for _ in range(3):
        three.close_photo()
    rest(under_test)
    under_test.qtbot.wait(1)
    assert not three.is_photo_shown
    assert three.body.currentWidget() is three.empty_state
    assert (three.header.title, three.header.subtitle, three.is_busy) == ("Photo", "", False)
    assert not three.editing.undo_action.isEnabled()
    assert not three.save_button.isEnabled()


def test_every_photo_has_its_own_look_and_steps(under_test, three) -> None:
    model = under_test.shell.model
    model.set_value("blur.f_number", 4.0)
    go_to(under_test, 1)
    assert model.settings.blur.f_number == 2.0
    assert not three.editing.undo_action.isEnabled(), "another photo's look is no step"
    model.set_value("background", "mono")
    go_to(under_test, 0)
    assert (model.settings.blur.f_number, model.settings.background) == (4.0, "blur")
    three.editing.history.undo()
    assert model.settings.blur.f_number == 2.0
    assert [marks(three, row)[0] for row in range(3)] == [False, True, False]


def test_a_look_is_copied_pasted_and_applied_to_all_without_who_is_kept(under_test, three) -> None:
    model = under_test.shell.model
    model.set_value("blur.f_number", 8.0)
    model.set_value("people", "all")
    three.series.copy_look()
    go_to(under_test, 2)
    three.series.paste_look()
    assert (model.settings.blur.f_number, model.settings.people) == (8.0, "main")
    assert "Paste look" in three.editing.undo_action.text()
    three.editing.history.undo()
    assert model.settings.blur.f_number == 2.0
    model.set_value("background", "stage")
    three.apply_look_to_all()
    assert "2 other photos" in three.save_banner.text
    assert [entry.look["background"] for entry in three.photos.entries] == ["stage"] * 3
    assert [entry.look["people"] for entry in three.photos.entries] == ["all", "main", "main"]


def test_all_are_saved_each_as_by_itself(under_test, three, photo_path: Path, tmp_path: Path) -> None:
    model, broken = under_test.shell.model, photo_path.with_name("broken.png")
    broken.write_bytes(photo_path.read_bytes()[:200])
    model.set_value("background", "color:#204060")
    three.editing.history.push(PhotoEdits((DAB,)), "dab")
    rest(under_test)
    three.save_to(tmp_path / "alone.png")
    rest(under_test)
    assert marks(three, 0) == [True, True, False]
    three.photos.add([broken], three.series.current_look())
    under_test.wait(lambda: three.banner.kind == "error")
    photos = [(entry.path, under_test.shell.model.settings) for entry in three.photos.entries]
    photos[1] = (photos[1][0], Settings(quality="fast"))
    dialog = SaveAllDialog(three, tmp_path / "all", photos, "{name} again")
    assert [target.name for target in dialog.targets] == [f"{n} again.png" for n in ("anna", "b", "c", "broken")]
    three.save_all.begin(photos, dialog.targets)
    rest(under_test)
    assert "3 portraits were saved" in three.save_banner.text
    assert "broken.png: " in three.save_banner.text
    assert [marks(three, row)[1:] for row in range(4)] == [[True, False]] * 3 + [[False, True]]
    alone, again, plain = (
        np.asarray(Image.open(path))
        for path in (tmp_path / "alone.png", tmp_path / "all" / "anna again.png", tmp_path / "all" / "b again.png")
    )
    assert np.array_equal(again, alone)
    assert not np.array_equal(plain, alone)


def test_the_dialog_refuses_one_name_for_all(under_test, three, tmp_path: Path) -> None:
    photos = [(entry.path, Settings()) for entry in three.photos.entries]
    dialog = SaveAllDialog(three, tmp_path, photos, "{name}")
    save = dialog.buttons.buttons()[0]
    dialog.pattern_line.setText("portrait")
    assert not save.isEnabled()
    assert "cannot be used" in dialog.example.text()
    dialog.pattern_line.setText("p-{name}")
    assert save.isEnabled()
    assert dialog.example.text().endswith("p-anna.png")


def test_no_more_are_begun_after_a_stop(under_test, three, tmp_path: Path) -> None:
    saver = under_test.shell.bridge.photo.save_all
    photos = [(entry.path, Settings(quality="fast")) for entry in three.photos.entries]
    saver.one_saved.connect(lambda saved: saver.cancel())
    three.save_all.begin(photos, [tmp_path / f"{number}.png" for number in range(3)])
    rest(under_test)
    assert "not begun" in three.save_banner.text or (tmp_path / "1.png").exists()
    assert (tmp_path / "0.png").exists()


def test_memory_is_bounded_with_500_photos_open(under_test, tmp_path: Path, portrait_scene, monkeypatch) -> None:
    monkeypatch.setattr(thumbnails, "MOST_KEPT", 30)
    content = tmp_path / "0.png"
    Image.fromarray(portrait_scene(24, 32)[0]).save(content)
    paths = [tmp_path / f"{number}.png" for number in range(500)]
    for path in paths[1:]:
        path.hardlink_to(content)
    page, cache = under_test.window.photo_page, under_test.shell.bridge.photo.thumbnails
    under_test.open_photos(*paths)
    assert page.photos.rowCount() == 500
    for path in paths[::5]:
        cache.get(path)
    under_test.wait(lambda: not cache.is_busy)
    assert 0 < cache.count <= 30
    for row in (100, 200, 300):
        go_to(under_test, row)
    gc.collect()
    every = gc.get_objects()  # the window of the test before may lie about still: it is not meant
    opened = [one for one in every if isinstance(one, OpenedPhoto) and one.path in set(paths)]
    found = [one for one in every if isinstance(one, FoundMatte) and one.photo.path in set(paths)]
    assert 1 <= len(opened) <= 2
    assert 1 <= len(found) <= 3


def test_the_row_of_photos_shows_thumbnails_and_marks(under_test, three) -> None:
    cache, film = under_test.shell.bridge.photo.thumbnails, three.film
    film.grab()
    under_test.wait(lambda: cache.count == 3 and not cache.is_busy)
    place = QRect(film.visualRect(three.photos.index(1)))
    before = film.viewport().grab(place).toImage()
    entry = three.photos.entries[1]
    entry.failure = "no"
    three.photos.update(entry)
    assert film.viewport().grab(place).toImage() != before
    assert before.pixelColor(place.width() // 2, place.height() // 2) != QColor(film.palette().midlight().color())
    index = three.photos.index(1)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "b.png, failed"
    menu = QMenu()
    film.menu_wanted.emit(menu)
    assert next(iter(menu.actions())).text() == "&Copy look"
    menu.deleteLater()


def test_a_photo_without_a_thumbnail_shows_its_name(under_test, three, broken_path: Path) -> None:
    three.photos.add([broken_path], three.series.current_look())
    under_test.wait(lambda: three.photos.entries[3].failure != "")
    rest(under_test)
    place = three.film.visualRect(three.photos.index(3)).adjusted(12, 30, -12, -30)
    shown = three.film.viewport().grab(place).toImage()
    colors = {shown.pixelColor(x, y).name() for x in range(shown.width()) for y in range(shown.height())}
    assert three.film.palette().midlight().color().name() in colors
    assert len(colors) > 2, "letters are drawn"


def test_a_thumbnail_is_upright_and_in_its_colours(tmp_path: Path) -> None:
    image = np.zeros((400, 600, 3), np.uint8)
    image[:200], image[200:] = (200, 40, 30), (20, 60, 190)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.fromarray(image).save(path, exif=exif, quality=95)
    small, whole = load_thumbnail(path, 60).image, load_photo(path).image
    assert small.shape == (60, 40, 3)
    assert np.abs(small[30, (5, 34)].astype(int) - whole[300, (50, 340)]).max() < 12
