"""The settings file."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import platformdirs

from portrait.errors import PortraitError, SettingsError
from portrait.files.system.atomic import write_atomically
from portrait.language import Language, mark, tr
from portrait.settings.model import Settings, read_setting
from portrait.settings.table import FIELDS, replace_setting

_MEND = mark("Change it there, or delete the file to start afresh.")

_logger = logging.getLogger(__name__)


def settings_path() -> Path:
    """Where the settings file lies on this system."""
    return platformdirs.user_config_path("portrait", appauthor=False) / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; without one, the built-in settings. Unknown keys are left out with a warning in the log.

    Raises
    ------
    SettingsError
        The file cannot be read, is not a JSON object, or holds a value that cannot be used.
    """
    path = path or settings_path()
    settings = Settings()
    known = {row.key for row in FIELDS}
    for key, value in _load_values(path).items():
        if key not in known:
            _logger.warning("unknown key %r in the settings file %s is left out", key, path)
            continue
        try:
            settings = replace_setting(settings, key, value)
        except SettingsError as exc:
            message = tr("{problem} in the settings file {path}", problem=exc.message, path=path)
            raise SettingsError(message, f"{exc.hint} {tr(_MEND)}") from exc
    return settings


def load_language(path: Path | None = None) -> Language:
    """Read the language alone, to have it before anything is said; ``system`` where the file does not tell it."""
    try:
        value = _load_values(path or settings_path()).get("language")
    except SettingsError:  # told by `load_settings`, where the settings are needed
        return "system"
    return value if value in get_args(Language) else "system"  # type: ignore[return-value]  # one of its values


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings file, all at once or not at all; its folder is made where it is missing.

    Raises
    ------
    SettingsError
        The folder or the file cannot be written.
    """
    path = path or settings_path()
    values = {row.key: read_setting(settings, row.key) for row in FIELDS}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(values, indent=2) + "\n").encode())
    except OSError as exc:
        raise SettingsError(
            tr("The settings folder {folder} cannot be made: {reason}", folder=path.parent, reason=exc.strerror)
        ) from exc
    except PortraitError as exc:
        raise SettingsError(tr("The settings were not saved. {problem}", problem=exc.message), exc.hint) from exc


def _load_values(path: Path) -> Mapping[str, object]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as exc:
        message = tr("The settings file {path} cannot be read: {reason}", path=path, reason=exc.strerror)
        raise SettingsError(message) from exc
    except ValueError as exc:
        raise SettingsError(
            tr("The settings file {path} is not JSON: {reason}", path=path, reason=exc), tr(_MEND)
        ) from exc
    if not isinstance(values, dict):
        raise SettingsError(tr("The settings file {path} is not a JSON object", path=path), tr(_MEND))
    return values
