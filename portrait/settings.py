"""Settings of the app: one table of fields that feeds the settings file, the command line and the window.

The window starts with the file and writes it; the command line starts with the built-in values, so that a script makes
the same picture on every machine, whatever was last clicked in the window.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import platformdirs

from portrait.core.lens import F_NUMBER_MAX, F_NUMBER_MIN, ApertureShape, BlurOptions
from portrait.core.look import GrainMode
from portrait.errors import PortraitError, SettingsError
from portrait.files.atomic import write_atomically
from portrait.files.background_choice import BACKGROUND_FORM, BackgroundChoice
from portrait.files.formats import OutputFormat, SaveOptions

if TYPE_CHECKING:
    from portrait.batch.portrait_file import NoPerson
    from portrait.engine import Quality

ColorScheme = Literal["auto", "light", "dark"]
SettingValue: TypeAlias = float | int | str

_MEND = "Change it there, or delete the file to start afresh."

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user can choose and keep. A service receives its own part of it, never the whole.

    Attributes
    ----------
    background
        What stands behind the subject, in the form of `BACKGROUND_FORM`.
    blur
        The lens; for the background ``blur``.
    grain
        Noise of the blurred background of photos, as in `portrait.core.look.Look`; live pictures have none.
    quality
        ``fast`` or ``fine``: how the matte is found.
    model
        Name or path of the segmentation model; empty for the bundled one.
    save
        Format and quality of saved pictures.
    no_person
        What becomes of a photo without a person in a batch: ``copy`` or ``skip``.
    max_megapixels
        Larger pictures are refused before they are decoded.
    live_source
        Id of the camera, ``synthetic``, or the path of a video file; empty for the first camera.
    live_width, live_height
        Size in pixels asked of the camera.
    color_scheme
        ``auto`` follows the system.
    """

    background: str = "blur"
    blur: BlurOptions = field(default_factory=BlurOptions)
    grain: GrainMode = "match"
    quality: "Quality" = "fast"
    model: str = ""
    save: SaveOptions = field(default_factory=SaveOptions)
    no_person: "NoPerson" = "copy"
    max_megapixels: float = 200.0
    live_source: str = ""
    live_width: int = 1280
    live_height: int = 720
    color_scheme: ColorScheme = "auto"


@dataclass(frozen=True, slots=True)
class SettingField:
    """One row of the table: what a setting is called, and which values it takes.

    Attributes
    ----------
    key
        Dotted path in `Settings`, and the key in the file.
    label, help
        For the window, and for ``--help``.
    option
        Option of the command line; empty where there is none.
    minimum, maximum, step
        Range of a number, ends included, and the step of its widget.
    choices
        The words a choice takes; empty for numbers and free text.
    unit
        Shown behind the number.
    form, check
        How a text must be written, and what raises ValueError where it is not; empty and none for free text.
    """

    key: str
    label: str
    help: str
    option: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    form: str = ""
    check: Callable[[str], object] | None = None

    @property
    def default(self) -> SettingValue:
        """The built-in value."""
        return read_setting(Settings(), self.key)

    @property
    def allowed(self) -> str:
        """The values it takes, in the words of ``--help``: ``1.4..16``, ``fast|fine``, ``TEXT``."""
        if self.choices:
            return "|".join(self.choices)
        if self.minimum is None or self.maximum is None:
            return self.form or "TEXT"
        return f"{self.minimum:g}..{self.maximum:g}"

    def require(self, value: object) -> SettingValue:
        """Return ``value`` as the type of this setting.

        Raises
        ------
        SettingsError
            It is of another type, or not one of the values allowed.
        """
        if self.minimum is None or self.maximum is None:
            if isinstance(value, str) and (not self.choices or value in self.choices) and self._has_form(value):
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool) and self.minimum <= value <= self.maximum:
            as_number = type(self.default)
            if as_number(value) == value:
                return as_number(value)
        raise SettingsError(f"{self.key} cannot be {value!r}", f"It takes {self.allowed}.")

    def _has_form(self, text: str) -> bool:
        try:
            if self.check is not None:
                self.check(text)
        except ValueError:
            return False
        return True

    def parse(self, text: str) -> SettingValue:
        """Read the value as it stands on a command line.

        Raises
        ------
        SettingsError
            Not a number where one is needed, or not one of the values allowed.
        """
        if self.minimum is None:
            return self.require(text)
        try:
            return self.require(float(text))
        except ValueError as exc:
            raise SettingsError(f"{self.key} must be a number, got {text!r}", f"It takes {self.allowed}.") from exc


FIELDS: tuple[SettingField, ...] = (
    SettingField(
        "background", "Background", "What stands behind the person; mono is sharp and grey, stage a dark stage.",
        option="--background", form=BACKGROUND_FORM, check=BackgroundChoice.parse,
    ),
    SettingField(
        "blur.f_number", "Aperture", "f-number of the lens: a smaller one blurs more.",
        option="--f-number", minimum=F_NUMBER_MIN, maximum=F_NUMBER_MAX, step=0.1,
    ),
    SettingField(
        "blur.aperture_shape", "Aperture shape", "Outline of the lights in the blurred background.",
        option="--aperture-shape", choices=get_args(ApertureShape),
    ),
    SettingField(
        "blur.highlight_boost", "Highlights", "How far lights are lifted before the blur, to make bright disks.",
        option="--highlights", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "grain", "Grain", "match gives the blurred background of a photo the noise of the sharp part; off: smooth.",
        option="--grain", choices=get_args(GrainMode),
    ),
    SettingField(
        "quality", "Quality", "How the person is cut out: fine is slower and sees finer edges.",
        option="--quality", choices=("fast", "fine"),
    ),
    SettingField(
        "model", "Model", "Name of a bundled model (see the command models) or an ONNX file; empty: the quality's own.",
        option="--model",
    ),
    SettingField(
        "save.format", "File format", "Format of the saved pictures; keep takes that of the input.",
        option="--format", choices=get_args(OutputFormat),
    ),
    SettingField(
        "save.quality", "File quality", "Quality of the JPEG, WebP and HEIC files that are written.",
        option="--save-quality", minimum=1, maximum=100, step=1,
    ),
    SettingField(
        "no_person", "Without a person", "What becomes of a photo of a folder in which nobody is found.",
        option="--no-person", choices=("copy", "skip"),
    ),
    SettingField(
        "max_megapixels", "Largest picture", "Pictures with more megapixels are refused before they are decoded.",
        option="--max-megapixels", minimum=1.0, maximum=1000.0, step=10.0, unit="MP",
    ),
    SettingField(
        "live_source", "Camera", "Camera id (see the command cameras), video file or synthetic; empty: first camera.",
        option="--source",
    ),
    SettingField(
        "live_width", "Camera width", "Width asked of the camera.", minimum=160, maximum=7680, step=16, unit="px"
    ),
    SettingField(
        "live_height", "Camera height", "Height asked of the camera.", minimum=120, maximum=4320, step=16, unit="px"
    ),
    SettingField(
        "color_scheme", "Appearance", "Colours of the window; auto follows the system.", choices=get_args(ColorScheme)
    ),
)  # fmt: skip


def setting_field(key: str) -> SettingField:
    """The row of the table with this key; KeyError where there is none."""
    return {row.key: row for row in FIELDS}[key]


def read_setting(settings: Settings, key: str) -> SettingValue:
    """The value under a dotted key."""
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    result: SettingValue = value
    return result


def replace_setting(settings: Settings, key: str, value: object) -> Settings:
    """A copy of ``settings`` with one value changed.

    Raises
    ------
    SettingsError
        The value is not one that the field takes.
    """
    *groups, name = key.split(".")
    changed: Any = setting_field(key).require(value)
    if groups:
        name, changed = groups[0], replace(getattr(settings, groups[0]), **{name: changed})
    return replace(settings, **{name: changed})


def replace_settings(settings: Settings, values: Mapping[str, object]) -> Settings:
    """A copy of ``settings`` with the values of several keys changed; raises as `replace_setting`."""
    for key, value in values.items():
        settings = replace_setting(settings, key, value)
    return settings


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
            raise SettingsError(f"{exc.message} in the settings file {path}", f"{exc.hint} {_MEND}") from exc
    return settings


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
        raise SettingsError(f"The settings folder {path.parent} cannot be made: {exc.strerror}") from exc
    except PortraitError as exc:
        raise SettingsError(f"The settings were not saved. {exc.message}", exc.hint) from exc


def _load_values(path: Path) -> Mapping[str, object]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise SettingsError(f"The settings file {path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise SettingsError(f"The settings file {path} is not JSON: {exc}", _MEND) from exc
    if not isinstance(values, dict):
        raise SettingsError(f"The settings file {path} is not a JSON object", _MEND)
    return values
