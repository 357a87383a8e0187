"""The row of controls below the photo: tools, the brush, undo, the mask, magnification."""

from typing import Literal

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAction, QActionGroup, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from portrait.gui.photo.brush import LEAST_RADIUS_PX, MOST_RADIUS_PX, Brush
from portrait.gui.photo.mask_overlay import MaskOverlay
from portrait.gui.widgets.buttons import SymbolToolButton
from portrait.gui.widgets.field_editors import ignore_page_keys
from portrait.gui.widgets.page_header import ElidedLabel
from portrait.language import mark, tr

ToolName = Literal["move", "add", "remove", "part", "people", "focus"]

_TOOLS: tuple[tuple[ToolName, str, str, str], ...] = (
    ("move", "hand", mark("Move"), mark("Look and move (H)")),
    ("add", "brush-add", mark("Keep"), mark("Brush what stays sharp (B).\nAlt or the right button blurs instead.")),
    (
        "remove",
        "brush-remove",
        mark("Blur"),
        mark("Brush what is to be blurred (E).\nAlt or the right button keeps instead."),
    ),
    ("part", "part", mark("Part"), mark("Fill a hole in the mask, or drop a part of it, by a click (G)")),
    ("people", "people", mark("People"), mark("Choose by a click who stays sharp (P)")),
    (
        "focus",
        "focus",
        mark("Focus"),
        mark("Focus by a click on something nearer or farther (T).\nA click on the person focuses as before."),
    ),
)
_HINTS: dict[ToolName, str] = {
    "move": mark("Zoom by wheel or double click"),
    "part": mark("Click a hole or an island"),
    "people": mark("Click a person to keep or blur"),
    "focus": mark("Click what is to be sharp"),
}
_OVERLAY_TEXTS: dict[MaskOverlay, str] = {
    "off": mark("&Off"),
    "red": mark("&Red where it blurs"),
    "grey": mark("&White on black"),
    "checks": mark("&Subject on a chequerboard"),
    "band": mark("&Unknown band"),
    "xray": mark("&X-ray: what the network sees"),
}
_SLIDER_PX, _LEAST_SLIDER_PX, _ICON_PX = 90, 32, 18
_LABELED_BRUSH_PX, _BRUSH_PX, _LEAST_BRUSH_PX = 280, 185, 80
"""Width of what belongs to the brush, with texts, without, and at least."""

_ICONS_ROW_PX, _TEXT_GAP_PX = 344, 8
"""Width of the row with icons alone, without the magnification; and of the gap before a text."""

_ZOOM_TEXT = "888 %"


class ToolBar(QWidget):
    """Controls of the view; disabled while there is nothing to mend."""

    tool_chosen = Signal(str)  # ToolName
    overlay_chosen = Signal(str)  # MaskOverlay
    zoom_stepped = Signal(int)
    zoom_toggled = Signal()
    accessible_role = QAccessible.Role.ToolBar

    def __init__(self, brush: Brush, undo: QAction, redo: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._brush = brush
        self.setAccessibleName(tr("Tools"))
        self._tools = QButtonGroup(self)
        self.tool_buttons: dict[ToolName, SymbolToolButton] = {}
        for index, (name, symbol, text, tip) in enumerate(_TOOLS):
            self.tool_buttons[name] = button = _button(symbol, tr(text), tr(tip))
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._tools.addButton(button, index)
        self.tool_buttons["move"].setChecked(True)
        self.size_slider = _slider(tr("Size"), LEAST_RADIUS_PX, MOST_RADIUS_PX)
        self.hardness_slider = _slider(tr("Hardness"), 0, 100)
        self.hint = ElidedLabel(tr(_HINTS["move"]))
        self.undo_button, self.redo_button = _of_action("undo", undo), _of_action("redo", redo)
        self.mask_button = _button("mask", tr("Mask"), tr("Show the mask (M)"))
        self.mask_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.zoom_out_button = _button("zoom-out", tr("Zoom out"), tr("Zoom out (Ctrl+-)"))
        self.zoom_in_button = _button("zoom-in", tr("Zoom in"), tr("Zoom in (Ctrl++)"))
        self.zoom_button = QToolButton(autoRaise=True)
        self.zoom_button.setToolTip(tr("All of the photo (Ctrl+0) or 100 % (Ctrl+1)"))
        self._fill_mask_menu()
        self._lay_out()
        self._connect()
        self._show_brush()

    def set_tool(self, name: ToolName) -> None:
        """Check the button of a tool."""
        self.tool_buttons[name].setChecked(True)
        is_brush = name in ("add", "remove")
        self._middle.setCurrentIndex(1 if is_brush else 0)
        self.show_hint(tr(_HINTS[name]) if name in _HINTS else "")

    def show_hint(self, text: str) -> None:
        """Say what to do with the tool in hand, or why nothing was done."""
        self.hint.setText(text)
        self.hint.setToolTip(text)

    def set_overlay(self, overlay: MaskOverlay) -> None:
        """Check how the mask is shown."""
        self._overlay_actions[overlay].setChecked(True)
        self.mask_button.setDown(False)
        self.mask_button.setChecked(overlay != "off")

    def set_zoom(self, scale: float) -> None:
        """Show the magnification."""
        self.zoom_button.setText(f"{100.0 * scale:.0f} %")
        self.zoom_button.setAccessibleName(tr("Magnification {percent:.0f} %", percent=100.0 * scale))

    def set_possible(self, *, is_found: bool, is_choice: bool, has_distances: bool) -> None:
        """Enable what can be done: a matte is found; there are people to choose from; distances are known."""
        needs: dict[ToolName, bool] = {"people": is_choice, "focus": has_distances}
        for name, button in self.tool_buttons.items():
            button.setEnabled(name == "move" or (is_found and needs.get(name, True)))
        self._explain("focus", tr("No distances are known in this photo") if is_found and not has_distances else "")
        self.mask_button.setEnabled(is_found)
        self._explain("people", tr("Fewer than two people were found") if is_found and not is_choice else "")

    def _explain(self, name: ToolName, why_not: str) -> None:
        """Say what a tool does, or why it does nothing here."""
        tip = next(tip for tool, _, _, tip in _TOOLS if tool == name)
        self.tool_buttons[name].setToolTip(why_not or tr(tip))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < self._least_px(is_narrow=False) + _BRUSH_PX
        style = Qt.ToolButtonStyle
        for button in (*self.tool_buttons.values(), self.mask_button):
            button.setToolButtonStyle(style.ToolButtonIconOnly if is_narrow else style.ToolButtonTextBesideIcon)
        has_texts = self.width() >= self._least_px(is_narrow=is_narrow) + _LABELED_BRUSH_PX - 2 * (
            _SLIDER_PX - _LEAST_SLIDER_PX
        )
        for label in self._brush_labels:
            label.setVisible(has_texts)

    def minimumSizeHint(self) -> QSize:
        """Room for the icons alone: a row of texts would keep the window wide."""
        return QSize(self._least_px(is_narrow=True) + _LEAST_BRUSH_PX, super().minimumSizeHint().height())

    def _least_px(self, *, is_narrow: bool) -> int:
        """Width of all but what is in the middle, with icons alone or with texts."""
        text_px = 0
        if not is_narrow:
            named = (*self.tool_buttons.values(), self.mask_button)
            text_px = sum(self.fontMetrics().horizontalAdvance(button.text()) + _TEXT_GAP_PX for button in named)
        return text_px + _ICONS_ROW_PX + self.fontMetrics().horizontalAdvance(_ZOOM_TEXT)

    def _fill_mask_menu(self) -> None:
        menu, group = QMenu(self), QActionGroup(self)
        self._overlay_actions: dict[MaskOverlay, QAction] = {}
        for overlay, text in _OVERLAY_TEXTS.items():
            action = menu.addAction(tr(text))
            action.setCheckable(True)
            action.setData(overlay)
            group.addAction(action)
            self._overlay_actions[overlay] = action
        self._overlay_actions["off"].setChecked(True)
        group.triggered.connect(lambda action: self.overlay_chosen.emit(action.data()))
        self.mask_button.setCheckable(True)
        self.mask_button.setMenu(menu)
        self.mask_button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def _lay_out(self) -> None:
        # Brush, or what to do with another tool.
        brush_row = QWidget()
        row = _row(brush_row)
        row.setContentsMargins(8, 0, 0, 0)
        self._brush_labels: list[QLabel] = []
        for text, slider in ((tr("Size"), self.size_slider), (tr("Hardness"), self.hardness_slider)):
            label = QLabel(text)
            label.setBuddy(slider)
            self._brush_labels.append(label)
            row.addWidget(label)
            row.addWidget(slider, 1)
        row.addStretch(0)
        row.setSpacing(6)
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.hint.setContentsMargins(8, 0, 0, 0)
        self._middle = QStackedWidget()
        self._middle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._middle.addWidget(self.hint)
        self._middle.addWidget(brush_row)
        # From left to right.
        whole = _row(self)
        for button in self.tool_buttons.values():
            whole.addWidget(button)
        whole.addWidget(self._middle, 1)
        for button in (self.undo_button, self.redo_button, self.mask_button):
            whole.addWidget(button)
        whole.addSpacing(6)
        whole.addWidget(self.zoom_out_button)
        whole.addWidget(self.zoom_button)
        whole.addWidget(self.zoom_in_button)
        self.zoom_button.setMinimumWidth(self.fontMetrics().horizontalAdvance(_ZOOM_TEXT) + 12)

    def _connect(self) -> None:
        self._tools.idClicked.connect(lambda index: self.tool_chosen.emit(_TOOLS[index][0]))
        self.size_slider.valueChanged.connect(self._brush.set_radius)
        self.hardness_slider.valueChanged.connect(lambda percent: self._brush.set_hardness(percent / 100.0))
        self._brush.changed.connect(self._show_brush)
        self.mask_button.clicked.connect(lambda is_on: self.overlay_chosen.emit("red" if is_on else "off"))
        self.zoom_out_button.clicked.connect(lambda: self.zoom_stepped.emit(-1))
        self.zoom_in_button.clicked.connect(lambda: self.zoom_stepped.emit(1))
        self.zoom_button.clicked.connect(self.zoom_toggled)

    @Slot()
    def _show_brush(self) -> None:
        shown = ((self.size_slider, self._brush.radius_px), (self.hardness_slider, 100.0 * self._brush.hardness))
        for slider, value in shown:
            with QSignalBlocker(slider):
                slider.setValue(round(value))
        self.size_slider.setToolTip(
            tr("Radius {radius_px:.0f} px on the screen ([ and ])", radius_px=self._brush.radius_px)
        )
        self.hardness_slider.setToolTip(
            tr(
                "{percent:.0f} % (Shift+[ and Shift+]).\nWithin the inner ring all is certain; around it "
                "the colours decide.",
                percent=100.0 * self._brush.hardness,
            )
        )


def _button(symbol: str, text: str, tip: str) -> SymbolToolButton:
    button = SymbolToolButton(symbol, text)
    button.setToolTip(tip)
    button.setIconSize(QSize(_ICON_PX, _ICON_PX))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click the keys still go to the photo
    return button


def _of_action(symbol: str, action: QAction) -> SymbolToolButton:
    """A button that does an action, named and enabled as the action is."""
    button = _button(symbol, action.text(), action.text())

    def follow() -> None:
        text = action.text().replace("&", "")
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    button.clicked.connect(action.trigger)
    follow()
    return button


def _slider(name: str, least: int, most: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(least, most)
    slider.setMinimumWidth(_LEAST_SLIDER_PX)
    slider.setMaximumWidth(_SLIDER_PX)
    slider.setAccessibleName(name)
    slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    ignore_page_keys(slider)
    return slider


def _row(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    return row
