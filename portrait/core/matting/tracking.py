"""Tracking of the subject through a video: which part of the next frame the network has to see."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.boxes import Box, bounding_box
from portrait.core.matting.temporal import (
    CUT_FRACTION,
    MOTION_REACH,
    SURE_MOTION,
    Motion,
    find_thumbnail,
    measure_motion,
)


@dataclass(frozen=True, slots=True)
class TrackingOptions:
    """How a subject is followed.

    Attributes
    ----------
    margin_fraction
        Margin around the subject, as a share of the longer side of its bounding box.
    kept_margin_fraction
        The region is moved when less margin than this is left on a side. Until then it is held, for the network's
        answer changes a little with the region, which flickers.
    largest_fraction
        A region that covers more of the frame saves nothing: the whole frame is taken.
    loosest
        A held region is given up when it is so many times larger than a new one would be.
    whole_every_frames
        The whole frame is looked at, or checked, at least so often, whatever moves.
    reuse_frames
        A matte serves so many frames at most in which nothing moves.
    """

    margin_fraction: float = 0.15
    kept_margin_fraction: float = 0.05
    largest_fraction: float = 0.8
    loosest: float = 1.7
    whole_every_frames: int = 15
    reuse_frames: int = 15


@dataclass(frozen=True, slots=True)
class MattePlan:
    """What is to be done for a frame.

    Attributes
    ----------
    reuses
        Nothing has moved since the last matte: it serves for this frame too.
    region
        The part of the frame that the network has to see, in pixels; None: the whole frame.
    may_propagate
        Nobody is known to have come or gone: what the network found in an earlier frame may serve, see
        `portrait.core.matting.propagation`.
    is_check_due
        Somebody may stand outside the region unnoticed: the rest of the frame has to be looked at first, see
        `SubjectTracker.confirm`.
    """

    reuses: bool = False
    region: Box | None = None
    may_propagate: bool = False
    is_check_due: bool = False


WHOLE_FRAME = MattePlan()


class SubjectTracker:
    """Region of interest of the network in a video, held while the subject stays inside.

    The whole frame is looked at when something moves outside the region (somebody may come in), when the subject
    reaches the region's edge, when it was lost, at a cut, and from time to time; there a check of what lies outside the
    region is enough. Motion is measured against the frame of the last matte, so that slow changes add up: see
    `portrait.core.matting.temporal.measure_motion`.

    Attributes
    ----------
    motion
        In the frame last planned since the frame of the last matte; None where there was none.
    """

    def __init__(self, options: TrackingOptions | None = None) -> None:
        self._options = options or TrackingOptions()
        self.reset()

    def reset(self) -> None:
        """Forget the subject: the next frame is looked at as a whole."""
        self._shape: tuple[int, ...] = ()
        self.motion: Motion | None = None
        self._region: Box | None = None
        self._has_subject = False
        self._reference: RgbImage | None = None
        self._thumbnail: RgbImage | None = None
        self._frames_since_whole = self._frames_since_matte = 0

    def plan(self, image: RgbImage, thumbnail: RgbImage | None = None) -> MattePlan:
        """Decide for the next frame, uint8 (H, W, 3); ``thumbnail`` as of `find_thumbnail`, if it is there already."""
        if image.shape != self._shape:
            self.reset()
            self._shape = image.shape
        self._thumbnail = find_thumbnail(image) if thumbnail is None else thumbnail
        self._frames_since_whole += 1
        self._frames_since_matte += 1
        self.motion = None
        if self._reference is None:
            return WHOLE_FRAME
        self.motion = Motion(self._reference, measure_motion(self._reference, self._thumbnail))
        motion = self.motion.moved >= SURE_MOTION
        if not _moves(motion) and self._frames_since_matte <= self._options.reuse_frames:
            return MattePlan(reuses=True)
        is_due = self._frames_since_whole >= self._options.whole_every_frames
        if float(motion.mean()) > CUT_FRACTION or (is_due and self._region is None):
            return WHOLE_FRAME
        if self._region is not None and _moves(_outside(motion, self._region, self._shape)):
            return WHOLE_FRAME
        return MattePlan(region=self._region, may_propagate=self._has_subject, is_check_due=is_due)

    def confirm(self) -> None:
        """Nobody was found outside the region of the frame last planned: the next check is not due for a while."""
        self._frames_since_whole = 0

    @property
    def region(self) -> Box | None:
        """The region around the subject, in pixels; None: it fills the frame, or there is none."""
        return self._region

    def is_cut_off(self, matte: AlphaMatte, region: Box | None) -> bool:
        """Whether the subject found in a region is missing there or reaches one of its edges inside the frame.

        It may then go on beyond the region, and the whole frame has to be looked at.

        Parameters
        ----------
        matte
            Of the frame last planned, float32, at any size.
        region
            In pixels of the frame; None: all of it.
        """
        height, width = self._shape[:2]
        subject = _subject_box(matte, (height, width))
        if subject is None or region is None:
            return subject is None
        edge_px = max(1, round(0.01 * max(region.height, region.width)))
        return (
            (region.top > 0 and subject.top < region.top + edge_px)
            or (region.left > 0 and subject.left < region.left + edge_px)
            or (region.bottom < height and subject.bottom > region.bottom - edge_px)
            or (region.right < width and subject.right > region.right - edge_px)
        )

    def follow(self, matte: AlphaMatte, *, saw_whole_frame: bool) -> None:
        """Take the matte that the network found in the frame last planned, float32, at any size."""
        self._reference = self._thumbnail
        self._frames_since_matte = 0
        if saw_whole_frame:
            self._frames_since_whole = 0
        frame = (self._shape[0], self._shape[1])
        subject = _subject_box(matte, frame)
        self._has_subject = subject is not None
        self._region = None if subject is None else self._choose_region(subject, frame)

    def _choose_region(self, subject: Box, frame: tuple[int, int]) -> Box | None:
        """The held region where it still suits the subject, else a new one; None: the whole frame."""
        options = self._options
        side_px = max(subject.height, subject.width)
        wanted = subject.grown(round(options.margin_fraction * side_px), frame).aligned(_REGION_MULTIPLE, frame)
        if wanted.area_px > options.largest_fraction * frame[0] * frame[1]:
            return None
        held = self._region
        least = subject.grown(round(options.kept_margin_fraction * side_px), frame)
        if held is not None and _contains(held, least) and held.area_px <= options.loosest * wanted.area_px:
            return held
        return wanted


_SINGLE_PIXEL = MOTION_REACH.size
"""Pixels of the motion map that one moved pixel of the thumbnail gives."""

_REGION_MULTIPLE = 8
"""Regions start and end at multiples of so many pixels, so that halvings of the frame have whole pixels there."""

_SUBJECT_ALPHA = 0.3


def _subject_box(matte: AlphaMatte, frame: tuple[int, int]) -> Box | None:
    """Bounding box of the subject in pixels of a frame of this (H, W)."""
    found = bounding_box(matte >= _SUBJECT_ALPHA)
    return found.scaled((matte.shape[0], matte.shape[1]), frame) if found.area_px else None


def _contains(outer: Box, inner: Box) -> bool:
    return (
        outer.top <= inner.top
        and outer.left <= inner.left
        and outer.bottom >= inner.bottom
        and outer.right >= inner.right
    )


def _moves(motion: NDArray[np.bool_]) -> bool:
    """Whether more than a single pixel of the thumbnail moved: one alone, most often in a corner, is noise."""
    return int(np.count_nonzero(motion)) > _SINGLE_PIXEL


def _outside(motion: NDArray[np.bool_], region: Box, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Motion outside a region of the frame; ``motion`` is smaller than the frame."""
    outside = motion.copy()
    region.scaled((shape[0], shape[1]), (motion.shape[0], motion.shape[1])).crop(outside)[:] = False
    return outside
