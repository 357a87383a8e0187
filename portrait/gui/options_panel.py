"""The options panel at the right of the window, made from the settings table and shared by the four pages."""

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from portrait.core.lens.thin_lens import Lens
from portrait.core.render.look import BackgroundKind
from portrait.gui.options_group import OptionsGroup
from portrait.gui.widgets.background_editor import BackgroundEditor
from portrait.gui.widgets.field_editors import AutoSliderEditor
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.settings import FIELDS

BACKDROP_KEYS = tuple(field.key for field in FIELDS if field.key.startswith("backdrop."))
LOOK_KEYS = (
    "background",
    *BACKDROP_KEYS,
    "blur.f_number",
    "blur.highlight_boost",
    "grain",
    "quality",
    "camera_matte",
    "raw",
    "live_quality",
    "people",
)
LENS_KEYS = (
    *(field.key for field in FIELDS if field.key.startswith("blur.") and field.key not in LOOK_KEYS),
    "ground",
    "depth",
    "depth_model",
    "focal_range",
)
FILE_KEYS = (*(field.key for field in FIELDS if field.key.startswith("save.")), "edits", "no_person")
PHOTO_KEYS = (
    "grain",
    "quality",
    "camera_matte",
    "raw",
    "ground",
    "depth",
    "depth_model",
    "focal_range",
    "people",
    *FILE_KEYS,
)
"""Settings without effect in the live view and in videos."""

LIVE_KEYS = ("live_quality",)
"""Settings that only the live view and videos have."""

FOLDER_KEYS = ("no_person",)
"""Settings that only a batch has."""

WINDOW_KEYS = ("edits",)
"""Settings of photos that are changed by hand, which a batch has none of."""
_LEAST_WIDTH_PX = 264
_SIDE_MARGIN_PX = 20


class OptionsPanel(QScrollArea):
    """Groups of settings (look, lens, files) and the name of the model in use."""

    def __init__(self, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = OptionsGroup(model, tr("Look"), LOOK_KEYS, self)
        self.lens = OptionsGroup(model, tr("Lens"), LENS_KEYS, self, can_fold=True)
        self.files = OptionsGroup(model, tr("Files"), FILE_KEYS, self)
        self._model_label = QLabel(tr("Opening the model…"))
        self._model_label.setWordWrap(True)
        self._model_label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls are the stops of the tab key
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._content())

    def sizeHint(self) -> QSize:
        """As wide as the widest setting, shown or hidden, so that the panel never changes its width."""
        groups = (self.look, self.lens, self.files)
        content_px = max(group.needed_width_px for group in groups) + 2 * _SIDE_MARGIN_PX
        width_px = content_px + self.verticalScrollBar().sizeHint().width()
        return QSize(max(_LEAST_WIDTH_PX, width_px), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width(), super().minimumSizeHint().height())

    @property
    def model_text(self) -> str:
        """Name of the model and of what it runs on."""
        return self._model_label.text()

    def set_model_text(self, text: str) -> None:
        """Show the name of the model and of what it runs on."""
        self._model_label.setText(text)

    def hide_settings(self, hidden: Collection[str]) -> None:
        """Hide these settings, and groups that would be empty; show all others that affect the image."""
        for group in (self.look, self.lens, self.files):
            group.hide_settings(hidden)

    def refuse_backgrounds(self, kinds: Collection[BackgroundKind]) -> None:
        """Disable these backgrounds, which the current page cannot have, and enable all others."""
        editor = self.look.editor("background")
        if isinstance(editor, BackgroundEditor):
            editor.set_refused(kinds, tr("For photos and folders only"))
        for group in (self.look, self.lens):
            group.refuse_backgrounds(kinds)

    def show_lens(self, lens: Lens | None) -> None:
        """Show the values that ``auto`` has for the open photo; None: they are unknown."""
        automatic = {
            "blur.lens.focal_length_mm": None if lens is None else lens.focal_length_mm,
            "blur.lens.focus_distance_m": None if lens is None else lens.focus_distance_m,
        }
        for key, value in automatic.items():
            editor = self.lens.editor(key)
            if isinstance(editor, AutoSliderEditor):
                editor.set_automatic(value)

    def _content(self) -> QWidget:
        """The scrolled widget: the groups, and the name of the model below."""
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(_SIDE_MARGIN_PX, 16, _SIDE_MARGIN_PX, 16)
        column.setSpacing(28)
        column.addWidget(self.look)
        column.addWidget(self.lens)
        column.addWidget(self.files)
        column.addStretch(1)
        column.addWidget(self._model_label)
        return content
