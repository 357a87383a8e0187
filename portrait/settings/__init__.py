"""Settings of the app: one table of fields that feeds the settings file, the command line and the window."""

from portrait.settings.field import SettingField
from portrait.settings.file import load_language, load_settings, save_settings, settings_path
from portrait.settings.file_options import file_options, video_options
from portrait.settings.look import look_keys, parse_look
from portrait.settings.model import AUTO, ColorScheme, Settings, SettingValue, read_setting
from portrait.settings.table import FIELDS, replace_setting, replace_settings, setting_field

__all__ = [
    "AUTO",
    "FIELDS",
    "ColorScheme",
    "SettingField",
    "SettingValue",
    "Settings",
    "file_options",
    "load_language",
    "load_settings",
    "look_keys",
    "parse_look",
    "read_setting",
    "replace_setting",
    "replace_settings",
    "save_settings",
    "setting_field",
    "settings_path",
    "video_options",
]
