"""The look of a portrait: everything that rendering needs beside the image and its matte. Light to import."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from portrait.core.lens.blur_options import BlurOptions

if TYPE_CHECKING:
    from portrait.core.arrays import RgbImage

BackgroundKind = Literal["blur", "blur+mono", "mono", "image", "color", "transparent", "stage"]
BLURRED_KINDS: tuple[BackgroundKind, ...] = ("blur", "blur+mono")
"""The backgrounds that are out of focus."""

GrainMode = Literal["match", "off"]
AutoOrOff = Literal["auto", "off"]

Color = tuple[int, int, int]
"""Red, green, blue, 0 … 255, encoded as the image is."""


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

    Raises
    ------
    ValueError
        An unknown kind, or one without its colour or image.
    """

    kind: BackgroundKind = "blur"
    color: Color | None = None
    picture: "RgbImage | None" = None

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
    """

    blur: BlurOptions = field(default_factory=BlurOptions)
    background: Background = field(default_factory=Background)
    grain: GrainMode = "match"
    ground: AutoOrOff = "auto"
    depth: AutoOrOff = "auto"

    def __post_init__(self) -> None:
        for name, allowed in (("grain", GrainMode), ("ground", AutoOrOff), ("depth", AutoOrOff)):
            if getattr(self, name) not in get_args(allowed):
                raise ValueError(f"{name} must be one of {get_args(allowed)}, got {getattr(self, name)!r}")


def to_look(options: BlurOptions | Look) -> Look:
    """Convert blur options to a look without grain; a look is returned as it is."""
    return options if isinstance(options, Look) else Look(blur=options, grain="off")
