"""Presets: looks by name, built in or kept as JSON files, for the command line and the window."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portrait.errors import PortraitError, SettingsError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.system.atomic import write_atomically
from portrait.language import mark, tr
from portrait.settings.file import settings_path
from portrait.settings.model import Settings, SettingValue, read_setting
from portrait.settings.table import FIELDS, setting_field

PRESET_SUFFIX = ".json"
_PREFIXES = ("background", "backdrop.", "blur.", "grain", "ground", "depth")
_OF_PHOTO_PREFIXES = ("blur.lens.", "grain", "ground", "depth")
_NAME = re.compile(r"[\w() +-]{1,60}")
_MOST_BYTES = 65_536

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preset:
    """A look by name.

    Attributes
    ----------
    name
        What it is called on the command line.
    values
        Settings by key that differ from the defaults.
    title
        For the window, not translated yet; empty for the name.
    path
        The file of a preset of the user's own; None for a built-in one.
    """

    name: str
    values: Mapping[str, SettingValue] = field(default_factory=dict)
    title: str = ""
    path: Path | None = None

    @property
    def shown_title(self) -> str:
        """The title in the language of the user."""
        return tr(self.title) if self.title else self.name

    @property
    def all_values(self) -> dict[str, SettingValue]:
        """The value of every setting that makes a look: those that depend on the photo only where it names them."""
        looks = {key: setting_field(key).default for key in preset_keys() if not key.startswith(_OF_PHOTO_PREFIXES)}
        return {**looks, **self.values}

    def described(self) -> str:
        """Its values, as options of the command line."""
        return " ".join(f"{setting_field(key).option} {value}" for key, value in self.values.items())


BUILT_IN: tuple[Preset, ...] = (
    Preset("natural", {"blur.f_number": 4.0}, mark("Natural")),
    Preset("portrait", {}, mark("Portrait")),
    Preset("strong", {"blur.f_number": 1.4}, mark("Strong")),
    Preset("lights", {"blur.f_number": 1.4, "blur.highlight_boost": 0.6}, mark("Lights")),
    Preset("swirl", {"blur.f_number": 1.4, "blur.swirl": 0.8, "blur.cats_eye": 0.5}, mark("Swirl")),
    Preset("grey", {"background": "blur+mono"}, mark("Blurred and grey")),
    Preset("mono", {"background": "mono"}, mark("Mono")),
    Preset("stage", {"background": "stage"}, mark("Stage")),
    Preset("studio", {"background": "color:#C9C7C4", "backdrop.shadow": 0.6}, mark("Studio")),
    Preset("white", {"background": "color:#FFFFFF"}, mark("White")),
)


def preset_keys() -> tuple[str, ...]:
    """Keys of the settings that a preset may set."""
    return tuple(row.key for row in FIELDS if row.key.startswith(_PREFIXES))


def presets_folder() -> Path:
    """Folder of the user's own presets on this system."""
    return settings_path().parent / "presets"


def list_presets() -> tuple[Preset, ...]:
    """The built-in presets, then the user's own by name; a damaged one is left out with a warning in the log."""
    own = []
    for path in sorted(presets_folder().glob(f"*{PRESET_SUFFIX}")):
        try:
            own.append(load_preset(path))
        except SettingsError as exc:
            _logger.warning("the preset %s is left out: %s", path, exc.message)
    return (*BUILT_IN, *own)


def find_preset(words: str) -> Preset:
    """The preset of a name, or that of a JSON file.

    Raises
    ------
    SettingsError
        There is none of this name, or the file cannot be used.
    """
    if words.lower().endswith(PRESET_SUFFIX):
        return load_preset(Path(words).expanduser())
    built_in = {preset.name: preset for preset in BUILT_IN}.get(words.lower())
    if built_in is not None:
        return built_in
    path = presets_folder() / f"{words}{PRESET_SUFFIX}"
    if _NAME.fullmatch(words) and path.exists():
        return load_preset(path)
    names = ", ".join(preset.name for preset in list_presets())
    raise SettingsError(
        tr("There is no preset {name}", name=words), tr("Take one of these, or a JSON file: {names}.", names=names)
    )


def load_preset(path: Path) -> Preset:
    """Read a preset: a JSON object of options without their dashes, or keys of the settings, and their values.

    The image of a background is looked for beside the preset where its path is relative.

    Raises
    ------
    SettingsError
        The file cannot be read, is no such object, or holds what is no part of a look.
    """
    rows = {row.key: row for row in FIELDS if row.key in preset_keys()}
    by_option = {row.option.removeprefix("--"): row for row in rows.values()}
    values = {}
    for name, value in _read_object(path).items():
        row = rows.get(name) or by_option.get(name)
        if row is None:
            message = tr("{name} in the preset {path} is no part of a look", name=repr(name), path=path)
            raise SettingsError(message, tr("It may hold {names}.", names=", ".join(by_option)))
        try:
            values[row.key] = row.require(value)
        except SettingsError as exc:
            raise SettingsError(tr("{problem} in the preset {path}", problem=exc.message, path=path), exc.hint) from exc
    if "background" in values:
        values["background"] = _beside(str(values["background"]), path.parent)
    return Preset(path.stem, values, path=path)


def save_preset(name: str, settings: Settings) -> Preset:
    """Keep the look of the settings, without what depends on the photo, as a preset; one of this name is replaced.

    Raises
    ------
    SettingsError
        The name cannot be that of a preset, or is that of a built-in one; or the file cannot be written.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        hint = tr("Use up to 60 letters, digits, spaces and - + ( ).")
        raise SettingsError(tr("{name} cannot be the name of a preset", name=repr(name)), hint)
    if name.lower() in {preset.name for preset in BUILT_IN}:
        raise SettingsError(tr("The preset {name} is built in", name=name), tr("Choose another name."))
    looks = {key: read_setting(settings, key) for key in Preset("").all_values}
    values = {key: value for key, value in looks.items() if value != setting_field(key).default}
    preset = Preset(name, values, path=presets_folder() / f"{name}{PRESET_SUFFIX}")
    by_option = {setting_field(key).option.removeprefix("--"): value for key, value in values.items()}
    _write(presets_folder() / f"{name}{PRESET_SUFFIX}", by_option)
    return preset


def delete_preset(preset: Preset) -> None:
    """Delete a preset of the user's own; one that is not there any more is no error.

    Raises
    ------
    SettingsError
        The file cannot be deleted.
    """
    if preset.path is None:
        raise ValueError(f"{preset.name} is built in")
    try:
        preset.path.unlink(missing_ok=True)
    except OSError as exc:
        raise SettingsError(
            tr("The preset {path} cannot be deleted: {reason}", path=preset.path, reason=exc.strerror)
        ) from exc


def _read_object(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MOST_BYTES).decode("utf-8"))
    except OSError as exc:
        message = tr("The preset {path} cannot be read: {reason}", path=path, reason=exc.strerror)
        raise SettingsError(message, tr("The command portrait presets names those that are there.")) from exc
    except (ValueError, RecursionError) as exc:
        raise SettingsError(tr("The preset {path} is not JSON: {reason}", path=path, reason=exc)) from exc
    if not isinstance(values, dict):
        raise SettingsError(tr("The preset {path} is not a JSON object", path=path))
    return values


def _beside(background: str, folder: Path) -> str:
    choice = BackgroundChoice.parse(background)
    return background if choice.path is None else str(BackgroundChoice("image", str(folder / choice.path)))


def _write(path: Path, values: Mapping[str, object]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as exc:
        raise SettingsError(
            tr("The settings folder {folder} cannot be made: {reason}", folder=path.parent, reason=exc.strerror)
        ) from exc
    except PortraitError as exc:
        raise SettingsError(tr("The preset was not saved. {problem}", problem=exc.message), exc.hint) from exc
