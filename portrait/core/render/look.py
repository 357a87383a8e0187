"""The look of a portrait: everything that rendering needs beside the image and its matte. Light to import."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.focus import FocusPoint, require_focal_range, require_focus

if TYPE_CHECKING:
    from portrait.core.arrays import RgbImage

BackgroundKind = Literal["blur", "blur+mono", "mono", "image", "color", "transparent", "stage"]
BLURRED_KINDS: tuple[BackgroundKind, ...] = ("blur", "blur+mono")
"""The backgrounds that are out of focus."""
NOT_LIVE: tuple[BackgroundKind, ...] = ("transparent",)
"""Backgrounds that a live frame cannot have."""

GrainMode = Literal["match", "off"]
AutoOrOff = Literal["auto", "off"]
MatchOrOff = Literal["match", "off"]

Color = tuple[int, int, int]
"""Red, green, blue, 0 … 255, encoded as the image is."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """How another image, or a colour, is set up behind the subject.

    Attributes
    ----------
    x, y
        Of an image larger than the frame: 0 shows its left or upper edge, 1 its right or lower one.
    scale
        Of an image: 1 just covers the frame, 2 shows half of that side.
    distance_m
        From the subject to the image, which the lens blurs by that; None: it is shown as it was taken.
    light
        ``match`` brings brightness and white of an image to those of the photo.
    shadow
        0 … 1: how dark the shadow of the subject is on the image or the colour.
    """

    x: float = 0.5
    y: float = 0.5
    scale: float = 1.0
    distance_m: float | None = None
    light: MatchOrOff = "off"
    shadow: float = 0.0

    def __post_init__(self) -> None:
        if not all(0.0 <= share <= 1.0 for share in (self.x, self.y, self.shadow)):
            raise ValueError(f"x, y and shadow must lie in 0 … 1, got {self}")
        if not self.scale >= 1.0 or (self.distance_m is not None and not self.distance_m > 0.0):
            raise ValueError(f"scale must be 1 or more and the distance positive, got {self}")
        if self.light not in get_args(MatchOrOff):
            raise ValueError(f"light must be one of {get_args(MatchOrOff)}, got {self.light!r}")

    @property
    def is_same_everywhere(self) -> bool:
        """Whether a part of the portrait needs nothing of the rest of it."""
        return self.distance_m is None and self.light == "off" and self.shadow == 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The background behind the subject.

    Attributes
    ----------
    kind
        ``blur``: the background out of focus; ``blur+mono``: in grey as well. ``mono``: sharp, in grey. ``image``:
        another image. ``color``: one colour. ``transparent``: nothing; the subject's own colours, to be used with the
        matte. ``stage``: a dark stage with a pool of light.
    color
        For ``color``.
    picture
        For ``image``: uint8 (h, w, 3) of any size; it is scaled to cover the portrait and cropped.
    backdrop
        For ``image`` and ``color``: how it is set up.
    gain
        For an image in matched light: how much light each channel gets; None: as it is measured in the photo.

    Raises
    ------
    ValueError
        An unknown kind, or one without its colour or image.
    """

    kind: BackgroundKind = "blur"
    color: Color | None = None
    picture: "RgbImage | None" = None
    backdrop: Backdrop = field(default_factory=Backdrop)
    gain: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(BackgroundKind):
            raise ValueError(f"kind must be one of {get_args(BackgroundKind)}, got {self.kind!r}")
        if (self.kind == "color") != (self.color is not None):
            raise ValueError("the kind color, and no other, needs a color")
        if (self.kind == "image") != (self.picture is not None):
            raise ValueError("the kind image, and no other, needs a picture")
        if self.color is not None and not all(0 <= level <= 255 for level in self.color):
            raise ValueError(f"color must lie in 0 … 255, got {self.color!r}")

    @property
    def is_blurred(self) -> bool:
        """Whether the original background is out of focus."""
        return self.kind in BLURRED_KINDS

    @property
    def hides_room(self) -> bool:
        """Whether the original background is replaced entirely, whatever the matte."""
        return self.kind in ("image", "color", "transparent", "stage")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How a portrait is to look.

    Attributes
    ----------
    blur
        The lens; for the blurred backgrounds.
    background
        What stands behind the subject.
    grain
        ``match`` gives the blurred background the noise of the sharp image; ``off`` leaves it smooth.
    ground
        For photos: ``auto`` keeps the floor under people who stand sharp; with ``off`` all of the background is far.
    depth
        For photos: ``auto`` blurs each thing by its own distance where that is known; ``off`` does not.
    focus
        For photos where distances are known: a point, in shares of width and height, at which the lens is focused;
        None: at the subject.
    focal_range
        For the same: 0 … 0.9, in units of the defocus far behind the subject: so far from the focus all stays sharp.
    """

    blur: BlurOptions = field(default_factory=BlurOptions)
    background: Background = field(default_factory=Background)
    grain: GrainMode = "match"
    ground: AutoOrOff = "auto"
    depth: AutoOrOff = "auto"
    focus: FocusPoint | None = None
    focal_range: float = 0.0

    def __post_init__(self) -> None:
        require_focus(self.focus)
        require_focal_range(self.focal_range)
        for name, allowed in (("grain", GrainMode), ("ground", AutoOrOff), ("depth", AutoOrOff)):
            if getattr(self, name) not in get_args(allowed):
                raise ValueError(f"{name} must be one of {get_args(allowed)}, got {getattr(self, name)!r}")


def to_look(options: BlurOptions | Look) -> Look:
    """Convert blur options to a look without grain; a look is returned as it is."""
    return options if isinstance(options, Look) else Look(blur=options, grain="off")
