"""A loaded photo rendered: through the lens it was taken with, by depth, with what it carries beside its colours."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.color import to_8_bits
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus
from portrait.core.lens.ground_plane import find_floor
from portrait.core.lens.subject_distance import focus_on
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import quantize_alpha
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.depth import find_photo_depth
from portrait.files.exif import focal_length_35mm
from portrait.files.image_io import Photo, PhotoMetadata

DepthSource = Literal["file", "photo", "ground", "none"]
"""What the blur follows: a depth map of its own, the depth inside the photo, the floor, or one distance for all."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoDepth:
    """The depth that is known of a photo, whence, and what is to be said of that."""

    map: DepthMap | None = None
    source: DepthSource = "none"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PhotoDefocus:
    """How far out of focus the background of a photo is, at one size: found when it is first asked for, and once.

    Attributes
    ----------
    image, matte
        uint8 (H, W, 3) and float32 (H, W).
    depth
        Of the photo.
    """

    image: RgbImage
    matte: AlphaMatte
    depth: PhotoDepth

    def choose(self, look: Look) -> tuple[DefocusMap | None, DepthSource]:
        """The map that a look takes, for `render_photo`, and what it was made from; other backgrounds need none."""
        if look.background.kind == "blur":
            if look.depth == "auto" and self._by_depth is not None:
                return self._by_depth, self.depth.source
            if look.ground == "auto" and self._by_ground is not None:
                return self._by_ground, "ground"
        return None, "none"

    @cached_property
    def _by_depth(self) -> DefocusMap | None:
        depth = self.depth.map
        return None if depth is None else find_defocus(depth, self.image, self.matte)

    @cached_property
    def _by_ground(self) -> DefocusMap | None:
        return find_floor(self.matte)


def find_depth(path: Path, size: tuple[int, int]) -> PhotoDepth:
    """The depth inside a photo of ``size`` (H, W), upright. Where it cannot be read that is said, and there is none."""
    try:
        depth = find_photo_depth(path, size)
    except ImageFileError as exc:
        return PhotoDepth(warnings=(f"{exc.message}; it was not used",))
    return PhotoDepth() if depth is None else PhotoDepth(depth, "photo")


def focus_photo(blur: BlurOptions, metadata: PhotoMetadata, matte: AlphaMatte) -> BlurOptions:
    """The lens of a photo: its focal length from the EXIF block, focused at the subject, unless chosen by hand.

    Parameters
    ----------
    blur
        As chosen.
    metadata
        Of the photo. A focal length that is not stated or cannot be read counts as that of the portrait lens.
    matte
        float32 (H, W), of the whole photo; a preview takes it too, so that preview and file are focused alike.
    """
    return focus_on(blur.taken_with(_stated_focal_length_mm(metadata)), matte)


def render_photo(
    engine: PortraitEngine, photo: Photo, matte: AlphaMatte, look: Look, defocus_map: DefocusMap | None = None
) -> Photo:
    """The portrait of a photo, ready to be saved.

    What was transparent in the photo stays so, unless something else stands there now.

    Parameters
    ----------
    engine
        May be shared by threads.
    photo, matte
        Of one size.
    look
        Its colours are in the photo's own space, see `load_background`; its lens is focused, see `focus_photo`.
    defocus_map
        See `PhotoDefocus`.
    """
    matte, transparency = hide_clear_parts(matte, photo.metadata.transparency, look.background)
    if look.background.kind == "transparent":
        transparency = quantize_alpha(matte, photo.colors.dtype)
    metadata = replace(photo.metadata, transparency=transparency)
    if photo.deep is None:
        return replace(photo, image=engine.render(photo.image, matte, look, defocus_map), metadata=metadata)
    deep = engine.render(photo.deep, matte, look, defocus_map)
    return replace(photo, image=to_8_bits(deep), deep=deep, metadata=metadata)


def hide_clear_parts(
    matte: AlphaMatte, transparency: NDArray[Any] | None, background: Background
) -> tuple[AlphaMatte, NDArray[Any] | None]:
    """The matte to render with, and the transparency that is left to the portrait of a photo.

    Where the background hides the room it stands in the photo's clear parts too, and no transparency is left.

    Parameters
    ----------
    matte
        float32 (H, W).
    transparency
        Of the photo, as in its metadata, at the matte's size; None where all is opaque.
    background
        Of the look.
    """
    if transparency is None or not background.hides_room:
        return matte, transparency
    return matte * (transparency.astype(np.float32) / np.float32(np.iinfo(transparency.dtype).max)), None


def _stated_focal_length_mm(metadata: PhotoMetadata) -> float | None:
    try:
        return None if metadata.exif is None else focal_length_35mm(metadata.exif)
    except ValueError:  # a damaged block is no reason to have no portrait
        return None
