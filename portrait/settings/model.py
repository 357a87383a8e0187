"""What the user can choose and keep."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.people.people_choice import PeopleGroup
from portrait.core.render.look import AutoOrOff, Backdrop, GrainMode
from portrait.files.formats import RawMode, SaveOptions
from portrait.language import Language

if TYPE_CHECKING:
    from portrait.engine import Quality
    from portrait.photo.options import NoPerson

ColorScheme = Literal["auto", "light", "dark", "contrast"]
Motion = Literal["full", "reduced"]
MirrorMode = Literal["off", "on"]
FramingMode = Literal["off", "on"]
KeptEdits = Literal["on", "library", "off"]
SettingValue: TypeAlias = float | int | str

AUTO = "auto"
"""Stands for a number that is left to the picture, which is None in `Settings`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user can choose and keep. A service receives its own part of it, never the whole.

    Attributes
    ----------
    background
        What stands behind the subject, in the form of `BACKGROUND_FORM`.
    backdrop
        How another image or a colour is set up behind the subject.
    blur
        The lens; for the background ``blur``.
    grain
        Noise of the blurred background of photos, as in `portrait.core.render.look.Look`; live pictures have none.
    ground, depth, focal_range
        Of photos, as in `portrait.core.render.look.Look`; live pictures have neither.
    focus
        Where the lens is focused, in the form of `FOCUS_FORM`.
    depth_model
        Name in the library, or path, of a network for the depth of photos; empty for none.
    quality, live_quality
        ``fast`` or ``fine``: how the matte of photos is found, and that of live pictures and videos.
    camera_matte
        Whether the matte that a camera stored in a photo goes before the network's.
    raw
        ``preview`` or ``develop``: what is taken of a camera raw file.
    people
        ``main`` or ``all``: who stays sharp in a photo.
    subject
        Names of classes that stay sharp in a photo, separated by commas; empty for people.
    model
        Name or path of the segmentation model; empty for the bundled one.
    save
        Format and quality of saved pictures.
    edits
        Whether the window keeps changes by hand: ``on`` in a file beside the portrait, or in the app's ``library``.
    no_person
        What becomes of a photo without a person in a batch: ``copy`` or ``skip``.
    max_megapixels
        Larger pictures are refused before they are decoded.
    live_subject
        Names of classes that stay sharp in a live picture, as ``subject`` of photos.
    live_source
        Id of the camera, ``synthetic``, or the path of a video file; empty for the first camera.
    live_width, live_height
        Size in pixels asked of the camera.
    live_cpu_percent
        Limit on the processor time of live, in percent of one core; None: no limit.
    live_mirror
        Whether the window shows the live picture mirrored; what leaves the window never is.
    live_auto_frame
        Whether the live picture follows the person, for everybody who sees it.
    color_scheme
        ``auto`` follows the system; ``contrast`` has black, white and yellow alone.
    motion
        ``reduced`` shows no moving bars.
    language
        Of the texts of window and command line; ``system`` follows the system.
    """

    background: str = "blur"
    blur: BlurOptions = field(default_factory=BlurOptions)
    grain: GrainMode = "match"
    ground: AutoOrOff = "auto"
    depth: AutoOrOff = "auto"
    depth_model: str = ""
    backdrop: Backdrop = field(default_factory=Backdrop)
    focus: str = "auto"
    focal_range: float = 0.0
    quality: "Quality" = "fine"
    camera_matte: AutoOrOff = "auto"
    raw: RawMode = "preview"
    people: PeopleGroup = "main"
    subject: str = ""
    model: str = ""
    save: SaveOptions = field(default_factory=SaveOptions)
    edits: KeptEdits = "on"
    no_person: "NoPerson" = "copy"
    max_megapixels: float = 200.0
    live_subject: str = ""
    live_source: str = ""
    live_width: int = 1280
    live_height: int = 720
    live_quality: "Quality" = "fast"
    live_cpu_percent: float | None = None
    live_mirror: MirrorMode = "off"
    live_auto_frame: FramingMode = "off"
    color_scheme: ColorScheme = "auto"
    motion: Motion = "full"
    language: Language = "system"


def read_setting(settings: Settings, key: str) -> SettingValue:
    """The value under a dotted key."""
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    result: SettingValue = AUTO if value is None else value
    return result
