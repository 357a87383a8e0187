"""Ready-made looks: shown as thumbnails of the open photo, taken as one step."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from portrait.gui.photo.look_popup import LookPopup
from portrait.gui.photo.looks import LOOKS, look_values
from portrait.gui.widgets.qimage import from_qimage
from portrait.settings import Settings, replace_setting


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_sets_all_that_looks_change_and_nothing_of_the_photo(name: str) -> None:
    settings = replace_setting(Settings(), "quality", "fast")
    for key, value in {**look_values("Stage"), **look_values(name)}.items():
        settings = replace_setting(settings, key, value)
    assert settings.quality == "fast"
    assert (settings.background == "blur") == ("background" not in LOOKS[name])


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen has no popups
def test_the_looks_are_shown_with_this_photo_and_taken_back_as_one_step(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page, model = under_test.window.photo_page, under_test.shell.model
    editing, service = page.editing, under_test.shell.bridge.photo
    before = model.settings
    with under_test.qtbot.waitSignal(service.looks.rendered, timeout=20_000) as rendered:
        page.looks_button.click()
    images = {name: from_qimage(image).astype(int) for name, image in rendered.args[0].items()}
    assert images.keys() == LOOKS.keys()
    assert images["White"][0, 0].min() > 250
    assert np.ptp(images["Mono"][0, 0]) <= 1
    height, width = images["Portrait"].shape[:2]
    np.testing.assert_allclose(
        images["White"][height // 2, width // 2], images["Mono"][height // 2, width // 2], atol=4
    )
    editing.looks.buttons["Swirl"].click()
    assert not editing.looks.isVisible()
    assert model.settings.blur.swirl > 0.0
    assert "Swirl" in editing.undo_action.text()
    editing.history.undo()
    assert model.settings == before
    assert not editing.undo_action.isEnabled()
    editing.take_look("Portrait")
    assert not editing.undo_action.isEnabled(), "nothing was changed"


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
