"""Gain maps: how much brighter each pixel of a photo is on an HDR screen than in its standard rendition.

Formulas: ISO 21496-1:2025, clause 6, and Adobe's gain map specification (https://helpx.adobe.com/camera-raw/using/gain-map.html).
"""

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage
from portrait.core.resize import resize

_LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)
_LEAST_LIGHT = np.float32(1e-4)  # below the first level of 8 bits: its ratio is noise

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class GainCurve:
    """How the levels of a gain map are encoded; one value a channel, all alike for a grey map.

    Attributes
    ----------
    least_log2, most_log2
        Gain of the levels 0 and 1, in stops.
    gamma
        The level is the share of that range, to this power.
    base_offset, alternate_offset
        Light added to the standard and to the HDR rendition before the ratio is taken.
    base_headroom_log2, alternate_headroom_log2
        Of the screens for which the standard and the HDR rendition are made, in stops.
    has_base_primaries
        Whether the gain is meant in the primaries of the standard rendition; else in those of the map's own profile.
    """

    least_log2: Triple = (0.0, 0.0, 0.0)
    most_log2: Triple = (1.0, 1.0, 1.0)
    gamma: Triple = (1.0, 1.0, 1.0)
    base_offset: Triple = (1 / 64, 1 / 64, 1 / 64)
    alternate_offset: Triple = (1 / 64, 1 / 64, 1 / 64)
    base_headroom_log2: float = 0.0
    alternate_headroom_log2: float = 1.0
    has_base_primaries: bool = True

    def __post_init__(self) -> None:
        if not all(np.isfinite((*chain(*self.triples), self.base_headroom_log2, self.alternate_headroom_log2))):
            raise ValueError("a gain map needs finite numbers")
        if min(self.gamma) <= 0.0 or max(np.abs((*self.least_log2, *self.most_log2))) > 16.0:
            raise ValueError("the range of a gain map is implausible")
        if any(least > most for least, most in zip(self.least_log2, self.most_log2, strict=True)):
            raise ValueError("the range of a gain map is empty")

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The values of the channels, in the order of ISO 21496-1."""
        return self.least_log2, self.most_log2, self.gamma, self.base_offset, self.alternate_offset

    @property
    def is_grey(self) -> bool:
        """Whether all channels are encoded alike."""
        return all(len(set(triple)) == 1 for triple in self.triples)


@dataclass(frozen=True, slots=True, eq=False)
class GainMap:
    """A gain map.

    Attributes
    ----------
    levels
        uint8 (h, w, 3) or grey, (h, w, 1); of the shape of the photo, usually smaller.
    curve
        How they are encoded.
    icc_profile
        Of the HDR rendition, where the file states one.
    """

    levels: NDArray[np.uint8]
    curve: GainCurve
    icc_profile: bytes | None = None

    def to_log2(self) -> NDArray[np.float32]:
        """The gain in stops, float32 (h, w, 3) or (h, w, 1)."""
        least, most, gamma = self._ranges()
        shares = np.power(self.levels.astype(np.float32) / np.float32(255.0), 1.0 / gamma, dtype=np.float32)
        return np.asarray(least + shares * (most - least), np.float32)

    def encoded(self, log2: NDArray[np.float32]) -> "GainMap":
        """A gain in stops, of the shape of the levels, in the same encoding; what lies outside its range is clipped."""
        least, most, gamma = self._ranges()
        shares = np.clip((log2 - least) / np.maximum(most - least, np.float32(1e-6)), 0.0, 1.0)
        return replace(self, levels=np.rint(255.0 * np.power(shares, gamma)).astype(np.uint8))

    def alternate(self, base: LinearImage) -> LinearImage:
        """The HDR rendition of a standard one of the map's size: float32 (h, w, 3), linear, above 1 where it glows."""
        offset, other = (np.array(pair, np.float32) for pair in (self.curve.base_offset, self.curve.alternate_offset))
        light = (base + offset) * np.exp2(self.to_log2()) - other
        return np.asarray(np.maximum(light, np.float32(0.0)), np.float32)

    def measured(self, base: LinearImage, alternate: LinearImage, kept: AlphaMatte) -> "GainMap":
        """The gain map between two renditions of its size, in the same encoding.

        Parameters
        ----------
        base, alternate
            float32 (h, w, 3), linear.
        kept
            float32 (h, w): where it is 1 the levels stay as they are, to the bit.
        """
        offset, other = (np.array(pair, np.float32) for pair in (self.curve.base_offset, self.curve.alternate_offset))
        above, below = alternate + other, base + offset
        if self.levels.shape[2] == 1:
            above, below = (light @ _LUMINANCE[:, None] for light in (above, below))
        ratio = np.maximum(above, _LEAST_LIGHT) / np.maximum(below, _LEAST_LIGHT)
        found = self.encoded(np.log2(ratio).astype(np.float32))
        return replace(self, levels=np.where(kept[..., None] >= 1.0, self.levels, found.levels))

    def faded(self, alpha: AlphaMatte) -> "GainMap":
        """The gain of the subject alone: what stands behind it is as bright on every screen.

        Parameters
        ----------
        alpha
            float32 (H, W) of the photo.
        """
        red, green, blue = (min(0.0, stops) for stops in self.curve.least_log2)
        widened = replace(self, curve=replace(self.curve, least_log2=(red, green, blue)))
        return widened.encoded(self.to_log2() * self.fitted(alpha)[..., None])

    def fitted(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """A plane or image of the photo at the size of the map."""
        return np.asarray(resize(np.ascontiguousarray(plane), self.levels.shape[0], self.levels.shape[1]), np.float32)

    def _ranges(self) -> tuple[NDArray[np.float32], ...]:
        channels = self.levels.shape[2]
        ranges = (self.curve.least_log2, self.curve.most_log2, self.curve.gamma)
        return tuple(np.array(triple[:channels], np.float32) for triple in ranges)
