"""The widgets made from the settings table."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from portrait.core.lens.thin_lens import FOCUS_DISTANCES_M, THIRD_STOPS, Lens
from portrait.gui.options_panel import FILE_KEYS, LENS_KEYS, LOOK_KEYS, OptionsPanel
from portrait.gui.widgets.field_editors import AutoSliderEditor, ChoiceEditor, SliderEditor, make_editor
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.settings import FIELDS, Settings, read_setting, replace_setting, setting_field

DISTANCE = "blur.lens.focus_distance_m"


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


def distance_of(panel: OptionsPanel) -> AutoSliderEditor:
    editor = panel.lens.editor(DISTANCE)
    assert isinstance(editor, AutoSliderEditor)
    return editor


def slider_of(panel: OptionsPanel, key: str) -> SliderEditor:
    editor = panel.look.editor(key)
    assert isinstance(editor, SliderEditor)
    return editor


def test_every_look_and_file_setting_has_a_widget_with_its_label(panel: OptionsPanel) -> None:
    for group, keys in ((panel.look, LOOK_KEYS), (panel.lens, LENS_KEYS), (panel.files, FILE_KEYS)):
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
    shape = panel.lens.editor("blur.aperture_shape")
    assert isinstance(shape, ChoiceEditor)
    shape.combo.setCurrentIndex(2)
    shape.combo.activated.emit(2)
    assert model.settings.blur.aperture_shape == setting_field("blur.aperture_shape").choices[2]
    fast = next(b for b in panel.look.editor("quality").findChildren(QAbstractButton) if b.text() == "Fast")
    qtbot.mouseClick(fast, Qt.MouseButton.LeftButton)
    assert model.settings.quality == "fast"


def test_reset_puts_a_group_back_and_leaves_the_other(panel: OptionsPanel, model: SettingsModel) -> None:
    model.set_value("blur.f_number", 8.0)
    model.set_value("quality", "fast")
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


def test_every_control_has_an_accessible_name(panel: OptionsPanel) -> None:
    kinds = (QSlider, QComboBox, QToolButton)
    controls = [w for kind in kinds for w in panel.widget().findChildren(kind)]
    assert len(controls) >= 15
    assert all(control.accessibleName() for control in controls)


def test_free_text_has_no_widget(qapp: object) -> None:
    with pytest.raises(ValueError, match="model"):
        make_editor(setting_field("model"))


def test_every_row_of_the_blur_is_shown_once() -> None:
    shown = (*LOOK_KEYS, *LENS_KEYS, *FILE_KEYS)
    assert len(set(shown)) == len(shown)
    assert {row.key for row in FIELDS if row.key.startswith("blur.")} <= set(shown)


def test_the_lens_is_folded_away_and_opens_by_its_title(panel: OptionsPanel, qtbot: QtBot) -> None:
    assert panel.look.editor("blur.f_number").isVisible()
    assert panel.look.editor("blur.highlight_boost").isVisible()
    assert not panel.lens.body.isVisible()
    qtbot.mouseClick(panel.lens.title, Qt.MouseButton.LeftButton)
    assert panel.lens.body.isVisible()
    qtbot.mouseClick(panel.lens.title, Qt.MouseButton.LeftButton)
    assert not panel.lens.body.isVisible()


def test_a_lens_that_was_changed_is_open_from_the_start(qtbot: QtBot) -> None:
    panel = OptionsPanel(SettingsModel(replace_setting(Settings(), "blur.swirl", 0.5)))
    qtbot.addWidget(panel)
    panel.show()
    assert panel.lens.body.isVisible()


@pytest.mark.parametrize("name", ["look", "lens", "files"])
def test_reset_is_offered_where_there_is_something_to_reset(
    panel: OptionsPanel, model: SettingsModel, name: str
) -> None:
    group = getattr(panel, name)
    values = {"look": ("grain", "off"), "lens": (DISTANCE, 2.0), "files": ("save.quality", 50)}
    assert not group.reset_button.isVisible()
    model.set_value(*values[name])
    assert group.reset_button.isVisible()
    group.reset_button.click()
    assert model.settings == Settings()
    assert not group.reset_button.isVisible()


def test_blades_are_turned_and_rounded_only_where_there_are_some(panel: OptionsPanel, model: SettingsModel) -> None:
    blades = [panel.lens.editor(key) for key in ("blur.blade_curvature", "blur.aperture_rotation_deg")]
    assert not any(editor.isEnabled() for editor in blades)
    model.set_value("blur.aperture_shape", "nonagon")
    assert all(editor.isEnabled() for editor in blades)


def test_what_another_background_does_not_use_is_not_shown(panel: OptionsPanel, model: SettingsModel) -> None:
    panel.hide_settings(["people"])
    model.set_value("background", "mono")
    assert not any(panel.look.editor(key).isVisible() for key in ("blur.f_number", "grain", "people"))
    assert panel.look.editor("quality").isVisible()
    assert panel.look.isVisible()
    assert not panel.lens.isVisible()
    panel.refuse_backgrounds(["mono"])
    assert panel.look.editor("blur.f_number").isVisible(), "it is blurred in its place"
    panel.refuse_backgrounds([])
    model.set_value("background", "blur")
    assert panel.lens.isVisible()
    assert panel.look.editor("grain").isVisible()
    assert not panel.look.editor("people").isVisible()


def test_moving_the_slider_ends_automatic_and_the_button_brings_it_back(
    panel: OptionsPanel, model: SettingsModel
) -> None:
    editor = distance_of(panel)
    assert editor.auto_button.isChecked()
    editor.slider.setValue(FOCUS_DISTANCES_M.index(2.0))
    assert model.settings.blur.lens.focus_distance_m == 2.0
    assert not editor.auto_button.isChecked()
    assert "2 m" in texts(editor)
    editor.auto_button.click()
    assert model.settings.blur.lens.focus_distance_m is None
    editor.auto_button.click()
    assert model.settings.blur.lens.focus_distance_m == 2.0, "the last value by hand"


def test_automatic_shows_what_it_came_to(panel: OptionsPanel, model: SettingsModel) -> None:
    panel.show_lens(Lens(85.0, 1.234))
    assert {"1.2 m"} <= texts(distance_of(panel))
    assert {"85 mm"} <= texts(panel.lens.editor("blur.lens.focal_length_mm"))
    assert model.settings == Settings(), "to show a value is not to choose it"
    model.set_value(DISTANCE, 3.0)
    panel.show_lens(Lens(85.0, 0.7))
    assert {"3 m"} <= texts(distance_of(panel))
    model.set_value(DISTANCE, "auto")
    assert {"0.7 m"} <= texts(distance_of(panel))
    panel.show_lens(None)
    assert not any(text.endswith(" m") for text in texts(distance_of(panel)))


def test_angles_and_shares_are_written_as_such(panel: OptionsPanel, model: SettingsModel) -> None:
    model.set_value("blur.aperture_rotation_deg", -15.0)
    model.set_value("blur.cats_eye", 0.35)
    assert "-15°" in texts(panel.lens.editor("blur.aperture_rotation_deg"))
    assert "35 %" in texts(panel.lens.editor("blur.cats_eye"))


def test_the_panel_is_wide_enough_for_what_it_shows(panel: OptionsPanel, qtbot: QtBot) -> None:
    panel.resize(panel.width(), 300)
    panel.lens.title.click()
    panel.show_lens(Lens(200.0, 10.0))
    qtbot.waitUntil(panel.verticalScrollBar().isVisible)
    assert panel.widget().minimumSizeHint().width() <= panel.viewport().width()


@pytest.fixture(params=[9.0, 11.0, 14.0])
def font_size(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[float]:
    before = qapp.font()
    font = QFont(before)
    font.setPointSizeF(request.param)
    qapp.setFont(font)
    yield request.param
    qapp.setFont(before)


def test_the_panel_has_room_for_every_font_and_keeps_its_place(
    font_size: float, model: SettingsModel, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    panel = OptionsPanel(model)
    row.addWidget(panel)
    row.addWidget(QLabel("page"), 1)
    window.resize(900, 300)
    window.show()
    width_px = panel.width()
    panel.lens.title.click()
    panel.show_lens(Lens(200.0, 10.0))
    model.set_value("background", "image:/pictures/a beach with a very long name indeed.jpg")
    qtbot.waitUntil(panel.verticalScrollBar().isVisible)
    assert panel.widget().minimumSizeHint().width() <= panel.viewport().width()
    assert panel.width() == width_px


def turn_wheel(widget: QWidget) -> None:
    """One notch towards the user, over the middle of the widget."""
    window = widget.window()
    middle = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(middle), QPoint(0, -120))


@pytest.mark.parametrize("key", ["blur.f_number", "background"])
def test_the_wheel_scrolls_past_a_control_without_focus(
    panel: OptionsPanel, model: SettingsModel, qtbot: QtBot, key: str
) -> None:
    with qtbot.waitActive(panel):
        panel.resize(panel.width(), 300)
        panel.activateWindow()
    qtbot.waitUntil(panel.verticalScrollBar().isVisible)
    control = panel.look.editor(key).focusProxy()
    QApplication.focusWidget().clearFocus()
    turn_wheel(control)
    assert model.settings == Settings()
    assert panel.verticalScrollBar().value() > 0
    assert not control.hasFocus()
    control.setFocus()
    qtbot.waitUntil(control.hasFocus)
    panel.ensureWidgetVisible(control)
    turn_wheel(control)
    assert model.settings != Settings()


def test_every_stop_of_the_tab_key_has_a_name(panel: OptionsPanel) -> None:
    widgets = [w for w in (panel, *panel.findChildren(QWidget)) if w.window() is panel]
    stops = [w for w in widgets if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(stops) >= 15
    assert [w for w in stops if not (w.accessibleName() or (isinstance(w, QAbstractButton) and w.text()))] == []
