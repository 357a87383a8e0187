"""How far out of focus the background of a photo is, and whence that is known."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus
from portrait.core.lens.ground_plane import find_floor
from portrait.core.render.look import Look

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
