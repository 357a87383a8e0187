"""The settings that make the look of a photo."""

from collections.abc import Mapping

from portrait.errors import SettingsError
from portrait.settings.model import SettingValue
from portrait.settings.table import FIELDS, setting_field

_PREFIXES = (
    *("background", "backdrop.", "blur.", "grain", "ground", "depth", "foc", "quality", "camera_matte", "people"),
    "subject",
    "raw",
)


def look_keys() -> tuple[str, ...]:
    """Keys of the settings that make the look of a photo."""
    return tuple(row.key for row in FIELDS if row.key.startswith(_PREFIXES))


def parse_look(values: Mapping[str, object]) -> dict[str, SettingValue]:
    """The settings of a look that was kept, as values or as texts; what cannot be used is left out."""
    look: dict[str, SettingValue] = {}
    for key in look_keys():
        value = values.get(key)
        if value is None:
            continue
        row = setting_field(key)
        try:
            look[key] = row.parse(value) if isinstance(value, str) else row.require(value)
        except SettingsError:  # from another version, or not ours
            continue
    return look
