"""The table of settings: it feeds the settings file, the command line and the window.

The window starts with the file and writes it; the command line starts with the built-in values, so that a script makes
the same picture on every machine, whatever was last clicked in the window.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from portrait.core.lens.aperture import ApertureShape
from portrait.core.lens.focus import FOCAL_RANGE_MAX, FOCUS_FORM, parse_focus
from portrait.core.lens.thin_lens import (
    F_NUMBER_MAX,
    F_NUMBER_MIN,
    FOCAL_LENGTH_MAX_MM,
    FOCAL_LENGTH_MIN_MM,
    FOCUS_DISTANCES_M,
    THIRD_STOPS,
)
from portrait.core.people.people_choice import PeopleGroup
from portrait.core.render.look import AutoOrOff, GrainMode, MatchOrOff
from portrait.files.background_choice import BACKGROUND_FORM, BackgroundChoice
from portrait.files.formats import Crop, OutputFormat, PrivateData, RawMode, RecordMode, SavedContent, SavedDepth
from portrait.language import Language
from portrait.settings.field import SettingField
from portrait.settings.model import AUTO, ColorScheme, FramingMode, KeptEdits, MirrorMode, Motion, Settings

PICTURE_DISTANCES_M = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Distances of a picture behind the person, as the window goes through them."""

FIELDS: tuple[SettingField, ...] = (
    SettingField(
        "background", "Background",
        "What stands behind the person; mono is sharp and grey, blur+mono blurred and grey, stage a dark stage.",
        option="--background", form=BACKGROUND_FORM, check=BackgroundChoice.parse,
    ),
    SettingField(
        "backdrop.x", "Picture across",
        "Of a picture that is wider than the photo: 0 shows its left edge, 1 its right one.",
        option="--background-x", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "backdrop.y", "Picture down",
        "Of a picture that is higher than the photo: 0 shows its upper edge, 1 its lower one.",
        option="--background-y", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "backdrop.scale", "Picture scale",
        "Of the picture behind the person: 1 just covers the photo, 2 shows half of it.",
        option="--background-scale", minimum=1.0, maximum=4.0, step=0.1, unit="×",
    ),
    SettingField(
        "backdrop.distance_m", "Picture distance",
        "The farther the picture is behind the person, the more the lens blurs it; auto: as it was taken.",
        option="--background-distance", minimum=PICTURE_DISTANCES_M[0], maximum=PICTURE_DISTANCES_M[-1],
        stops=PICTURE_DISTANCES_M, unit="m", can_be_auto=True,
    ),
    SettingField(
        "backdrop.light", "Picture light", "match brings brightness and white of the picture to those of the photo.",
        option="--background-light", choices=get_args(MatchOrOff),
    ),
    SettingField(
        "backdrop.shadow", "Shadow", "How dark the shadow of the person is on the picture or the colour.",
        option="--background-shadow", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "blur.f_number", "Aperture", "f-number of the lens: a smaller one blurs more.",
        option="--f-number", minimum=F_NUMBER_MIN, maximum=F_NUMBER_MAX, stops=THIRD_STOPS, prefix="f/",
    ),
    SettingField(
        "blur.highlight_boost", "Highlights", "How far lights are lifted before the blur, to make bright disks.",
        option="--highlights", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "blur.lens.focal_length_mm", "Focal length",
        "A longer lens blurs more. On a sensor of 36 × 24 mm; auto: the photo's own or 50 mm, longer for "
        "whole figures.",
        option="--focal-length", minimum=FOCAL_LENGTH_MIN_MM, maximum=FOCAL_LENGTH_MAX_MM, step=5.0, unit="mm",
        can_be_auto=True,
    ),
    SettingField(
        "blur.lens.focus_distance_m", "Subject distance",
        "The nearer the person, the more the background blurs; auto: by the person's size in the picture.",
        option="--subject-distance", minimum=FOCUS_DISTANCES_M[0], maximum=FOCUS_DISTANCES_M[-1],
        stops=FOCUS_DISTANCES_M, unit="m", can_be_auto=True,
    ),
    SettingField(
        "blur.aperture_shape", "Aperture shape", "Outline of the lights in the blurred background.",
        option="--aperture-shape", choices=get_args(ApertureShape),
    ),
    SettingField(
        "blur.blade_curvature", "Blade curvature", "How round the blades are: with 1 every shape is a disk.",
        option="--blade-curvature", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "blur.aperture_rotation_deg", "Aperture rotation", "Turns the outline of the lights, counter-clockwise.",
        option="--aperture-rotation", minimum=-180.0, maximum=180.0, step=5.0, unit="°",
    ),
    SettingField(
        "blur.cats_eye", "Cat's eye", "How far lights towards the corners are cut, as by the barrel of a fast lens.",
        option="--cats-eye", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "blur.swirl", "Swirl", "How far lights are drawn out around the middle, as by old portrait lenses.",
        option="--swirl", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "grain", "Grain", "match gives the blurred background of a photo the noise of the sharp part; off: smooth.",
        option="--grain", choices=get_args(GrainMode),
    ),
    SettingField(
        "ground", "Ground", "auto keeps the floor under people who stand in a photo sharp; off blurs it like the rest.",
        option="--ground", choices=get_args(AutoOrOff),
    ),
    SettingField(
        "depth", "Depth", "auto blurs each thing by its own distance where a phone has stored that inside the photo.",
        option="--depth", choices=get_args(AutoOrOff),
    ),
    SettingField(
        "depth_model", "Depth network",
        "Network that finds the depth of photos without one: a name of the library (see the command models) or an ONNX "
        "file; empty: none.",
        option="--depth-model",
    ),
    SettingField(
        "focus", "Focus",
        "Where the lens is focused, as shares of width and height, 0.5,0.4 say; auto: at the person. Works where "
        "distances are known: by depth, or on the floor under people who stand.",
        option="--focus", form=FOCUS_FORM, check=parse_focus,
    ),
    SettingField(
        "focal_range", "Focal range",
        "How much before and behind the focus stays sharp, with soft ends; works where distances are known.",
        option="--focal-range", minimum=0.0, maximum=FOCAL_RANGE_MAX, step=0.05,
    ),
    SettingField(
        "quality", "Quality", "How the person is cut out of photos: fine sees finer edges, fast is faster.",
        option="--quality", choices=("fast", "fine"),
    ),
    SettingField(
        "live_quality", "Quality", "How the person is cut out of live pictures and videos: fine is slower.",
        option="--quality", choices=("fast", "fine"),
    ),
    SettingField(
        "camera_matte", "Camera's matte",
        "auto takes the matte that an iPhone stored in a HEIC or JPEG photo in place of the network's, unless a model "
        "or a subject is named.",
        option="--camera-matte", choices=get_args(AutoOrOff),
    ),
    SettingField(
        "raw", "Raw photos",
        "preview takes the camera's own picture in a raw file; develop makes one of what the sensor saw, by LibRaw: "
        "16 bits, slower, with the extra raw.",
        option="--raw", choices=get_args(RawMode),
    ),
    SettingField(
        "people", "People", "main keeps those sharp whom a photo is of, and blurs bystanders; all keeps everybody.",
        choices=get_args(PeopleGroup),
    ),
    SettingField(
        "subject", "What stays sharp",
        "Names of classes of portrait-classes that stay sharp in a photo, such as person,dog; empty: people.",
    ),
    SettingField(
        "live_subject", "What stays sharp", "The same in live pictures, where other things than people take more time.",
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
        "save.quality", "File quality",
        "Quality of the JPEG, WebP, HEIC and AVIF files that are written; keep gives a JPEG that of the JPEG it is "
        "made of.",
        option="--save-quality", minimum=1, maximum=100, step=1, can_be_auto=True, auto_word="keep",
    ),
    SettingField(
        "save.content", "Saved picture", "matte saves the matte alone, as 16-bit grey PNG, in place of the portrait.",
        option="--alpha-only", choices=get_args(SavedContent), is_flag=True,
    ),
    SettingField(
        "save.crop", "Crop", "subject saves only the part of the picture that holds the people, with a margin.",
        option="--crop-to-subject", choices=get_args(Crop), is_flag=True,
    ),
    SettingField(
        "save.crop_margin", "Margin", "What is left around the people by the crop, as a share of their longer side.",
        option="--crop-margin", minimum=0.0, maximum=1.0, step=0.05,
    ),
    SettingField(
        "save.private", "Private data",
        "strip saves no place, no names and addresses, no serial numbers and maker notes with the picture; caption, "
        "keywords, copyright, date, camera model and exposure stay.",
        option="--strip-private", choices=get_args(PrivateData), is_flag=True,
    ),
    SettingField(
        "save.record", "Record settings",
        "on writes the settings used, and the photo's name and digest, into the XMP of a portrait: opened again, it "
        "can be changed further.",
        option="--record-settings", choices=get_args(RecordMode),
    ),
    SettingField(
        "save.depth", "Depth in the file",
        "gdepth stores the depth of the photo, where it is known, in a JPEG for programs that read Google's depth "
        "metadata.",
        option="--save-depth", choices=get_args(SavedDepth), is_flag=True,
    ),
    SettingField(
        "edits", "Keep changes",
        "on writes strokes, chosen people and the look into a small file beside the portrait, library into the app's "
        "own folder: the portrait opened again, it can be changed further. Neither holds a part of the photo.",
        choices=get_args(KeptEdits),
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
        "live_cpu_percent", "Processor limit",
        "Processor time for live in percent of one core: a coarser outline and fewer frames hold it; auto: no limit.",
        option="--cpu-budget", minimum=10.0, maximum=400.0, step=10.0, unit="%", can_be_auto=True,
    ),
    SettingField(
        "live_mirror", "Mirror", "on mirrors the live picture in the window, never what other programs get.",
        choices=get_args(MirrorMode),
    ),
    SettingField(
        "live_auto_frame", "Auto framing", "on crops the live picture to the person, whom the crop follows smoothly.",
        choices=get_args(FramingMode),
    ),
    SettingField(
        "color_scheme", "Appearance", "Colours of the window; auto follows the system, contrast is black and white.",
        choices=get_args(ColorScheme),
    ),
    SettingField(
        "motion", "Motion", "reduced shows no moving bars in the window.", choices=get_args(Motion)
    ),
    SettingField(
        "language", "Language", "Language of the window and of the command line, from the next start on.",
        choices=get_args(Language),
    ),
)  # fmt: skip


def setting_field(key: str) -> SettingField:
    """The row of the table with this key; KeyError where there is none."""
    return {row.key: row for row in FIELDS}[key]


def replace_setting(settings: Settings, key: str, value: object) -> Settings:
    """A copy of ``settings`` with one value changed.

    Raises
    ------
    SettingsError
        The value is not one that the field takes.
    """
    row = setting_field(key)
    changed = row.require(value)
    is_auto = row.can_be_auto and changed == AUTO
    result: Settings = _replace(settings, key.split("."), None if is_auto else changed)
    return result


def replace_settings(settings: Settings, values: Mapping[str, object]) -> Settings:
    """A copy of ``settings`` with the values of several keys changed; raises as `replace_setting`."""
    for key, value in values.items():
        settings = replace_setting(settings, key, value)
    return settings


def _replace(group: Any, names: list[str], value: object) -> Any:
    """A copy of a group of settings, which may hold further groups, with one value changed."""
    name, *inner = names
    return replace(group, **{name: _replace(getattr(group, name), inner, value) if inner else value})
