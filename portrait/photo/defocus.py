"""Choice of the defocus map of a photo: from its depth, from the ground plane, or none."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus
from portrait.core.lens.depth_alignment import align_depth
from portrait.core.lens.floor import find_floor
from portrait.core.lens.focal_range import refocus
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine

DepthSource = Literal["file", "photo", "model", "ground", "none"]
"""Source of the defocus: a depth map file, the depth inside the photo, a network for depth, the ground plane, or one
distance for all.
"""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoDepth:
    """Known depth of a photo, its source, warnings about it, and whether dark was near in the file that it is from."""

    map: DepthMap | None = None
    source: DepthSource = "none"
    warnings: tuple[str, ...] = ()
    near_is_dark: bool = False


@dataclass(frozen=True, eq=False)
class EstimatedDepth:
    """The depth of a photo by a network, found on first use and then kept.

    Attributes
    ----------
    image
        uint8 (H, W, 3), the photo.
    model
        Name in the library, or path, of the network.
    """

    engine: PortraitEngine
    image: RgbImage
    model: str

    @cached_property
    def map(self) -> DepthMap:
        """Relative inverse depth; raises `ModelError` as `PortraitEngine.find_depth`."""
        return self.engine.find_depth(self.image, self.model)


@dataclass(frozen=True, eq=False)
class PhotoDefocus:
    """Defocus maps of a photo at one size, computed on first use and then kept.

    Attributes
    ----------
    image, matte
        uint8 (H, W, 3) and float32 (H, W).
    depth
        Known depth of the photo.
    estimated
        What is used where that is unknown, or does not tell the subject from what is behind.
    bystanders
        Mattes of those who stand on the floor and do not stay sharp, float32 (h, w) each.
    """

    image: RgbImage
    matte: AlphaMatte
    depth: PhotoDepth
    estimated: EstimatedDepth | None = None
    bystanders: tuple[AlphaMatte, ...] = ()

    def choose(self, look: Look) -> tuple[DefocusMap | None, DepthSource]:
        """The defocus map for a look, to be passed to `render_photo`, and its source; None where no map is used."""
        if look.background.is_blurred:
            if look.depth == "auto" and self._by_depth is not None:
                return self._by_depth, self.depth.source
            if look.depth == "auto" and self._by_model is not None:
                return self._by_model, "model"
            if look.ground == "auto" and self._by_ground is not None:
                return self._by_ground, "ground"
        return None, "none"

    @property
    def has_distances(self) -> bool:
        """Whether anything is known to be nearer or farther than the subject: what can be focused on by a point."""
        is_measured = self.depth.map is not None or self.estimated is not None
        return is_measured or self._by_ground is not None

    @property
    def depth_map(self) -> DepthMap | None:
        """The depth that is known, or else estimated; None: neither. A network that is to be asked may raise."""
        if self.depth.map is not None or self.estimated is None:
            return self.depth.map
        return self._aligned

    def focused(self, look: Look) -> tuple[AlphaMatte, DefocusMap | None, DepthSource]:
        """As `choose`, with the focus and the focal range of the look, and the matte of what stays sharp with them."""
        defocus_map, source = self.choose(look)
        if defocus_map is None or (look.focus is None and look.focal_range == 0.0):
            return self.matte, defocus_map, source
        wanted = (source, look.focus, look.focal_range)
        known = self.__dict__.get("_refocused")
        if known is None or known[0] != wanted:  # of several focuses the last is kept: tiles ask for it again
            known = wanted, refocus(defocus_map, self.matte, look.focus, look.focal_range)
            self.__dict__["_refocused"] = known
        refocused, sharp = known[1]
        return sharp, refocused, source

    @cached_property
    def _by_depth(self) -> DefocusMap | None:
        depth = self.depth.map
        return None if depth is None else find_defocus(depth, self.image, self.matte)

    @cached_property
    def _by_model(self) -> DefocusMap | None:
        if self.estimated is None:
            return None
        return find_defocus(self._aligned, self.image, self.matte)

    @cached_property
    def _aligned(self) -> DepthMap:
        if self.estimated is None:
            raise ValueError("no network for depth was chosen")
        return align_depth(self.estimated.map, self.matte)

    @cached_property
    def _by_ground(self) -> DefocusMap | None:
        return find_floor(self.matte, self.bystanders, self.image)
