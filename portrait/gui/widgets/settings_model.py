"""The settings that all widgets share, with a signal for changes."""

from PySide6.QtCore import QObject, Signal

from portrait.gui.widgets.last_folders import LastFolders
from portrait.settings import Settings, replace_setting


class SettingsModel(QObject):
    """Holds the current `Settings`, emits a signal when they change, and knows where the user last chose files."""

    changed = Signal(object)  # Settings

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.folders = LastFolders()

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self._settings

    def set_value(self, key: str, value: object) -> None:
        """Change one setting by its dotted key.

        Raises
        ------
        SettingsError
            The setting does not allow this value.
        """
        changed = replace_setting(self._settings, key, value)
        if changed != self._settings:
            self._settings = changed
            self.changed.emit(changed)
