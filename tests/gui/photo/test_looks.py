"""Ready-made looks: shown as thumbnails of the open photo, taken as one step."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from portrait.gui.photo.look_popup import LookPopup
from portrait.gui.widgets.qimage import from_qimage
from portrait.settings.presets import BUILT_IN, find_preset, list_presets


@pytest.fixture(autouse=True)
def own_presets(tmp_path: Path, monkeypatch) -> Path:
    folder = tmp_path / "presets"
    monkeypatch.setattr("portrait.settings.presets.presets_folder", lambda: folder)
    return folder


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen has no popups
def test_the_looks_are_shown_with_this_photo_and_taken_back_as_one_step(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page, model = under_test.window.photo_page, under_test.shell.model
    editing, service = page.editing, under_test.shell.bridge.photo
    before = model.settings
    with under_test.qtbot.waitSignal(service.looks.rendered, timeout=20_000) as rendered:
        page.looks_button.click()
    images = {name: from_qimage(image).astype(int) for name, image in rendered.args[0].items()}
    assert images.keys() == {preset.name for preset in BUILT_IN}
    assert images["white"][0, 0].min() > 250
    assert np.ptp(images["mono"][0, 0]) <= 1
    height, width = images["portrait"].shape[:2]
    np.testing.assert_allclose(
        images["white"][height // 2, width // 2], images["mono"][height // 2, width // 2], atol=4
    )
    editing.looks.popup.buttons["swirl"].click()
    assert not editing.looks.popup.isVisible()
    assert model.settings.blur.swirl > 0.0
    assert "Swirl" in editing.undo_action.text()
    editing.history.undo()
    assert model.settings == before
    assert not editing.undo_action.isEnabled()
    editing.take_look(find_preset("portrait"))
    assert not editing.undo_action.isEnabled(), "nothing was changed"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen has no popups
def test_a_look_is_kept_shown_and_deleted(under_test, photo_path: Path, own_presets: Path, monkeypatch) -> None:
    under_test.open_photos(photo_path)
    editing, model = under_test.window.photo_page.editing, under_test.shell.model
    names = iter([None, "stage", "Blue hour"])
    monkeypatch.setattr("portrait.gui.photo.look_choice.ask_for_name", lambda *_: next(names))
    model.set_value("background", "color:#102040")
    for _ in range(3):  # cancelled, refused, kept
        editing.looks.popup.save_button.click()
    assert "Blue hour" in editing.bar.hint.text()
    with under_test.qtbot.waitSignal(under_test.shell.bridge.photo.looks.rendered, timeout=20_000) as rendered:
        under_test.window.photo_page.looks_button.click()
    np.testing.assert_allclose(from_qimage(rendered.args[0]["Blue hour"])[0, 0], (16, 32, 64), atol=2)
    model.set_value("background", "stage")
    editing.looks.popup.buttons["Blue hour"].click()
    assert model.settings.background == "color:#102040"
    (delete,) = editing.looks.popup.buttons["Blue hour"].actions()
    delete.trigger()
    assert list_presets() == BUILT_IN


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen has no popups
def test_the_popup_stays_on_the_screen(qtbot) -> None:
    corner = QWidget()
    qtbot.addWidget(corner)
    corner.setGeometry(0, 0, 40, 30)
    corner.show()
    popup = LookPopup(corner)
    popup.open_below(corner)
    assert corner.screen().availableGeometry().contains(popup.geometry())
    popup.hide()
