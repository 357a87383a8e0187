"""FileOptions: how an image file becomes a portrait file."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from portrait.core.lens.blur_options import BLUR_RADIUS_FRACTION_MAX, BlurOptions, radius_px_to_fraction
from portrait.core.lens.focus import FocusPoint
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.render.look import AutoOrOff, Backdrop, GrainMode
from portrait.engine import Quality
from portrait.errors import PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.formats import RawMode
from portrait.files.image_io import DEFAULT_MAX_MEGAPIXELS, SaveOptions
from portrait.language import tr
from portrait.photo.edits import PhotoEdits

NoPerson = Literal["copy", "skip"]


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How an image file becomes a portrait file.

    Attributes
    ----------
    blur
        The lens.
    blur_radius_px
        Radius of the blur disk in pixels of the input; overrides the f-number.
    background
        Background to render behind the subject.
    backdrop
        How another image or a colour is set up behind the subject.
    grain, ground, depth, focus, focal_range
        As in `portrait.core.render.look.Look`.
    depth_path
        Grey image used as the photo's depth in place of what a phone stored in it.
    depth_near_is_dark
        True if dark is near in the image of ``depth_path``; else bright is.
    depth_model
        Name in the library, or path, of a network that finds the depth of photos without one; empty: none.
    quality
        Quality of the matte: ``fast`` or ``fine``.
    camera_matte
        ``auto``: the matte that a camera stored in the photo goes before the network's; ``off``: it is ignored.
    people
        Who stays sharp; without effect on a given matte.
    subject
        Names of classes that stay sharp, see `portrait.photo.things.engine_for`; none: what the engine finds.
    save
        How the portrait is written.
    max_megapixels
        Hard cap on the input.
    raw
        What is taken of a camera raw file, as `portrait.files.image_io.load_photo` takes it.
    matte_path
        Grey image used as alpha instead of the model's; in a batch a folder of them.
    save_matte_path
        Where the alpha is written as 16-bit PNG; in a batch a folder.
    save_labels_path
        Where the class of every pixel is written as indexed PNG.
    edits
        Changes by hand, made in the matte after it is found or given; None: there are none.
    embed_original
        Whether the photo itself goes into the portrait: asked for in that very call, and never a setting.
    no_person
        What becomes of an image without a person: ``copy`` saves it unchanged, ``skip`` saves nothing.
    """

    blur: BlurOptions = field(default_factory=BlurOptions)
    blur_radius_px: float | None = None
    background: BackgroundChoice = field(default_factory=BackgroundChoice)
    grain: GrainMode = "match"
    ground: AutoOrOff = "auto"
    depth: AutoOrOff = "auto"
    focus: FocusPoint | None = None
    focal_range: float = 0.0
    depth_path: Path | None = None
    depth_near_is_dark: bool = False
    depth_model: str = ""
    backdrop: Backdrop = field(default_factory=Backdrop)
    quality: Quality = "fine"
    camera_matte: AutoOrOff = "auto"
    people: PeopleChoice = field(default_factory=PeopleChoice)
    subject: tuple[str, ...] = ()
    save: SaveOptions = field(default_factory=SaveOptions)
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS
    raw: RawMode = "preview"
    matte_path: Path | None = None
    save_matte_path: Path | None = None
    save_labels_path: Path | None = None
    edits: PhotoEdits | None = None
    embed_original: bool = False
    no_person: NoPerson = "copy"

    def __post_init__(self) -> None:
        if self.blur_radius_px is not None and not self.blur_radius_px >= 0.0:
            raise ValueError(f"blur_radius_px must be 0 or more, got {self.blur_radius_px!r}")
        if not self.max_megapixels > 0.0:
            raise ValueError(f"max_megapixels must be positive, got {self.max_megapixels!r}")


def with_blur_radius(blur: BlurOptions, radius_px: float | None, height: int, width: int) -> BlurOptions:
    """Blur options with the radius of the disk in an image of this size given in pixels; None leaves it to the lens.

    Raises
    ------
    PortraitError
        The radius does not fit the image.
    """
    if radius_px is None:
        return blur
    fraction = radius_px_to_fraction(radius_px, height, width)
    if fraction > BLUR_RADIUS_FRACTION_MAX:
        largest_px = int(BLUR_RADIUS_FRACTION_MAX / radius_px_to_fraction(1.0, height, width))
        message = tr(
            "A blur radius of {radius_px:g} pixels is too large for {width} × {height}",
            radius_px=radius_px,
            width=width,
            height=height,
        )
        raise PortraitError(message, tr("Use {largest_px} or less.", largest_px=largest_px))
    return replace(blur, blur_radius_fraction=fraction)
