"""The settings as the widgets of a window share them."""

from pytestqt.qtbot import QtBot

from portrait.gui.widgets.settings_model import SettingsModel
from portrait.settings import Settings


def test_an_unchanged_value_is_no_change(qtbot: QtBot) -> None:
    model = SettingsModel(Settings())
    with qtbot.assertNotEmitted(model.changed):
        model.set_value("blur.f_number", model.settings.blur.f_number)
