"""Editors: the widgets for the rows of the settings table, chosen by the type of the setting."""

from abc import abstractmethod

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QKeyEvent, QPalette
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from portrait.files.formats import chosen_names
from portrait.gui.widgets.buttons import SymbolButton
from portrait.language import mark, tr
from portrait.settings import AUTO, SettingField, SettingValue

_SEGMENTS_AT_MOST = 3
_CHOICE_TEXTS = {
    "auto": mark("Auto"), "on": mark("On"), "off": mark("Off"), "match": mark("Match"),
    "fast": mark("Fast"), "fine": mark("Fine"),
    "main": mark("Main"), "all": mark("All"), "copy": mark("Copy"), "skip": mark("Skip"),
    "keep": mark("As the photo"), **chosen_names(),
    "portrait": mark("Portrait"), "matte": mark("Matte"), "subject": mark("To the people"), "strip": mark("Strip"),
    "preview": mark("Camera's"), "develop": mark("Developed"),
    "library": mark("Library"), "gdepth": mark("Stored"),
    "blur": mark("Blurred"), "blur+mono": mark("Blurred and grey"), "mono": mark("Grey"),
    "image": mark("Picture"), "color": mark("Plain colour"),
    "stage": mark("Dark stage"), "transparent": mark("Transparent"),
    "disk": mark("Disk"), "pentagon": mark("Pentagon"), "hexagon": mark("Hexagon"), "heptagon": mark("Heptagon"),
    "octagon": mark("Octagon"), "nonagon": mark("Nonagon"),
}  # fmt: skip


class _StrayWheelFilter(QObject):
    """Event filter that makes a control without focus ignore the mouse wheel, so that the panel scrolls."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Wheel or (isinstance(watched, QWidget) and watched.hasFocus()):
            return False
        event.ignore()
        return True


class _PageKeysFilter(QObject):
    """Event filter that makes a control ignore Page Up and Page Down."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() not in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            return False
        event.ignore()
        return True


def ignore_stray_wheel(control: QWidget) -> None:
    """Let the mouse wheel change a control only while it has the focus, not when the user scrolls past it."""
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_StrayWheelFilter(control))


def ignore_page_keys(control: QWidget) -> None:
    """Keep Page Up and Page Down, which step through the photos, from changing a control that has the focus."""
    control.installEventFilter(_PageKeysFilter(control))


class FieldEditor(QWidget):
    """Base class of the editors: label, value and control of one setting."""

    edited = Signal(str, object)  # key, value

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value_label = QLabel()
        font = self._value_label.font()
        font.setBold(True)
        self._value_label.setFont(font)
        self._name = QLabel(tr(field.label))
        self._heading = QHBoxLayout()
        self._heading.addWidget(self._name, 1)
        self._heading.addWidget(self._value_label)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addLayout(self._heading)
        self.setToolTip(tr(field.help))

    @abstractmethod
    def set_value(self, value: SettingValue) -> None:
        """Show a value, without emitting `edited`."""

    def _add_control(self, control: QWidget) -> None:
        """Add the control below the label, with the label's text for screen readers."""
        control.setAccessibleName(tr(self.field.label))
        control.setAccessibleDescription(tr(self.field.help))
        self._name.setBuddy(control)  # a screen reader on Linux calls a drop-down list by its label alone
        ignore_page_keys(control)
        self._column.addWidget(control)
        self.setFocusProxy(control)


class SliderEditor(FieldEditor):
    """A slider over the stops of a number: the values that the setting's row names, or equal steps."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._values = values = _stops_of(field)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(values) - 1)
        self.slider.setPageStep(3)
        self.slider.valueChanged.connect(self._on_slider_moved)
        ignore_stray_wheel(self.slider)
        self._add_control(self.slider)
        self._reserve_room()
        self._show(values[0])

    def set_value(self, value: SettingValue) -> None:
        number = float(value)
        self._place(number)
        self._show(number)

    def text_of(self, value: float) -> str:
        """A value as text: a share in per cent, another number with its unit."""
        if self.field.maximum == 1.0:
            return f"{value:.0%}".replace("%", " %")
        separator = "" if self.field.unit == "°" else " "
        return f"{value:g}{separator}{self.field.unit}".strip()

    def _place(self, value: float) -> None:
        """Move the handle to the nearest stop, without a signal."""
        nearest = min(range(len(self._values)), key=lambda i: abs(self._values[i] - value))
        was_blocked = self.slider.blockSignals(True)
        self.slider.setValue(nearest)
        self.slider.blockSignals(was_blocked)

    def _show(self, value: float) -> None:
        self._value_label.setText(self.text_of(value))

    def _reserve_room(self) -> None:
        """Make the value's label as wide as its longest text, so that nothing moves when the value changes."""
        metrics = self._value_label.fontMetrics()
        self._value_label.setMinimumWidth(max(metrics.horizontalAdvance(self.text_of(value)) for value in self._values))
        self._value_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    @Slot(int)
    def _on_slider_moved(self, position: int) -> None:
        value = self._values[position]
        self._show(value)
        self.edited.emit(self.field.key, value)


class StopsEditor(SliderEditor):
    """A slider for the f-number in third stops, with labels at both ends."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        font = self._value_label.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._value_label.setFont(font)
        self._reserve_room()
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(3)
        ends = QHBoxLayout()
        for text, side in ((tr("more blur"), "left"), (tr("less blur"), "right")):
            label = QLabel(text)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft if side == "left" else Qt.AlignmentFlag.AlignRight)
            ends.addWidget(label)
        self._column.addLayout(ends)

    def text_of(self, value: float) -> str:
        return f"f/{value:.1f}" if value < 10 else f"f/{value:.0f}"


class AutoSliderEditor(SliderEditor):
    """A slider, and a button "Auto" that derives the number from the image."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._automatic: float | None = None
        self.auto_button = SymbolButton("", choice_text(field.auto_word))
        self.auto_button.setCheckable(True)
        self.auto_button.setFixedWidth(self.auto_button.fontMetrics().horizontalAdvance(self.auto_button.text()) + 20)
        self.auto_button.setAccessibleName(tr("{name}: automatic", name=tr(field.label)))
        self.auto_button.clicked.connect(self._on_auto_clicked)
        self._heading.addWidget(self.auto_button)
        if field.default != AUTO:
            self._place(float(field.default))  # what the button, unpressed, returns to

    def set_value(self, value: SettingValue) -> None:
        self.auto_button.setChecked(value == AUTO)
        role = QPalette.ColorRole.PlaceholderText if value == AUTO else QPalette.ColorRole.WindowText
        self._value_label.setForegroundRole(role)
        if value == AUTO:
            self._show_automatic()
        else:
            super().set_value(value)

    def set_automatic(self, value: float | None) -> None:
        """Set the number that "Auto" stands for in the open photo; None: it is unknown."""
        self._automatic = value
        if self.auto_button.isChecked():
            self._show_automatic()

    def _show_automatic(self) -> None:
        if self._automatic is None:
            self._value_label.clear()
        else:
            self._place(self._automatic)
            self._show(round(self._automatic, 1))

    @Slot()
    def _on_auto_clicked(self) -> None:
        by_hand = self._values[self.slider.value()]
        self.edited.emit(self.field.key, AUTO if self.auto_button.isChecked() else by_hand)


class _Segments(QWidget):
    """The row of a `SegmentsEditor`, a group with a name for screen readers."""

    accessible_role = QAccessible.Role.Grouping


class SegmentsEditor(FieldEditor):
    """A row of exclusive buttons, for two or three choices."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._group = QButtonGroup(self)
        bar = _Segments()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for index, choice in enumerate(field.choices):
            button = SymbolButton("", choice_text(choice))
            button.setCheckable(True)
            button.setAutoExclusive(True)  # one of several for screen readers too
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click, Space still shows the original
            self._group.addButton(button, index)
            row.addWidget(button, 1)
        self._group.idClicked.connect(self._on_button_clicked)
        self._add_control(bar)
        self.setFocusProxy(self._group.button(0))

    def set_value(self, value: SettingValue) -> None:
        self._group.button(self.field.choices.index(str(value))).setChecked(True)

    @Slot(int)
    def _on_button_clicked(self, index: int) -> None:
        self.edited.emit(self.field.key, self.field.choices[index])


class ChoiceEditor(FieldEditor):
    """A drop-down list, for more than three choices."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.combo = QComboBox()
        self.combo.addItems([choice_text(choice) for choice in field.choices])
        self.combo.activated.connect(self._on_activated)
        ignore_stray_wheel(self.combo)
        self._add_control(self.combo)

    def set_value(self, value: SettingValue) -> None:
        self.combo.setCurrentIndex(self.field.choices.index(str(value)))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.edited.emit(self.field.key, self.field.choices[index])


def choice_text(choice: str) -> str:
    """The text for a choice of the settings table."""
    return tr(_CHOICE_TEXTS.get(choice, choice.capitalize()))


def make_editor(field: SettingField) -> FieldEditor:
    """Make the editor for a row of the settings table.

    Raises
    ------
    ValueError
        The setting is free text or a number without a range, for which there is no editor.
    """
    if field.key == "blur.f_number":
        return StopsEditor(field)
    if field.choices:
        return (SegmentsEditor if len(field.choices) <= _SEGMENTS_AT_MOST else ChoiceEditor)(field)
    return (AutoSliderEditor if field.can_be_auto else SliderEditor)(field)


def _stops_of(field: SettingField) -> tuple[float, ...]:
    """Values of a number's slider: the field's stops, else equal steps from minimum to maximum."""
    if field.stops:
        return field.stops
    if field.minimum is None or field.maximum is None or not field.step:
        raise ValueError(f"no widget for the setting {field.key}")
    count = round((field.maximum - field.minimum) / field.step)
    return tuple(round(field.minimum + i * field.step, 6) for i in range(count + 1))
