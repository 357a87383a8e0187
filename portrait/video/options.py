"""VideoOptions: how a video file becomes a portrait video. Light to import."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Backdrop
from portrait.files.background_choice import BackgroundChoice

if TYPE_CHECKING:
    from portrait.engine import Quality

SUFFIX_FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
"""Output formats of FFmpeg by the suffix of the file."""


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """How a video file becomes a portrait video.

    Attributes
    ----------
    blur
        The lens.
    blur_radius_px
        Radius of the blur disk in pixels of the frames as shown; overrides the f-number.
    background
        What stands behind the subject.
    backdrop
        How another image or a colour is set up there.
    quality
        Quality of the matte: ``fast`` or ``fine``.
    codec
        See `portrait.video.encoders.CODECS`.
    restart
        Begin anew where a stopped conversion could go on.
    """

    blur: BlurOptions = field(default_factory=BlurOptions)
    blur_radius_px: float | None = None
    background: BackgroundChoice = field(default_factory=BackgroundChoice)
    backdrop: Backdrop = field(default_factory=Backdrop)
    quality: "Quality" = "fast"
    codec: str = "auto"
    restart: bool = False
