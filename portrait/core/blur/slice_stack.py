"""Slices on one side of the focus, ordered for compositing."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from portrait.core.blur.blurred_slice import BlurredSlice, blur_slice, without_field
from portrait.core.blur.slice_rows import SliceRows
from portrait.core.blur.slice_source import SliceSource

_ALIGNMENT = 16  # of the rows that are blurred at full size: whole blocks of the inpainting pyramid


@dataclass(frozen=True, slots=True, eq=False)
class FineSlices:
    """Slices of small blur, which are computed at full resolution, row by row on request."""

    scene: SliceSource
    indices: tuple[int, ...]

    def rows(self, rows: slice, width: int) -> dict[int, SliceRows]:
        """The slices that reach into some rows, by their number."""
        slices = self.scene.slices
        reach_px = max((math.ceil(slices.radius_of(index)) for index in self.indices), default=0) + _ALIGNMENT
        start = max(0, (rows.start - reach_px) // _ALIGNMENT * _ALIGNMENT)
        around = slice(start, min(self.scene.layered.shape[0], rows.stop + reach_px))
        here = [index for index in self.indices if self._may_hold(index, around)]
        if not here:
            return {}
        planes, aperture = self.scene.planes(around), without_field(self.scene.aperture)
        local = slice(rows.start - start, rows.stop - start)
        blurred = {index: blur_slice(planes, slices, index, aperture, self.scene.highlight_boost) for index in here}
        found = {index: None if part is None else part.rows(local, width) for index, part in blurred.items()}
        mixed = {index: self._with_sharp(index, part, rows) for index, part in found.items()}
        return {index: part for index, part in mixed.items() if part is not None}

    def _with_sharp(self, index: int, part: SliceRows | None, rows: slice) -> SliceRows | None:
        """A slice of hardly any blur, in pixels where the subject is soft: mixed with its sharp image.

        Elsewhere that is what it is where its radius is 0; but in soft pixels a slice has estimated colours. In front
        of the subject nothing is laid over the sharp image, see `DefocusSlices.share_in_front`.
        """
        sharpness = self.scene.slices.sharpness_of(index)
        if sharpness == 0.0:
            return part
        weight = np.float32(sharpness) * self.scene.softness(rows)
        sharp = self.scene.sharp_slice(index, rows) if index > 0 else None
        present = [(it, w) for it, w in ((sharp, weight), (part, np.float32(1.0) - weight)) if it is not None]
        if not present:
            return None
        light = sum(it.light * w[..., None] for it, w in present)
        return SliceRows(
            np.asarray(light, np.float32), np.asarray(sum(it.coverage * w for it, w in present), np.float32)
        )

    def _may_hold(self, index: int, rows: slice) -> bool:
        low, high, _, _ = cv2.minMaxLoc(np.ascontiguousarray(self.scene.defocus_map[rows]))
        return low < self.scene.slices.defocus_of(index + 1) and high > self.scene.slices.defocus_of(index - 1)


@dataclass(frozen=True, slots=True, eq=False)
class SliceStack:
    """Slices on one side of the focus, the one nearest to the focus first; ``coarse`` ones are blurred already."""

    indices: tuple[int, ...]
    coarse: dict[int, BlurredSlice]
    fine: FineSlices

    def rows(self, rows: slice, width: int) -> Iterator[SliceRows]:
        """Some rows of each slice that reaches there."""
        fine = self.fine.rows(rows, width)
        for index in self.indices:
            part = self.coarse[index].rows(rows, width) if index in self.coarse else fine.get(index)
            if part is not None:
                yield part
