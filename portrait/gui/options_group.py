"""A titled group of settings in the options panel, made from the settings table."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from portrait.core.render.look import BLURRED_KINDS, BackgroundKind
from portrait.files.background_choice import BackgroundChoice
from portrait.gui.widgets.background_editor import BackgroundEditor
from portrait.gui.widgets.buttons import SymbolToolButton
from portrait.gui.widgets.depth_model_editor import DepthModelEditor
from portrait.gui.widgets.field_editors import FieldEditor, make_editor
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.settings import Settings, read_setting, setting_field

_BLUR_KEYS = ("grain", "ground", "depth", "depth_model", "focal_range")
_BLADE_KEYS = ("blur.blade_curvature", "blur.aperture_rotation_deg")


class OptionsGroup(QWidget):
    """A title, a reset button, and the editors of some settings.

    Parameters
    ----------
    model
        The settings that all pages share.
    title
        Heading of the group.
    keys
        Dotted keys of the settings table, in order.
    can_fold
        Whether a click on the title folds the group. It is folded at first, unless a setting differs from its default.
    """

    def __init__(
        self,
        model: SettingsModel,
        title: str,
        keys: Sequence[str],
        parent: QWidget | None = None,
        *,
        can_fold: bool = False,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._blurred: frozenset[BackgroundKind] = frozenset(BLURRED_KINDS)
        self._hidden: frozenset[str] = frozenset()
        self._editors = {key: _make_editor(key, model) for key in keys}
        self.title = FoldTitle(title) if can_fold else QLabel(title)
        self.reset_button = SymbolToolButton("reset", tr("Reset these to the defaults"))
        self.body = QWidget()
        self._lay_out()
        self.reset_button.clicked.connect(self.reset)
        for editor in self._editors.values():
            editor.edited.connect(model.set_value)
        model.changed.connect(self._on_settings_changed)
        self._on_settings_changed(model.settings)
        if isinstance(self.title, FoldTitle):
            self.title.opened.connect(self.body.setVisible)
            self.title.set_open(self._is_changed(model.settings))

    @property
    def needed_width_px(self) -> int:
        """Width of the widest editor, shown or hidden."""
        return max(editor.minimumSizeHint().width() for editor in self._editors.values())

    def editor(self, key: str) -> FieldEditor:
        """The editor of one setting; KeyError if the group does not have it."""
        return self._editors[key]

    def hide_settings(self, hidden: Collection[str]) -> None:
        """Hide the editors of these settings, which the page does not have; keys of other groups are ignored."""
        self._hidden = frozenset(hidden)
        self._show_editors(self._model.settings)

    def refuse_backgrounds(self, kinds: Collection[BackgroundKind]) -> None:
        """Treat these backgrounds as blur, which is shown in their place: the settings of the blur stay."""
        self._blurred = frozenset({*BLURRED_KINDS, *kinds})
        self._on_settings_changed(self._model.settings)

    @Slot()
    def reset(self) -> None:
        """Reset the settings of this group to their defaults."""
        for key, editor in self._editors.items():
            self._model.set_value(key, editor.field.default)

    def _lay_out(self) -> None:
        # Title and reset button.
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self.title.setFont(font)
        stays_in_place = self.reset_button.sizePolicy()
        stays_in_place.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(stays_in_place)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.reset_button)
        # One editor below the other.
        editors = QVBoxLayout(self.body)
        editors.setContentsMargins(0, 0, 0, 0)
        editors.setSpacing(20)
        for editor in self._editors.values():
            editors.addWidget(editor)
        # The title above the editors.
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(20)
        column.addLayout(head)
        column.addWidget(self.body)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        for key, editor in self._editors.items():
            editor.set_value(read_setting(settings, key))
            editor.setEnabled(key not in _BLADE_KEYS or settings.blur.aperture_shape != "disk")
        self._show_editors(settings)
        self.reset_button.setVisible(self._is_changed(settings))

    def _show_editors(self, settings: Settings) -> None:
        """Show the editors that the page has and that affect the image; without any, hide the whole group."""
        kind = BackgroundChoice.parse(settings.background).kind
        shown_kind: BackgroundKind = "blur" if kind in self._blurred else kind
        useless = {key for key in self._editors if not _is_of_use(key, shown_kind, settings)}
        without_use = {*self._hidden, *useless}
        for key, editor in self._editors.items():
            editor.setVisible(key not in without_use)
        self.setVisible(not without_use >= self._editors.keys())

    def _is_changed(self, settings: Settings) -> bool:
        """Whether a setting of this group differs from its default."""
        return any(read_setting(settings, key) != editor.field.default for key, editor in self._editors.items())


class FoldTitle(SymbolToolButton):
    """A title that unfolds and folds the group below it."""

    opened = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__("next", title, parent)
        self._is_open = False
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._on_clicked)

    def set_open(self, is_open: bool) -> None:
        """Unfold or fold, and emit `opened`."""
        self._is_open = is_open
        self.set_symbol("down" if is_open else "next")
        self.setToolTip(tr("Hide these") if is_open else tr("Show these"))
        self.opened.emit(is_open)

    @Slot()
    def _on_clicked(self) -> None:
        self.set_open(not self._is_open)


def _make_editor(key: str, model: SettingsModel) -> FieldEditor:
    field = setting_field(key)
    if key == "depth_model":
        return DepthModelEditor(field)
    return BackgroundEditor(field, model.folders) if key == "background" else make_editor(field)


def _is_of_use(key: str, kind: BackgroundKind, settings: Settings) -> bool:
    """Whether a setting affects the image on a background of this kind."""
    if key == "save.crop_margin":
        return settings.save.crop != "off"
    if key.startswith("backdrop."):
        return kind == "image" or (kind == "color" and key == "backdrop.shadow")
    if key not in _BLUR_KEYS and not key.startswith("blur."):
        return True
    is_blurred_picture = kind == "image" and settings.backdrop.distance_m is not None and key not in ("ground", "depth")
    return kind in BLURRED_KINDS or is_blurred_picture
