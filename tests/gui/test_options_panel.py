"""The widgets made from the settings table."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QSlider, QWidget
from pytestqt.qtbot import QtBot

from portrait.core.lens import THIRD_STOPS
from portrait.gui.field_editors import ChoiceEditor, SliderEditor, make_editor
from portrait.gui.options_panel import FILE_KEYS, LOOK_KEYS, OptionsPanel
from portrait.gui.settings_model import SettingsModel
from portrait.settings import Settings, read_setting, setting_field


@pytest.fixture
def model(qapp: object) -> SettingsModel:
    return SettingsModel(Settings())


@pytest.fixture
def panel(model: SettingsModel, qtbot: QtBot) -> OptionsPanel:
    panel = OptionsPanel(model)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def texts(widget: QWidget) -> set[str]:
    return {label.text() for label in widget.findChildren(QLabel)}


def slider_of(panel: OptionsPanel, key: str) -> SliderEditor:
    editor = panel.look.editor(key)
    assert isinstance(editor, SliderEditor)
    return editor


def test_every_look_and_file_setting_has_a_widget_with_its_label(panel: OptionsPanel) -> None:
    for group, keys in ((panel.look, LOOK_KEYS), (panel.files, FILE_KEYS)):
        assert keys
        for key in keys:
            assert setting_field(key).label in texts(group.editor(key))


def test_the_aperture_runs_through_third_stops(panel: OptionsPanel, model: SettingsModel) -> None:
    editor = slider_of(panel, "blur.f_number")
    seen = []
    for position in range(editor.slider.minimum(), editor.slider.maximum() + 1):
        editor.slider.setValue(position)
        seen.append(model.settings.blur.f_number)
    assert tuple(seen) == THIRD_STOPS
    assert "f/16" in texts(editor)


def test_an_arrow_key_is_a_third_of_a_stop(panel: OptionsPanel, model: SettingsModel, qtbot: QtBot) -> None:
    editor = slider_of(panel, "blur.f_number")
    assert "f/2.0" in texts(editor)
    qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
    assert model.settings.blur.f_number == 2.2
    assert "f/2.2" in texts(editor)


def test_a_value_between_the_stops_is_shown_and_kept(panel: OptionsPanel, model: SettingsModel) -> None:
    model.set_value("blur.f_number", 2.4)
    assert "f/2.4" in texts(slider_of(panel, "blur.f_number"))
    assert model.settings.blur.f_number == 2.4


def test_choices_write_the_word_of_the_table(panel: OptionsPanel, model: SettingsModel, qtbot: QtBot) -> None:
    shape = panel.look.editor("blur.aperture_shape")
    assert isinstance(shape, ChoiceEditor)
    shape.combo.setCurrentIndex(2)
    shape.combo.activated.emit(2)
    assert model.settings.blur.aperture_shape == setting_field("blur.aperture_shape").choices[2]
    fine = next(b for b in panel.look.editor("quality").findChildren(QAbstractButton) if b.text() == "Fine")
    qtbot.mouseClick(fine, Qt.MouseButton.LeftButton)
    assert model.settings.quality == "fine"


def test_reset_puts_a_group_back_and_leaves_the_other(panel: OptionsPanel, model: SettingsModel) -> None:
    model.set_value("blur.f_number", 8.0)
    model.set_value("quality", "fine")
    model.set_value("save.quality", 50)
    panel.look.reset()
    assert all(read_setting(model.settings, key) == setting_field(key).default for key in LOOK_KEYS)
    assert model.settings.save.quality == 50
    assert "f/2.0" in texts(slider_of(panel, "blur.f_number"))


def test_two_panels_on_one_model_agree(panel: OptionsPanel, model: SettingsModel, qtbot: QtBot) -> None:
    other = OptionsPanel(model)
    qtbot.addWidget(other)
    slider_of(panel, "blur.highlight_boost").slider.setValue(10)
    assert slider_of(other, "blur.highlight_boost").slider.value() == 10
    assert "50 %" in texts(other.look.editor("blur.highlight_boost"))


def test_an_unchanged_value_is_no_change(model: SettingsModel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(model.changed):
        model.set_value("blur.f_number", model.settings.blur.f_number)


def test_every_control_has_an_accessible_name(panel: OptionsPanel) -> None:
    controls = [w for kind in (QSlider, QComboBox) for w in panel.widget().findChildren(kind)]
    assert len(controls) >= 5
    assert all(control.accessibleName() for control in controls)


def test_free_text_has_no_widget(qapp: object) -> None:
    with pytest.raises(ValueError, match="model"):
        make_editor(setting_field("model"))
