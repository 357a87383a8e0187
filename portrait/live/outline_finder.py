"""The outline of the subject in every frame of a video, by no more of the network than is needed."""

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.boxes import Box
from portrait.core.matting.propagation import ReferenceFrame, propagate
from portrait.core.matting.refinement import Outline, find_outline
from portrait.core.matting.subject import has_person
from portrait.core.matting.temporal import Motion
from portrait.core.matting.tracking import WHOLE_FRAME, MattePlan, SubjectTracker
from portrait.core.resize import ImagePyramid
from portrait.engine import PortraitEngine
from portrait.inference.region import is_seen_finer

KEY_EVERY_FRAMES = 4
"""The network sees at least every so-manieth frame in which something moves: a tenth of a second."""

CHECK_RESOLUTION = 0.5
"""Share of its usual pixels with which the network looks whether somebody stands outside the region unnoticed."""

_NOBODY = np.zeros((1, 1), np.float32)


class OutlineFinder:
    """Follows the subject through a video (`portrait.core.matting.tracking`) and asks the network in key frames alone.

    In the frames between, the probability is carried along the motion from frame to frame, and refined by each frame
    itself (`portrait.core.matting.propagation`). Where the motion does not explain a frame, the network sees it at
    once: nothing lags behind, and nobody is missed.

    Parameters
    ----------
    engine
        Its network takes regions, see `PortraitEngine.can_see_regions`.

    Attributes
    ----------
    resolution
        Share of the pixels of its usual input that the network is given, over 0 … 1.
    """

    def __init__(self, engine: PortraitEngine) -> None:
        self.resolution = 1.0
        self._engine = engine
        self._tracker = SubjectTracker()
        self.reset()

    @property
    def motion(self) -> Motion | None:
        """What moved in the last frame since the frame before in which something did; None where there was none."""
        return self._tracker.motion

    def reset(self) -> None:
        """Forget the past: the network sees the next frame as a whole."""
        self._tracker.reset()
        self._outline: Outline | None = None
        self._reference: ReferenceFrame | None = None
        self._frames_since_key = 0

    def find(self, pyramid: ImagePyramid, thumbnail: RgbImage) -> Outline | None:
        """The outline in the next frame; the last one where nothing has moved since, None where the frame is black.

        Parameters
        ----------
        pyramid
            Of the frame, uint8 (H, W, 3).
        thumbnail
            As of `find_thumbnail`.

        Raises
        ------
        Exception
            Any error of the network; the next frame is then as good as the first, once `reset` was called.
        """
        plan = self._tracker.plan(pyramid.image, thumbnail)
        if plan.reuses:
            return self._outline
        if plan.is_check_due and plan.region is not None:
            plan = self._check_outside(plan, plan.region, pyramid)
        outline = self._carry(plan, pyramid, thumbnail) if plan.may_propagate else None
        self._outline = self._look(plan, pyramid, thumbnail) if outline is None else outline
        return self._outline

    def _check_outside(self, plan: MattePlan, region: Box, pyramid: ImagePyramid) -> MattePlan:
        """The plan where nobody is found outside the region by a coarse look, else the whole frame.

        A large region is no sharper to the network than the whole frame, which is then looked at.
        """
        frame = (pyramid.image.shape[0], pyramid.image.shape[1])
        if not is_seen_finer(region, frame):
            return WHOLE_FRAME
        outline = self._engine.find_outline(pyramid, resolution=CHECK_RESOLUTION * self.resolution)
        if outline is None:
            return WHOLE_FRAME
        outside = outline.small.copy()
        region.scaled(frame, (outside.shape[0], outside.shape[1])).crop(outside)[:] = 0.0
        if has_person(outside):
            return WHOLE_FRAME
        self._tracker.confirm()
        return plan

    def _carry(self, plan: MattePlan, pyramid: ImagePyramid, thumbnail: RgbImage) -> Outline | None:
        """The outline by the frame before; None where the network has to see this frame."""
        self._frames_since_key += 1
        if self._reference is None or self._frames_since_key >= KEY_EVERY_FRAMES:
            return None
        probability = propagate(self._reference, thumbnail)
        outline = None if probability is None else find_outline(probability, pyramid)
        if outline is None or self._tracker.is_cut_off(outline.small, plan.region):
            return None
        self._tracker.follow(outline.small, saw_whole_frame=False)
        self._reference = ReferenceFrame(thumbnail, outline.probability)
        return outline

    def _look(self, plan: MattePlan, pyramid: ImagePyramid, thumbnail: RgbImage) -> Outline | None:
        """The outline that the network finds; this frame is then the key frame."""
        outline = self._engine.find_outline(pyramid, region=plan.region, resolution=self.resolution)
        saw_whole_frame = plan.region is None or outline is None
        if outline is not None and plan.region is not None and self._tracker.is_cut_off(outline.small, plan.region):
            outline, saw_whole_frame = self._engine.find_outline(pyramid, resolution=self.resolution), True
        self._tracker.follow(_NOBODY if outline is None else outline.small, saw_whole_frame=saw_whole_frame)
        # Where a look at the whole frame is coarser than one at the region will be, it is not carried on.
        region, frame = self._tracker.region, (pyramid.image.shape[0], pyramid.image.shape[1])
        is_coarse = saw_whole_frame and region is not None and is_seen_finer(region, frame)
        self._reference = None
        if outline is not None and not is_coarse:
            self._reference = ReferenceFrame(thumbnail, outline.probability)
        self._frames_since_key = 0
        return outline
