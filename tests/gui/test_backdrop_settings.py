"""The settings of another background in the options panel."""

from pytestqt.qtbot import QtBot

from portrait.gui.options_panel import BACKDROP_KEYS, OptionsPanel
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.settings import Settings


def test_what_sets_up_a_picture_is_shown_with_a_picture(qtbot: QtBot) -> None:
    model = SettingsModel(Settings())
    panel = OptionsPanel(model)
    qtbot.addWidget(panel)

    def shown() -> set[str]:
        return {key for key in BACKDROP_KEYS if panel.look.editor(key).isVisibleTo(panel)}

    expected = {"blur": set(), "color:#FFFFFF": {"backdrop.shadow"}, "image:a.jpg": set(BACKDROP_KEYS)}
    for background, keys in expected.items():
        model.set_value("background", background)
        assert shown() == keys
    assert not panel.look.editor("blur.f_number").isVisibleTo(panel)
    model.set_value("backdrop.distance_m", 2.0)
    assert panel.look.editor("blur.f_number").isVisibleTo(panel), "the lens blurs a picture that has a distance"
    assert not panel.lens.editor("ground").isVisibleTo(panel)
