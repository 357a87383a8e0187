"""Choosing what stands behind the person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import NOT_LIVE, Look, to_look
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.image_io import SaveOptions, load_photo
from portrait.gui.options_panel import LENS_KEYS, LOOK_KEYS, OptionsPanel
from portrait.gui.photo.photo_requests import SaveRequest, default_target, load_look, open_photo, render_preview, save
from portrait.gui.widgets.background_editor import BackgroundEditor
from portrait.gui.widgets.qimage import from_qimage
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.live.processor import COVER_RADIUS_FRACTION
from portrait.photo.session import find_photo_matte
from portrait.settings import Settings, replace_setting

pytestmark = pytest.mark.slow


@pytest.fixture
def panel(qtbot: QtBot) -> OptionsPanel:
    panel = OptionsPanel(SettingsModel(Settings()))
    qtbot.addWidget(panel)
    panel.show()
    return panel


def editor_of(panel: OptionsPanel) -> BackgroundEditor:
    editor = panel.look.editor("background")
    assert isinstance(editor, BackgroundEditor)
    return editor


def choose(panel: OptionsPanel, name: str) -> str:
    """Pick a line of the list as a user does; the setting that comes of it."""
    combo = editor_of(panel).combo
    combo.setCurrentIndex(combo.findText(name))
    combo.activated.emit(combo.currentIndex())
    return model_of(panel).settings.background


def model_of(panel: OptionsPanel) -> SettingsModel:
    return panel.look._model


def test_the_lens_counts_only_for_a_blur(panel: OptionsPanel) -> None:
    model_of(panel).set_value("blur.aperture_shape", "hexagon")
    editors = [panel.lens.editor(key) for key in LENS_KEYS]
    editors += [panel.look.editor(key) for key in LOOK_KEYS if key.startswith("blur.") or key == "grain"]
    assert all(editor.isEnabled() and not editor.isHidden() for editor in editors)
    assert choose(panel, "Grey") == "mono"
    assert all(editor.isHidden() for editor in editors)
    assert not panel.look.editor("quality").isHidden()
    assert choose(panel, "Blurred") == "blur"
    assert not any(editor.isHidden() for editor in editors)


def test_a_colour_is_shown_and_asked_for(panel: OptionsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = editor_of(panel)
    assert editor.color_button.isHidden()
    assert choose(panel, "Plain colour") == "color:#00B140"
    assert editor.color_button.text() == "#00B140"
    answers = [QColor(1, 2, 255), None]
    monkeypatch.setattr("portrait.gui.widgets.background_editor.ask_for_color", lambda *_: answers.pop(0))
    editor.color_button.click()
    assert model_of(panel).settings.background == "color:#0102FF"
    assert "#0102FF" in editor.color_button.accessibleName()
    editor.color_button.click()
    assert model_of(panel).settings.background == "color:#0102FF", "a cancelled dialog changes nothing"


def test_the_list_is_walked_through_by_keys(panel: OptionsPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    target = "portrait.gui.widgets.background_editor.ask_for_picture"
    monkeypatch.setattr(target, lambda *_: pytest.fail("nobody asked for it"))
    editor, seen = editor_of(panel), {}
    for _ in range(editor.combo.count()):
        seen[editor.combo.currentText()] = model_of(panel).settings.background
        qtbot.keyClick(editor.combo, Qt.Key.Key_Down)
    assert seen == {
        "Blurred": "blur",
        "Blurred and grey": "blur+mono",
        "Grey": "mono",
        "Picture": "mono",  # none is known yet
        "Plain colour": "color:#00B140",
        "Transparent": "transparent",
        "Dark stage": "stage",
    }


def test_until_a_picture_is_chosen_the_background_stays(panel: OptionsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [None, Path("/pictures/a beach with a very long name indeed.jpg")]
    monkeypatch.setattr("portrait.gui.widgets.background_editor.ask_for_picture", lambda *_: answers.pop(0))
    editor = editor_of(panel)
    assert choose(panel, "Picture") == "blur"
    model_of(panel).set_value("quality", "fine")
    editor.picture_button.click()
    assert model_of(panel).settings.background == "blur", "a cancelled dialog changes nothing"
    assert editor.combo.currentText() == "Picture"
    assert editor.picture_button.text() == "Choose a picture…"
    assert editor.picture_hint.isVisible()
    editor.picture_button.click()
    assert model_of(panel).settings.background.startswith("image:/pictures/a beach")
    assert editor.picture_hint.isHidden()


def test_a_background_set_elsewhere_ends_the_wait_for_a_picture(panel: OptionsPanel) -> None:
    choose(panel, "Picture")
    model_of(panel).set_value("background", "stage")
    assert editor_of(panel).combo.currentText() == "Dark stage"
    assert editor_of(panel).picture_hint.isHidden()


def test_a_picture_is_remembered(panel: OptionsPanel) -> None:
    picture = "image:/pictures/a beach with a very long name indeed.jpg"
    model_of(panel).set_value("background", picture)
    assert "very long name indeed.jpg" in editor_of(panel).picture_button.accessibleName()
    choose(panel, "Dark stage")
    assert editor_of(panel).picture_button.isHidden()
    assert choose(panel, "Picture") == picture


def test_reset_blurs_again(panel: OptionsPanel) -> None:
    choose(panel, "Transparent")
    panel.look.reset()
    assert model_of(panel).settings.background == "blur"
    assert editor_of(panel).combo.currentText() == "Blurred"


def test_the_preview_of_a_cut_out_is_a_chequerboard(engine: PortraitEngine, photo_path: Path, tmp_path: Path) -> None:
    found = find_photo_matte(engine, open_photo(photo_path, 200.0).photo, "fast")
    settings = replace_setting(Settings(), "background", "transparent")
    preview = from_qimage(render_preview(engine, found, load_look(settings, found)).qimage)
    assert {tuple(rgb) for rgb in preview[:20, :20].reshape(-1, 3).tolist()} == {(255,) * 3, (208,) * 3}
    target = tmp_path / "cut.png"
    save(engine, SaveRequest(lambda: found, found.photo, settings, target))
    transparency = load_photo(target).metadata.transparency
    assert transparency is not None
    assert (transparency[0, 0], transparency[48, 64]) == (0, 255)
    with pytest.raises(ImageFileError, match="JPEG has no transparency"):
        save(engine, SaveRequest(lambda: found, found.photo, settings, tmp_path / "cut.jpg"))
    proposed = default_target(Path("IMG.jpg"), tmp_path, SaveOptions(), is_transparent=True)
    assert proposed.name == "IMG-portrait.png"


def test_the_photo_page_follows_the_background(under_test, photo_path: Path, tmp_path: Path) -> None:
    service, model = under_test.shell.bridge.photo, under_test.shell.model
    shown: list[np.ndarray] = []
    service.preview_rendered.connect(lambda preview: shown.append(from_qimage(preview.qimage)))
    under_test.window.open_photos([photo_path])
    under_test.wait(lambda: len(shown) == 1)
    Image.new("RGB", (10, 10), (240, 220, 170)).save(tmp_path / "beach.png")
    for text, rgb in (("color:#00B140", (0, 177, 64)), (f"image:{tmp_path / 'beach.png'}", (240, 220, 170))):
        before = len(shown)
        model.set_value("background", text)
        under_test.wait(lambda before=before: len(shown) > before)
        assert np.abs(shown[-1][0, 0].astype(int) - rgb).max() <= 1
    model.set_value("background", f"image:{tmp_path / 'gone.png'}")
    banner = under_test.window.photo_page.banner
    under_test.wait(lambda: banner.kind == "error")
    assert "gone.png does not exist" in banner.text


@pytest.fixture
def playing(open_window, engine: PortraitEngine):
    """Makes a window whose Live page plays the demo in front of a background."""

    def make(background: str, blur: BlurOptions | None = None):
        blur = blur or BlurOptions()
        small = replace(Settings(), live_width=160, live_height=120, background=background, blur=blur)
        under_test = open_window(lambda: engine, small)
        page = under_test.window.live_page
        under_test.window.show_page("live")
        page.play_demo()
        under_test.wait(page.view.isVisible)
        return under_test, page

    return make


@pytest.fixture
def looks_shown(monkeypatch: pytest.MonkeyPatch) -> list[Look]:
    """What the frames are rendered with, the newest last."""
    shown: list[Look] = []
    render = PortraitEngine.render_live

    def spy(self, image, matte, options, **more):
        shown.append(to_look(options))
        return render(self, image, matte, options, **more)

    monkeypatch.setattr(PortraitEngine, "render_live", spy)
    return shown


REFUSED = ["transparent", "image:/nowhere/gone.jpg"]


def shows_cover(look: Look, settings: Settings) -> bool:
    """Whether this is the user's own blur in place of a background that was refused."""
    radius = look.blur.blur_radius_fraction or 0.0
    own = replace(look.blur, blur_radius_fraction=None, lens=settings.blur.lens)  # the focus follows the person
    return look.background.kind == "blur" and own == settings.blur and radius >= COVER_RADIUS_FRACTION


@pytest.mark.parametrize("refused", REFUSED)
def test_live_blurs_the_room_while_a_background_cannot_be_shown(playing, refused: str, looks_shown: list[Look]) -> None:
    under_test, page = playing("stage")
    model = under_test.shell.model
    model.set_value("blur.f_number", 16.0)
    model.set_value("background", refused)
    under_test.wait(lambda: page.banner.kind == "warning")
    under_test.wait(lambda: shows_cover(looks_shown[-1], model.settings))
    assert page.banner.text.endswith("Until then the room is blurred.")
    assert "color:" not in page.banner.text
    page.banner.clear()
    model.set_value("blur.highlight_boost", 1.0)
    under_test.wait(lambda: looks_shown[-1].blur.highlight_boost == 1.0)
    assert shows_cover(looks_shown[-1], model.settings)
    assert page.banner.isHidden(), "it is told once"
    model.set_value("background", "mono")
    under_test.wait(lambda: looks_shown[-1].background.kind == "mono")
    assert looks_shown[-1].blur.blur_radius_fraction is None
    assert page.is_running


@pytest.mark.parametrize("refused", REFUSED)
def test_live_starts_with_the_same_blur(playing, refused: str, looks_shown: list[Look]) -> None:
    under_test, page = playing(refused, BlurOptions(f_number=16.0, highlight_boost=0.5))
    assert all(shows_cover(look, under_test.shell.model.settings) for look in looks_shown)
    assert page.banner.kind == "warning"
    under_test.shell.model.set_value("background", "blur")
    assert page.banner.isHidden()
    under_test.wait(lambda: looks_shown[-1].blur.blur_radius_fraction is None)


def test_what_was_refused_is_said_no_longer_once_live_stops(playing) -> None:
    under_test, page = playing("transparent")
    assert page.banner.text.startswith(
        "A live picture cannot be transparent\nChoose another background; a plain colour"
    )
    page.stop()
    under_test.wait(lambda: not page.is_running)
    assert page.banner.isHidden()
    page.start()
    under_test.wait(lambda: page.banner.kind == "warning")


def test_the_lens_counts_where_a_blur_stands_for_a_cut_out(panel: OptionsPanel) -> None:
    editors = [panel.look.editor("blur.f_number"), panel.lens.editor("blur.cats_eye")]
    choose(panel, "Transparent")
    panel.refuse_backgrounds(NOT_LIVE)
    assert not any(editor.isHidden() for editor in editors)
    panel.refuse_backgrounds(())
    assert all(editor.isHidden() for editor in editors)


def test_what_live_cannot_show_is_not_offered_there(under_test, qtbot: QtBot) -> None:
    window, combo = under_test.window, editor_of(under_test.window.options_panel).combo
    transparent = combo.findText("Transparent")
    window.show_page("live")
    combo.setCurrentIndex(transparent - 1)
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == "Dark stage"
    assert combo.itemData(transparent, Qt.ItemDataRole.ToolTipRole) == "For photos and folders only"
    window.show_page("photo")
    qtbot.keyClick(combo, Qt.Key.Key_Up)
    assert combo.currentText() == "Transparent"
    assert not combo.itemData(transparent, Qt.ItemDataRole.ToolTipRole)


def test_a_batch_takes_the_background_and_the_rest(under_test, photo_path: Path, tmp_path: Path, nobody: None) -> None:
    model, page = under_test.shell.model, under_test.window.batch_page
    model.set_value("background", "transparent")
    model.set_value("no_person", "skip")
    page.form.set_input_folder(photo_path.parent)
    page.form.output_row.set_folder(tmp_path / "out")
    page.start()
    under_test.wait(lambda: not page.is_running)
    assert page.results.table_model.row(0).details == "No person was found: nothing was saved"
    assert not (tmp_path / "out" / photo_path.name).exists()
