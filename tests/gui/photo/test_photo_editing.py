"""Strokes, parts and people by mouse in the window; steps; the mask; tiles at full size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from portrait.core.matting.strokes import Stroke
from portrait.core.people.person import split_people
from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo
from portrait.gui.widgets.qimage import from_qimage
from portrait.photo.edits import PhotoEdits

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CORNER = (0.08, 0.12)


def place(under_test, share: tuple[float, float]) -> QPoint:
    return under_test.window.photo_page.view.point_at(share).toPoint()


def draw(under_test, *shares: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    view, qtbot = under_test.window.photo_page.view, under_test.qtbot
    qtbot.mousePress(view, button, pos=place(under_test, shares[0]))
    for share in shares[1:]:
        qtbot.mouseMove(view, place(under_test, share))
    qtbot.mouseRelease(view, button, pos=place(under_test, shares[-1]))


def rest(under_test) -> None:
    service = under_test.shell.bridge.photo
    under_test.wait(lambda: not service.stages and not under_test.window.photo_page.view.wanted_tiles())


@pytest.fixture
def editing(under_test, photo_path: Path):
    under_test.open_photos(photo_path)
    rest(under_test)
    return under_test.window.photo_page.editing


def matte_at(under_test, share: tuple[float, float]) -> float:
    matte = under_test.shell.bridge.photo.found.matte
    return float(matte[round(share[1] * matte.shape[0]), round(share[0] * matte.shape[1])])


def test_a_stroke_keeps_and_is_taken_back_and_made_again(under_test, editing) -> None:
    editing.choose_tool("add")
    editing.brush.set_hardness(1.0)
    draw(under_test, CORNER, (0.1, 0.2))
    rest(under_test)
    assert matte_at(under_test, CORNER) == 1.0
    assert "Keep by brush" in editing.undo_action.text()
    editing.undo_action.trigger()
    rest(under_test)
    assert matte_at(under_test, CORNER) == 0.0
    editing.redo_action.trigger()
    rest(under_test)
    assert matte_at(under_test, CORNER) == 1.0


def test_the_right_button_does_the_other(under_test, editing) -> None:
    editing.choose_tool("add")
    draw(under_test, (0.5, 0.5), button=RIGHT)
    assert editing.history.edits.mask[0].kind == "remove"
    editing.choose_tool("remove")
    draw(under_test, CORNER, button=RIGHT)
    assert editing.history.edits.mask[1].kind == "add"


def test_a_pens_pressure_is_kept_and_alt_inverts(under_test, editing) -> None:
    view, qtbot = under_test.window.photo_page.view, under_test.qtbot
    editing.choose_tool("add")
    view.pressure = 0.25
    qtbot.mousePress(view, LEFT, Qt.KeyboardModifier.AltModifier, place(under_test, (0.4, 0.5)))
    view.pressure = 0.75
    qtbot.mouseMove(view, place(under_test, (0.6, 0.5)))
    qtbot.mouseRelease(view, LEFT, Qt.KeyboardModifier.AltModifier, place(under_test, (0.6, 0.5)))
    (stroke,) = editing.history.edits.mask
    assert (stroke.kind, stroke.pressures) == ("remove", (0.25, 0.75))


def test_another_photo_ends_what_was_begun(under_test, editing, photo_path: Path) -> None:
    other = photo_path.with_name("other.png")
    Image.open(photo_path).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(other)
    editing.choose_tool("add")
    draw(under_test, CORNER)
    under_test.open_photos(other)
    rest(under_test)
    assert under_test.shell.bridge.photo.found.matte is under_test.shell.bridge.photo.found.mended.base
    assert editing.history.edits == PhotoEdits()


def test_a_magnified_photo_is_mended_more_finely(under_test, editing) -> None:
    editing.choose_tool("add")
    draw(under_test, (0.5, 0.5))
    under_test.window.photo_page.view.zoom_to(4.0)
    draw(under_test, (0.5, 0.5))
    coarse, fine = editing.history.edits.mask
    assert coarse.radius_fraction == pytest.approx(4.0 * fine.radius_fraction)
    assert fine.points[0] == pytest.approx((0.5, 0.5), abs=0.01)


def test_a_click_drops_the_part_or_fills_the_hole(under_test, editing) -> None:
    editing.choose_tool("part")
    draw(under_test, CORNER)
    assert "No hole" in editing.bar.hint.text()
    assert editing.history.edits == PhotoEdits()
    draw(under_test, (0.5, 0.5))
    rest(under_test)
    assert matte_at(under_test, (0.5, 0.5)) == 0.0
    assert not under_test.window.photo_page.has_portrait
    editing.history.undo()
    rest(under_test)
    assert under_test.window.photo_page.has_portrait


def test_a_look_is_a_step_and_a_moving_slider_is_one(under_test, editing) -> None:
    model = under_test.shell.model
    before = model.settings.blur.f_number
    for f_number in (2.8, 4.0, 5.6):
        model.set_value("blur.f_number", f_number)
    model.set_value("grain", "off")
    editing.history.undo()
    assert (model.settings.grain, model.settings.blur.f_number) == ("match", 5.6)
    editing.history.undo()
    assert model.settings.blur.f_number == before
    assert not editing.undo_action.isEnabled()
    editing.history.redo()
    assert model.settings.blur.f_number == 5.6


def test_fifty_steps_back_and_forth_are_exact(under_test, editing) -> None:
    states = [editing.history.edits]
    for n in range(50):
        stroke = Stroke("add" if n % 2 else "remove", ((0.02 * n, 0.5),), 0.02)
        editing.history.push(PhotoEdits((*states[-1].mask, stroke)), "stroke")
        states.append(editing.history.edits)
    for state in reversed(states[:-1]):
        editing.history.undo()
        assert editing.history.edits == state
    rest(under_test)
    found = under_test.shell.bridge.photo.found
    assert found.matte is found.mended.base


def test_strokes_are_saved_and_stay_with_their_photo(under_test, editing, photo_path: Path) -> None:
    other = photo_path.with_name("other.png")
    Image.open(photo_path).save(other)
    editing.choose_tool("add")
    editing.brush.set_hardness(1.0)
    draw(under_test, CORNER)
    page = under_test.window.photo_page
    page.save_to(photo_path.with_name("out.png"))
    under_test.wait(lambda: page.save_banner.kind == "done")
    saved, photo = (load_photo(photo_path.with_name(name)).image for name in ("out.png", "anna.png"))
    y, x = round(CORNER[1] * 96), round(CORNER[0] * 128)
    np.testing.assert_array_equal(saved[y, x], photo[y, x])
    under_test.open_photos(other)
    rest(under_test)
    assert matte_at(under_test, CORNER) == 0.0
    under_test.open_photos(photo_path)
    rest(under_test)
    assert matte_at(under_test, CORNER) == 1.0


def test_another_quality_keeps_the_strokes(under_test, editing) -> None:
    editing.choose_tool("add")
    editing.brush.set_hardness(1.0)
    draw(under_test, CORNER)
    under_test.shell.model.set_value("quality", "fine")
    under_test.wait(lambda: under_test.shell.bridge.photo.found.quality == "fine")
    assert matte_at(under_test, CORNER) == 1.0


def test_the_mask_is_shown_in_turn(under_test, editing) -> None:
    view = under_test.window.photo_page.view
    shown = []
    for _ in range(5):
        shown.append((view.overlay, from_qimage(view.grab().toImage())))
        editing.cycle_overlay()
    assert [overlay for overlay, _ in shown] == ["off", "red", "grey", "checks", "band"]
    corner, middle = place(under_test, CORNER), place(under_test, (0.5, 0.5))
    ratio = view.devicePixelRatioF()

    def color(picture: np.ndarray, point: QPoint) -> np.ndarray:
        return picture[round(point.y() * ratio), round(point.x() * ratio)].astype(int)

    grey = shown[2][1]
    assert color(grey, middle).min() > 250
    assert color(grey, corner).max() < 5
    assert color(shown[1][1], corner)[0] > 110, "red where it is blurred"
    np.testing.assert_allclose(color(shown[1][1], middle), color(shown[3][1], middle), atol=4)
    np.testing.assert_allclose(color(shown[4][1], middle), color(shown[3][1], middle), atol=4)
    is_yellow = (shown[4][1][..., 0] > 140) & (shown[4][1][..., 2] < 60) & (shown[4][1][..., 1] > 110)
    assert is_yellow.any(), "the soft rim is marked"


def test_at_full_size_the_view_shows_the_files_own_pixels(under_test, tmp_path: Path, portrait_scene) -> None:
    path = tmp_path / "large.png"
    image = portrait_scene(120, 1600)[0].copy()
    image[56:64, 796:804] = np.indices((8, 8)).sum(axis=0)[..., None] % 2 * 255  # finer than the preview can show
    Image.fromarray(image).save(path)
    under_test.open_photos(path)
    view = under_test.window.photo_page.view
    view.zoom_to(1.0)
    assert view.wanted_tiles()
    rest(under_test)
    shown = view.grab().toImage()
    left, top = (round(length) for length in view.viewport.rect[:2])
    for y, x in ((56, 796), (57, 796), (63, 800)):
        assert shown.pixelColor(left + x, top + y).getRgb()[:3] == tuple(int(v) for v in image[y, x])


def test_a_click_on_a_person_blurs_and_keeps_them(
    under_test, photo_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    matte = np.zeros((96, 128), np.float32)
    matte[8:90, 20:80] = matte[30:70, 100:122] = 1.0
    monkeypatch.setattr(PortraitEngine, "find_people", lambda *arguments, **options: split_people(matte))
    under_test.open_photos(photo_path)
    rest(under_test)
    page = under_test.window.photo_page
    page.editing.choose_tool("people")
    before = [person.is_kept for person in under_test.shell.bridge.photo.found.people]
    draw(under_test, (0.9, 0.5))
    rest(under_test)
    after = [person.is_kept for person in under_test.shell.bridge.photo.found.people]
    assert after == [before[0], not before[1]]
    page.editing.history.undo()
    rest(under_test)
    assert [person.is_kept for person in under_test.shell.bridge.photo.found.people] == before


def test_the_x_ray_is_painted_with_what_its_colours_mean(under_test, editing) -> None:
    view = under_test.window.photo_page.view
    before = from_qimage(view.grab().toImage()).astype(int)
    editing.set_overlay("xray")
    under_test.wait(lambda: view._xray is not None)
    after = from_qimage(view.grab().toImage()).astype(int)
    middle = place(under_test, (0.5, 0.5))
    assert after[middle.y(), middle.x(), 1] > before[middle.y(), middle.x(), 1], "the subject is green"
    editing.choose_tool("add")
    draw(under_test, (0.5, 0.5))
    rest(under_test)
    under_test.wait(lambda: view._xray is not None and view._xray.found is under_test.shell.bridge.photo.found)
    editing.set_overlay("off")
    rest(under_test)
    assert np.abs(from_qimage(view.grab().toImage()).astype(int) - before).mean() < np.abs(after - before).mean()
