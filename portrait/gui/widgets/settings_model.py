"""The settings as the widgets share them: one value, one signal."""

from PySide6.QtCore import QObject, Signal

from portrait.settings import Settings, replace_setting


class SettingsModel(QObject):
    """Holds the `Settings` that all pages look at, and says when they change."""

    changed = Signal(object)  # Settings

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    @property
    def settings(self) -> Settings:
        """The settings now."""
        return self._settings

    def set_value(self, key: str, value: object) -> None:
        """Change one setting by its dotted key.

        Raises
        ------
        SettingsError
            The value is not one that the field takes.
        """
        changed = replace_setting(self._settings, key, value)
        if changed != self._settings:
            self._settings = changed
            self.changed.emit(changed)
