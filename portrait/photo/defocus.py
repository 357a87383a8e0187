"""Choice of the defocus map of a photo: from its depth, from the ground plane, or none."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus
from portrait.core.lens.ground_plane import find_floor
from portrait.core.render.look import Look

DepthSource = Literal["file", "photo", "ground", "none"]
"""Source of the defocus: a depth map file, the depth inside the photo, the ground plane, or one distance for all."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoDepth:
    """Known depth of a photo, its source, warnings about it, and whether dark was near in the file that it is from."""

    map: DepthMap | None = None
    source: DepthSource = "none"
    warnings: tuple[str, ...] = ()
    near_is_dark: bool = False


@dataclass(frozen=True, eq=False)
class PhotoDefocus:
    """Defocus maps of a photo at one size, computed on first use and then kept.

    Attributes
    ----------
    image, matte
        uint8 (H, W, 3) and float32 (H, W).
    depth
        Known depth of the photo.
    """

    image: RgbImage
    matte: AlphaMatte
    depth: PhotoDepth

    def choose(self, look: Look) -> tuple[DefocusMap | None, DepthSource]:
        """The defocus map for a look, to be passed to `render_photo`, and its source; None where no map is used."""
        if look.background.is_blurred:
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
