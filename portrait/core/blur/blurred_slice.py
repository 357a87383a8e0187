"""Blurring of one slice of equal defocus: inpainting of what is occluded, then convolution with the aperture."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.blur.defocus_slices import DefocusSlices, visibility
from portrait.core.blur.highlights import lift, mean_glare, surroundings_px
from portrait.core.blur.levels import PartialLevel
from portrait.core.blur.point_spread import convolve_with_aperture
from portrait.core.blur.slice_planes import DepthPlanes
from portrait.core.blur.slice_rows import SliceRows
from portrait.core.inpaint import inpaint
from portrait.core.lens.aperture import Aperture

_LEAST_COVERAGE = 1.0 / 512.0

_CROP_MARGIN_PX = 16
_ALIGNMENT = 64  # of the crop: whole blocks of the inpainting pyramid, so that a row more does not shift them


@dataclass(frozen=True, slots=True, eq=False)
class BlurredSlice:
    """A blurred slice: its light, premultiplied by its coverage, and its coverage."""

    light: PartialLevel
    coverage: PartialLevel

    def rows(self, rows: slice, width: int) -> SliceRows | None:
        """Rows at full resolution; None where the slice does not reach into them."""
        if not self.light.reaches(rows):
            return None
        return SliceRows(self.light.rows(rows, width), self.coverage.rows(rows, width))


def blur_slice(
    planes: DepthPlanes, slices: DefocusSlices, index: int, aperture: Aperture, boost: float
) -> BlurredSlice | None:
    """Convolve one slice with the aperture, cropped to the rows that it reaches into; None where it is empty.

    Where nearer slices occlude it, its light and coverage are inpainted from its visible part. So nothing sharp leaks
    into the blur, and no gap opens beside a nearer object.
    """
    radius_px = slices.radius_of(index) / planes.factor
    reach = math.ceil(radius_px) + _CROP_MARGIN_PX
    held = np.flatnonzero((_share(planes, slices, index) * planes.weight).max(axis=1) > _LEAST_COVERAGE)
    if not held.size:
        return None
    start = max(0, int(held[0]) - reach) // _ALIGNMENT * _ALIGNMENT
    rows = slice(start, min(planes.weight.shape[0], int(held[-1]) + 1 + reach))
    if not aperture.is_even:  # its outline depends on the place in the whole image
        rows = slice(0, planes.weight.shape[0])
    around = None if planes.glare is None else mean_glare(planes.glare, surroundings_px(radius_px))[rows]
    light, coverage = _blur(planes.cropped(rows), slices, index, aperture, boost, around)
    reached = np.flatnonzero(coverage.max(axis=1) > _LEAST_COVERAGE)
    if not reached.size:
        return None
    kept, first = slice(int(reached[0]), int(reached[-1]) + 1), rows.start + int(reached[0])
    return BlurredSlice(*(PartialLevel.of(plane[kept], planes.factor, first) for plane in (light, coverage)))


def without_field(aperture: Aperture) -> Aperture:
    """The aperture without cat's eye and swirl, as in the middle of the image: small disks do not show them."""
    return replace(aperture, cats_eye=0.0, swirl=0.0)


def _blur(
    planes: DepthPlanes,
    slices: DefocusSlices,
    index: int,
    aperture: Aperture,
    boost: float,
    around: NDArray[np.float32] | None,
) -> SliceRows:
    """Inpaint and blur all rows of a slice, at the resolution of its planes; ``around`` is the glare at each pixel."""
    # Weigh every pixel by how visible this slice is in it.
    share, radius_px = _share(planes, slices, index), slices.radius_of(index) / planes.factor
    visible = visibility(slices.cumulative_share(index - 1, planes.defocus_map))
    if index > 0:  # the subject occludes what is behind it; that nothing is in front of it is known
        visible *= planes.weight
    else:
        visible = np.float32(1.0) - planes.weight * (np.float32(1.0) - visible)
    # Inpaint what is occluded, light and coverage together, and convolve both with the aperture.
    layer = cv2.merge([*cv2.split(_times(planes.light, share)), planes.weight * share])
    filled = inpaint(np.asarray(layer, np.float32), visible)
    *colors, coverage = cv2.split(convolve_with_aperture(filled, radius_px, aperture, resampled=planes.factor > 1))
    light = np.asarray(cv2.merge(colors), np.float32)
    # Add the light that clipped highlights lost.
    if planes.clipped is not None and around is not None:
        added = lift(_times(planes.clipped, share), around, boost)
        light += convolve_with_aperture(
            added, radius_px, aperture, resampled=planes.factor > 1, border=cv2.BORDER_CONSTANT
        )
    return SliceRows(light, np.asarray(coverage, np.float32))


def _share(planes: DepthPlanes, slices: DefocusSlices, index: int) -> NDArray[np.float32]:
    """Share of each pixel's light in a slice and nearer ones, times the visibility of the slice."""
    visible = visibility(slices.cumulative_share(index - 1, planes.defocus_map))
    return visible * slices.cumulative_share(index, planes.defocus_map)


def _times(light: LinearImage, share: NDArray[np.float32]) -> LinearImage:
    return np.asarray(cv2.multiply(light, cv2.merge([share] * 3)), dtype=np.float32)
