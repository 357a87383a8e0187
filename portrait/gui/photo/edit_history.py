"""Undo and redo of what was changed by hand, for each photo, and of the settings of its look."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QUndoCommand, QUndoGroup, QUndoStack

from portrait.errors import SettingsError
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings, look_keys, read_setting, setting_field

_log = logging.getLogger(__name__)


class EditHistory(QObject):
    """The changes by hand in each photo that was opened, and the steps to and fro between them.

    Every photo has its own steps, which stay while another one is shown. A change of the look is a step too; changes of
    one setting that follow each other are one.
    """

    edits_changed = Signal(object)  # PhotoEdits: by a new step, or by undo or redo; not when another photo is opened

    def __init__(self, model: SettingsModel, is_watched: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._is_watched = is_watched
        self._settings = model.settings
        self._is_replaying = False
        self._group = QUndoGroup(self)
        self._stack: QUndoStack | None = None  # of the open photo
        self._is_active = False
        self._stacks: dict[Path, QUndoStack] = {}
        self._edits: dict[QUndoStack, PhotoEdits] = {}
        model.changed.connect(self._on_settings_changed)

    @property
    def edits(self) -> PhotoEdits:
        """Those of the open photo."""
        stack = self._stack
        return PhotoEdits() if stack is None else self._edits.get(stack, PhotoEdits())

    def edits_of(self, path: Path) -> PhotoEdits:
        """Those of a photo that was opened, or none."""
        stack = self._stacks.get(path)
        return PhotoEdits() if stack is None else self._edits.get(stack, PhotoEdits())

    def restore(self, path: Path, edits: PhotoEdits) -> None:
        """Give a photo that is to be opened the changes that it had in a project; the steps begin anew."""
        stack = self._stacks[path] = QUndoStack(self._group)
        self._edits[stack] = edits

    def open(self, path: Path | None) -> PhotoEdits:
        """Go to the steps of another photo, or to new ones for a pasted image; the changes that it has."""
        stack = None if path is None else self._stacks.get(path)
        if stack is None:
            stack = QUndoStack(self._group)
            if path is not None:
                self._stacks[path] = stack
        self._stack = stack
        self.set_active(is_active=self._is_active)
        return self.edits

    def set_active(self, *, is_active: bool) -> None:
        """Enable undo and redo, or disable them while the photo is not shown."""
        self._is_active = is_active
        self._group.setActiveStack(self._stack if is_active else None)  # type: ignore[arg-type]  # the stub lacks None

    def push(self, edits: PhotoEdits, text: str) -> None:
        """Make a change; ``text`` names the step."""
        stack = self._stack
        if stack is not None and edits != self.edits:
            stack.push(_EditStep(self, self.edits, edits, text))

    def take_over(self, edits: PhotoEdits, look: Mapping[str, object], text: str) -> None:
        """Make changes by hand and change settings of the look by key, as one step; settings that cannot be stay."""
        stack = self._stack
        is_same = all(read_setting(self._model.settings, key) == value for key, value in look.items())
        if stack is None or (is_same and edits == self.edits):
            return
        stack.beginMacro(text)
        for key in look_keys():
            if key in look:
                self._set(key, look[key])
        self.push(edits, text)
        stack.endMacro()

    def show_settings(self, values: Mapping[str, object]) -> None:
        """Change settings, which is no step: they belong to another photo."""
        self._is_replaying = True
        try:
            self._model.set_values(values)
        finally:
            self._is_replaying = False

    def _set(self, key: str, value: object) -> None:
        try:
            self._model.set_value(key, value)
        except SettingsError as exc:
            _log.warning("%s", exc)

    def undo(self) -> None:
        """Take the last step back."""
        self._group.undo()

    def redo(self) -> None:
        """Make it again."""
        self._group.redo()

    def actions(self, parent: QObject) -> tuple[QAction, QAction]:
        """Undo and redo, for menus: enabled and named as the steps are."""
        return self._group.createUndoAction(parent, tr("&Undo")), self._group.createRedoAction(parent, tr("&Redo"))

    def apply(self, edits: PhotoEdits) -> None:
        """For the steps: take over changes."""
        stack = self._stack
        if stack is not None:
            self._edits[stack] = edits
            self.edits_changed.emit(edits)

    def apply_setting(self, key: str, value: object) -> None:
        """For the steps: take over a setting."""
        self._is_replaying = True
        try:
            self._model.set_value(key, value)
        finally:
            self._is_replaying = False

    def _on_settings_changed(self, settings: Settings) -> None:
        before, self._settings = self._settings, settings
        stack = self._stack
        if stack is None or self._is_replaying or not self._is_watched():
            return
        for key in look_keys():
            old, new = read_setting(before, key), read_setting(settings, key)
            if old != new:
                stack.push(_SettingStep(self, key, old, new))


class _EditStep(QUndoCommand):
    """A change by hand."""

    def __init__(self, history: EditHistory, before: PhotoEdits, after: PhotoEdits, text: str) -> None:
        super().__init__(text)
        self._history, self._before, self._after = history, before, after

    def undo(self) -> None:
        self._history.apply(self._before)

    def redo(self) -> None:
        self._history.apply(self._after)


class _SettingStep(QUndoCommand):
    """A change of one setting; the next one of the same setting is merged into it."""

    def __init__(self, history: EditHistory, key: str, before: object, after: object) -> None:
        super().__init__(tr(setting_field(key).label))
        self._history, self._key, self._before, self._after = history, key, before, after

    def id(self) -> int:
        return 1 + look_keys().index(self._key)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _SettingStep) or other._key != self._key:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def undo(self) -> None:
        self._history.apply_setting(self._key, self._before)

    def redo(self) -> None:
        self._history.apply_setting(self._key, self._after)
