"""An opened photo and the matte of those who stay sharp in it, each with its preview."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.boxes import Box
from portrait.core.color import to_8_bits
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.matting.mending import MattePatch, MendedMatte, apply_patches
from portrait.core.matting.subject import has_person
from portrait.core.render.noise_estimation import Noise, estimate_noise
from portrait.core.resize import downsample_to_long_side
from portrait.engine import PortraitEngine, Quality
from portrait.files.formats import RawMode
from portrait.files.image_io import Photo, PhotoMetadata
from portrait.photo.defocus import EstimatedDepth, PhotoDefocus, PhotoDepth
from portrait.photo.people import Everybody, FoundPerson

PREVIEW_LONG_SIDE_PX = 1280

MatteSource = Literal["network", "camera", "file"]
"""What a matte is from: a network, the camera that stored it in the photo, a file that was given."""


@dataclass(frozen=True, eq=False)
class PhotoPreview:
    """A photo downsampled to at most 1280 pixels on its long side, on first use, and what else its display needs."""

    photo: Photo

    @cached_property
    def image(self) -> RgbImage:
        """uint8 (h, w, 3), as `Photo.image`."""
        return np.ascontiguousarray(downsample_to_long_side(self.photo.image, PREVIEW_LONG_SIDE_PX), np.uint8)

    @cached_property
    def transparency(self) -> NDArray[np.uint8] | None:
        """uint8 (h, w); None where all is opaque."""
        whole: NDArray[Any] | None = self.photo.metadata.transparency
        return None if whole is None else downsample_to_long_side(to_8_bits(whole), PREVIEW_LONG_SIDE_PX)

    @cached_property
    def noise(self) -> Noise | None:
        """The noise of the photo at full size."""
        return estimate_noise(self.photo.image)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPhoto:
    """A decoded photo.

    Attributes
    ----------
    path
        None for a pasted image.
    photo
        As loaded, at full size.
    preview
        The photo at preview size.
    depth
        Depth that a phone stored in it, or of a depth map that was opened for it.
    depth_path
        Path of that depth map.
    raw
        What was taken of a camera raw file; None for other files.
    """

    path: Path | None
    photo: Photo
    preview: PhotoPreview
    depth: PhotoDepth = field(default_factory=PhotoDepth)
    depth_path: Path | None = None
    raw: RawMode | None = None

    @classmethod
    def of(cls, photo: Photo, path: Path | None = None) -> "OpenedPhoto":
        """A loaded photo with the depth that is stored in it."""
        stored = photo.stored_depth
        depth = PhotoDepth(stored.map, "none" if stored.map is None else "photo", stored.warnings)
        return cls(path, photo, PhotoPreview(photo), depth)

    @property
    def image(self) -> RgbImage:
        """uint8 (H, W, 3), full size."""
        return self.photo.image

    @property
    def metadata(self) -> PhotoMetadata:
        """What is kept of it beside its pixels."""
        return self.photo.metadata

    @property
    def depth_file(self) -> tuple[Path, bool] | None:
        """The depth map that was opened for it, and whether dark is near in it."""
        return None if self.depth_path is None else (self.depth_path, self.depth.near_is_dark)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was lost or guessed in reading, one sentence each."""
        return (*self.photo.warnings, *self.depth.warnings, *self.photo.stored_matte.warnings)


@dataclass(frozen=True, eq=False)
class MattePreview:
    """A matte at preview size, on first use.

    Attributes
    ----------
    mended
        The matte at full size, with what was mended in it.
    known_base, known
        The preview of ``mended.base``, and of the matte after some of the patches; None: not made yet.
    """

    engine: PortraitEngine
    photo: PhotoPreview
    mended: MendedMatte
    known_base: AlphaMatte | None = None
    known: tuple[AlphaMatte, tuple[MattePatch, ...]] | None = None

    @cached_property
    def base(self) -> AlphaMatte:
        """The matte as it was found, float32 (h, w), 0 … 1."""
        if self.known_base is not None:
            return self.known_base
        small = downsample_to_long_side(self.mended.base, PREVIEW_LONG_SIDE_PX)
        return np.asarray(np.clip(small, 0.0, 1.0), np.float32)

    @cached_property
    def matte(self) -> AlphaMatte:
        """float32 (h, w), 0 … 1."""
        patches = self.mended.patches
        start, done = (self.base, ()) if self.known is None else self.known
        if done != patches[: len(done)]:
            start, done = self.base, ()
        if len(done) == len(patches):
            return start
        shape = start.shape[0], start.shape[1]
        return apply_patches(start.copy(), self.photo.image, patches[len(done) :], Box(0, 0, *shape), shape)

    def with_mended(self, mended: MendedMatte) -> "MattePreview":
        """The preview of the same matte with other patches, or of another matte of the same photo."""
        if mended.base is not self.mended.base:
            return MattePreview(self.engine, self.photo, mended)
        return MattePreview(self.engine, self.photo, mended, self.base, (self.matte, self.mended.patches))

    @cached_property
    def layers(self) -> SoftLayers:
        """The colours of the preview's soft pixels."""
        return self.engine.find_layers(self.photo.image, self.matte)

    @property
    def known_layers(self) -> SoftLayers | None:
        """The same if they were found already: a draft is not worth their time."""
        return self.layers if "layers" in self.__dict__ else None


@dataclass(frozen=True, eq=False)
class FoundMatte:
    """The matte of those who stay sharp in an opened photo, whether it shows anybody, and its preview.

    Attributes
    ----------
    mended
        The matte at full size, and what was mended in it.
    people
        Everybody in the photo, the largest first; empty for a given matte.
    everybody
        Who can still be chosen; None where there are fewer than two people.
    estimated
        Depth by a network, where one was chosen.
    source
        What the matte is from.
    """

    photo: OpenedPhoto
    quality: Quality
    mended: MendedMatte
    has_person: bool
    preview: MattePreview
    people: tuple[FoundPerson, ...] = ()
    everybody: Everybody | None = None
    estimated: EstimatedDepth | None = None
    source: MatteSource = "network"

    @classmethod
    def of(
        cls,
        engine: PortraitEngine,
        photo: OpenedPhoto,
        quality: Quality,
        matte: AlphaMatte,
        source: MatteSource = "network",
    ) -> "FoundMatte":
        """From a matte of the photo's size."""
        mended = MendedMatte(photo.image, matte)
        preview = MattePreview(engine, photo.preview, mended)
        return cls(photo, quality, mended, has_person(matte), preview, source=source)

    @cached_property
    def matte(self) -> AlphaMatte:
        """float32 (H, W), 0 … 1."""
        return self.mended.whole()

    @cached_property
    def focus_matte(self) -> AlphaMatte:
        """The matte that the lens is focused by, the same for preview and file.

        That of the network, if it holds anybody: a stroke that adds a raised arm must not change the blur everywhere.
        """
        base = self.mended.base
        return base if not self.mended.patches or has_person(base) else self.preview.matte

    @cached_property
    def bystanders(self) -> tuple[AlphaMatte, ...]:
        """Mattes of those who do not stay sharp, as `Everybody.bystanders`."""
        return () if self.everybody is None else self.everybody.bystanders([one.is_kept for one in self.people])

    @cached_property
    def defocus(self) -> PhotoDefocus:
        """Defocus of the photo at full size."""
        return PhotoDefocus(self.photo.image, self.matte, self.photo.depth, self.estimated, self.bystanders)

    @cached_property
    def preview_defocus(self) -> PhotoDefocus:
        """Defocus of its preview."""
        return PhotoDefocus(
            self.photo.preview.image, self.preview.matte, self.photo.depth, self.estimated, self.bystanders
        )

    def with_photo(self, photo: OpenedPhoto) -> "FoundMatte":
        """The same matte with the same photo after its depth was changed."""
        return self if photo is self.photo else replace(self, photo=photo)

    def with_depth_model(self, engine: PortraitEngine, model: str) -> "FoundMatte":
        """The same with depth by a network, which is run when it is needed; an empty name: without."""
        return replace(self, estimated=EstimatedDepth(engine, self.photo.image, model) if model else None)

    def with_mended(self, mended: MendedMatte) -> "FoundMatte":
        """The same photo with its matte mended, or mended otherwise."""
        if mended is self.mended:
            return self
        preview = self.preview.with_mended(mended)
        return replace(self, mended=mended, preview=preview, has_person=has_person(preview.matte))
