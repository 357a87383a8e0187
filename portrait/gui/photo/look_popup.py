"""The looks as thumbnails of the open photo, in a popup."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from portrait.gui.photo.looks import THUMBNAIL_PX
from portrait.language import tr
from portrait.settings.presets import BUILT_IN, Preset

_COLUMNS = 5
_SHOWN_PX = 104
_TITLE_CHARACTERS = 18


class LookPopup(QFrame):
    """A grid of buttons, one for each look, and one to keep the current look; own looks can be deleted."""

    look_chosen = Signal(object)  # Preset
    save_asked = Signal()
    delete_asked = Signal(object)  # Preset

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        column.addLayout(self._grid)
        self.save_button = QPushButton(tr("Keep this look…"))
        self.save_button.setToolTip(tr("Keep background, blur and highlights as a look of your own"))
        self.save_button.clicked.connect(self._ask_to_save)
        column.addWidget(self.save_button, alignment=Qt.AlignmentFlag.AlignRight)
        self.buttons: dict[str, QToolButton] = {}
        self.set_presets(BUILT_IN)

    def set_presets(self, presets: Sequence[Preset]) -> None:
        """Show these looks, without thumbnails yet."""
        for button in self.buttons.values():
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for index, preset in enumerate(presets):
            self.buttons[preset.name] = button = self._make_button(preset)
            self._grid.addWidget(button, index // _COLUMNS, index % _COLUMNS)
        self.set_images({})

    def open_below(self, button: QWidget) -> None:
        """Show the popup under a button, its right edge at that of the button, and all of it on the screen."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 4))
        screen = button.screen().availableGeometry()
        most = screen.bottomRight() - QPoint(self.width() - 1, self.height() - 1)
        self.move(max(screen.left(), min(corner.x(), most.x())), max(screen.top(), min(corner.y(), most.y())))
        self.show()
        next(iter(self.buttons.values())).setFocus()

    def set_images(self, images: Mapping[str, QImage]) -> None:
        """Show thumbnails; a grey one stands for each that is not there yet."""
        for name, button in self.buttons.items():
            pixmap = QPixmap(THUMBNAIL_PX, THUMBNAIL_PX)
            pixmap.fill(self.palette().midlight().color())
            button.setIcon(QIcon(QPixmap.fromImage(images[name]) if name in images else pixmap))

    def _make_button(self, preset: Preset) -> QToolButton:
        button = QToolButton(autoRaise=True)
        title, metrics = preset.shown_title, button.fontMetrics()
        room_px = _TITLE_CHARACTERS * metrics.averageCharWidth()
        button.setText(metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, room_px).replace("&", "&&"))
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(_SHOWN_PX, _SHOWN_PX))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(partial(self._choose, preset))
        if preset.path is not None:
            button.setToolTip(tr("{name}: right-click to delete it", name=title))
            delete = button.addAction(tr("Delete the look {name}", name=title))
            delete.triggered.connect(partial(self._ask_to_delete, preset))
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return button

    def _choose(self, preset: Preset) -> None:
        self.hide()
        self.look_chosen.emit(preset)

    def _ask_to_save(self) -> None:
        self.hide()
        self.save_asked.emit()

    def _ask_to_delete(self, preset: Preset) -> None:
        self.hide()
        self.delete_asked.emit(preset)
