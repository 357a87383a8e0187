"""One widget for each row of the settings table."""

from abc import abstractmethod

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from portrait.files.formats import chosen_names
from portrait.gui.widgets.buttons import SymbolButton
from portrait.settings import AUTO, SettingField, SettingValue

_SEGMENTS_AT_MOST = 3
_CHOICE_TEXTS = {
    "keep": "As the photo", **chosen_names(),
    "blur": "Blurred", "mono": "Grey", "image": "Picture", "color": "Plain colour", "stage": "Dark stage",
}  # fmt: skip


class _StrayWheelFilter(QObject):
    """Leaves the wheel to whatever scrolls behind a control that has no focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Wheel or (isinstance(watched, QWidget) and watched.hasFocus()):
            return False
        event.ignore()
        return True


def ignore_stray_wheel(control: QWidget) -> None:
    """Let the wheel change a control only after a click or a tab into it, not when somebody scrolls past."""
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_StrayWheelFilter(control))


class FieldEditor(QWidget):
    """Label, value and control of one setting."""

    edited = Signal(str, object)  # key, value

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value_label = QLabel()
        font = self._value_label.font()
        font.setBold(True)
        self._value_label.setFont(font)
        name = QLabel(self.tr(field.label))
        self._heading = QHBoxLayout()
        self._heading.addWidget(name, 1)
        self._heading.addWidget(self._value_label)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addLayout(self._heading)
        self.setToolTip(self.tr(field.help))

    @abstractmethod
    def set_value(self, value: SettingValue) -> None:
        """Show a value without saying that it was edited."""

    def _adopt(self, control: QWidget) -> None:
        control.setAccessibleName(self.tr(self.field.label))
        control.setAccessibleDescription(self.tr(self.field.help))
        self._column.addWidget(control)
        self.setFocusProxy(control)


class SliderEditor(FieldEditor):
    """A slider over the values at which a number's widget halts."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._values = values = _stops_of(field)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(values) - 1)
        self.slider.setPageStep(3)
        self.slider.valueChanged.connect(self._on_slider_moved)
        ignore_stray_wheel(self.slider)
        self._adopt(self.slider)
        self._reserve_room()
        self._show(values[0])

    def set_value(self, value: SettingValue) -> None:
        number = float(value)
        self._place(number)
        self._show(number)

    def text_of(self, value: float) -> str:
        """The value as it is shown: a share in per cent, else the number with its unit."""
        if self.field.maximum == 1.0:
            return f"{value:.0%}".replace("%", " %")
        separator = "" if self.field.unit == "°" else " "
        return f"{value:g}{separator}{self.field.unit}".strip()

    def _place(self, value: float) -> None:
        """Move the handle without saying so."""
        nearest = min(range(len(self._values)), key=lambda i: abs(self._values[i] - value))
        was_blocked = self.slider.blockSignals(True)
        self.slider.setValue(nearest)
        self.slider.blockSignals(was_blocked)

    def _show(self, value: float) -> None:
        self._value_label.setText(self.text_of(value))

    def _reserve_room(self) -> None:
        """For the longest text, so that nothing moves as the value changes."""
        metrics = self._value_label.fontMetrics()
        self._value_label.setMinimumWidth(max(metrics.horizontalAdvance(self.text_of(value)) for value in self._values))
        self._value_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    @Slot(int)
    def _on_slider_moved(self, position: int) -> None:
        value = self._values[position]
        self._show(value)
        self.edited.emit(self.field.key, value)


class StopsEditor(SliderEditor):
    """The aperture in third stops, with the ends of the scale named."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        font = self._value_label.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._value_label.setFont(font)
        self._reserve_room()
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(3)
        ends = QHBoxLayout()
        for text, side in ((self.tr("more blur"), "left"), (self.tr("less blur"), "right")):
            label = QLabel(text)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft if side == "left" else Qt.AlignmentFlag.AlignRight)
            ends.addWidget(label)
        self._column.addLayout(ends)

    def text_of(self, value: float) -> str:
        return f"f/{value:.1f}" if value < 10 else f"f/{value:.0f}"


class AutoSliderEditor(SliderEditor):
    """A slider, and a button that leaves the number to the picture."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._automatic: float | None = None
        self.auto_button = SymbolButton("", self.tr("Auto"))
        self.auto_button.setCheckable(True)
        self.auto_button.setFixedWidth(self.auto_button.fontMetrics().horizontalAdvance(self.auto_button.text()) + 20)
        self.auto_button.setAccessibleName(self.tr("{name}: automatic").format(name=self.tr(field.label)))
        self.auto_button.clicked.connect(self._on_auto_clicked)
        self._heading.addWidget(self.auto_button)

    def set_value(self, value: SettingValue) -> None:
        self.auto_button.setChecked(value == AUTO)
        role = QPalette.ColorRole.PlaceholderText if value == AUTO else QPalette.ColorRole.WindowText
        self._value_label.setForegroundRole(role)
        if value == AUTO:
            self._show_automatic()
        else:
            super().set_value(value)

    def set_automatic(self, value: float | None) -> None:
        """Show what the number is while it is left to the picture; None where that is not known."""
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


class SegmentsEditor(FieldEditor):
    """A row of buttons of which one is pressed, for two or three choices."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._group = QButtonGroup(self)
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for index, choice in enumerate(field.choices):
            button = SymbolButton("", self.tr(choice_text(choice)))
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the picture
            self._group.addButton(button, index)
            row.addWidget(button, 1)
        self._group.idClicked.connect(self._on_button_clicked)
        self._adopt(bar)
        self.setFocusProxy(self._group.button(0))

    def set_value(self, value: SettingValue) -> None:
        self._group.button(self.field.choices.index(str(value))).setChecked(True)

    @Slot(int)
    def _on_button_clicked(self, index: int) -> None:
        self.edited.emit(self.field.key, self.field.choices[index])


class ChoiceEditor(FieldEditor):
    """A drop-down list."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.combo = QComboBox()
        self.combo.addItems([self.tr(choice_text(choice)) for choice in field.choices])
        self.combo.activated.connect(self._on_activated)
        ignore_stray_wheel(self.combo)
        self._adopt(self.combo)

    def set_value(self, value: SettingValue) -> None:
        self.combo.setCurrentIndex(self.field.choices.index(str(value)))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.edited.emit(self.field.key, self.field.choices[index])


def choice_text(choice: str) -> str:
    """A word of the settings table as the window writes it."""
    return _CHOICE_TEXTS.get(choice, choice.capitalize())


def make_editor(field: SettingField) -> FieldEditor:
    """The widget for a row of the table.

    Raises
    ------
    ValueError
        Free text, or a number without range: the window has no widget for it.
    """
    if field.key == "blur.f_number":
        return StopsEditor(field)
    if field.choices:
        return (SegmentsEditor if len(field.choices) <= _SEGMENTS_AT_MOST else ChoiceEditor)(field)
    return (AutoSliderEditor if field.can_be_auto else SliderEditor)(field)


def _stops_of(field: SettingField) -> tuple[float, ...]:
    if field.stops:
        return field.stops
    if field.minimum is None or field.maximum is None or not field.step:
        raise ValueError(f"no widget for the setting {field.key}")
    count = round((field.maximum - field.minimum) / field.step)
    return tuple(round(field.minimum + i * field.step, 6) for i in range(count + 1))
