"""The settings that all widgets share, with a signal for changes."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from portrait.gui.widgets.last_folders import LastFolders
from portrait.gui.widgets.recent_files import RecentFiles
from portrait.settings import Settings, replace_setting, replace_settings


class SettingsModel(QObject):
    """Holds the current `Settings`, emits a signal when they change, and knows the user's last folders and files."""

    changed = Signal(object)  # Settings

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.folders = LastFolders()
        self.recent = RecentFiles()

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
        self._take(replace_setting(self._settings, key, value))

    def set_values(self, values: Mapping[str, object]) -> None:
        """Change several settings at once; raises as `set_value`, and then changes none."""
        self._take(replace_settings(self._settings, values))

    def _take(self, changed: Settings) -> None:
        if changed != self._settings:
            self._settings = changed
            self.changed.emit(changed)
