"""Live portraits frame by frame: temporal smoothing of matte and focus, and no sharp room when a mask fails."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.lens.subject_distance import DistanceSmoother, subject_distance_m
from portrait.core.matting.refinement import Outline
from portrait.core.matting.subject import has_person
from portrait.core.matting.temporal import TemporalSmoother, find_thumbnail
from portrait.core.render.look import NOT_LIVE, Look, to_look
from portrait.core.resize import ImagePyramid
from portrait.engine import FrameMemory, PortraitEngine, PortraitResult, Quality
from portrait.errors import PortraitError
from portrait.language import tr
from portrait.live.backdrop import LiveBackdrop
from portrait.live.outline_finder import OutlineFinder
from portrait.native.cells import CelledMatte

_logger = logging.getLogger(__name__)

_DISTANCE_EVERY_FRAMES = 3

COVER_RADIUS_FRACTION = 0.02
"""Least blur radius, as a share of the diagonal, where the room must not be readable: f/16 would leave it readable."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskedFrame:
    """A frame and its matte: the result of the first step and the input of the second.

    Attributes
    ----------
    generation
        Counts frames from 1.
    image, matte
        uint8 (H, W, 3) and float32 (H, W); ``matte`` is all 0 where nobody was found or the mask failed.
    has_subject
        Whether a person was found. If not, the whole frame must be blurred.
    subject_distance_m
        Distance from lens to subject, smoothed over time; the lens is focused there unless the user chose a distance.
        None until a person was found for the first time.
    error
        Why the mask failed; None when the network ran, with or without finding a person.
    timings_ms
        Wall time of ``matte`` and ``smooth``.
    celled
        The matte with its cells, where they are known.
    """

    generation: int
    image: RgbImage
    matte: AlphaMatte
    has_subject: bool
    subject_distance_m: float | None
    error: Exception | None
    timings_ms: Mapping[str, float]
    celled: CelledMatte | None = None


class LiveProcessor:
    """The portrait effect on a video: `PortraitEngine` with temporal smoothing of the matte and the focus distance.

    A photo without a person is left sharp, but a video call must never show the room by accident. When the engine
    raises, returns an invalid matte (wrong size, NaN, out of range) or finds no person, the whole frame is blurred, or
    the background that replaces the room is shown without a subject. The matte of an earlier frame is not reused, for
    it would uncover parts of the room where the subject has moved, unless nothing in the image has moved since.

    The network sees no more than it needs to, see `portrait.live.outline_finder`.

    `process` does both steps, `find_matte` and `render`. A session pipelines them in two threads, one frame apart. Only
    `find_matte` has temporal state.

    Parameters
    ----------
    engine
        May be shared with others; may be replaced like ``options``, by one for another subject. What was seen of the
        earlier one is forgotten.
    options
        The look, or the lens alone; may be replaced at any time, from any thread, with effect from the next frame on.
    quality
        Quality of the matte, see `PortraitEngine.find_matte`; may be replaced like ``options``, as may the attribute
        ``matte_resolution``: the share of its usual pixels that a network of any input size is given, over 0 … 1.

    Raises
    ------
    PortraitError
        Here, and whenever ``options`` is replaced: the background cannot be shown live.
    """

    def __init__(self, engine: PortraitEngine, options: BlurOptions | Look, quality: Quality = "fast") -> None:
        self.options = options
        self.quality: Quality = quality
        self.matte_resolution = 1.0
        self.engine = self._engine = engine
        self._smoother = TemporalSmoother()
        self._distance = DistanceSmoother()
        self._distance_m: float | None = None
        self._finder = OutlineFinder(engine)
        self._smoothed: Outline | AlphaMatte | None = None  # what belongs to the matte that is shown
        self._shown: AlphaMatte | None = None
        self._generation = 0
        self._backdrop = LiveBackdrop()

    @property
    def options(self) -> BlurOptions | Look:
        """The look."""
        return self._wanted[0]

    @options.setter
    def options(self, options: BlurOptions | Look) -> None:
        if to_look(options).background.kind in NOT_LIVE:
            hint = tr(
                "Choose another background: one of a plain colour, color:#00B140 say, can be keyed out elsewhere."
            )
            raise PortraitError(tr("A live picture cannot be transparent"), hint)
        self._wanted = (options, False)

    def cover_room(self, blur: BlurOptions) -> None:
        """Show a blurred room in place of a background that cannot be shown, until ``options`` are set.

        The blur is at least so strong that the room cannot be read, whatever ``blur`` asks for.
        """
        self._wanted = (blur, True)

    def process(self, image: RgbImage) -> PortraitResult:
        """Find the matte of the next frame of the video and render its portrait.

        Parameters
        ----------
        image
            uint8 (H, W, 3) RGB.

        Returns
        -------
        PortraitResult
            ``generation`` counts frames from 1; ``timings_ms`` has ``matte``, ``smooth`` and ``render``; ``matte`` is
            all 0 where the whole frame was blurred.

        Raises
        ------
        Exception
            Any error of rendering; there is then nothing to show.
        """
        return self.render(self.find_matte(image))

    def find_matte(self, image: RgbImage) -> MaskedFrame:
        """First step: the matte of the next frame and the focus distance, smoothed over time.

        Does not raise when the network fails; see `MaskedFrame.error`.
        """
        # Find the matte of this frame, with the engine that is chosen now.
        if self.engine is not self._engine:
            self._engine = self.engine
            self._finder = OutlineFinder(self._engine)
            self.reset()
        self._generation += 1
        start_s, pyramid = time.perf_counter(), ImagePyramid(image)
        thumbnail = find_thumbnail(pyramid)
        found, error = self._find_current(pyramid, thumbnail)
        matte_s = time.perf_counter()
        # Smooth it, and the subject's distance, over time.
        shown = self._smooth(pyramid, thumbnail, found)
        focus_m = self._focus(found.small if isinstance(found, Outline) else shown)
        timings_ms = {"matte": 1000.0 * (matte_s - start_s), "smooth": 1000.0 * (time.perf_counter() - matte_s)}
        celled = self._smoother.celled if found is not None else None
        return MaskedFrame(self._generation, image, shown, found is not None, focus_m, error, timings_ms, celled)

    def render(self, masked: MaskedFrame) -> PortraitResult:
        """Second step: the portrait of a frame, with the look that is chosen now.

        Raises
        ------
        Exception
            Any error of rendering.
        """
        # Complete the look: focus at the subject, background image as it is behind this frame.
        start_s = time.perf_counter()
        wanted, is_cover = self._wanted
        look = to_look(wanted)
        look = replace(look, blur=look.blur.focused_at(masked.subject_distance_m))
        look = replace(look, background=self._backdrop.prepare(look, masked.image, masked.matte))
        # Render it, with a strong blur where the room must be hidden.
        options = _hide_room(look, masked.image) if is_cover or not masked.has_subject else look
        portrait = self._engine.render_live(masked.image, masked.matte, options, celled=masked.celled)
        timings_ms = {**masked.timings_ms, "render": 1000.0 * (time.perf_counter() - start_s)}
        return PortraitResult(masked.generation, portrait, masked.matte, timings_ms)

    def reset(self) -> None:
        """Forget the previous frames; for a new source."""
        self._smoother.reset()
        self._distance.reset()
        self._distance_m = None
        self._finder.reset()
        self._smoothed = self._shown = None

    def _find_current(
        self, pyramid: ImagePyramid, thumbnail: RgbImage
    ) -> tuple[Outline | AlphaMatte | None, Exception | None]:
        """What tells the matte of this frame, None if it failed or shows no person, and the error if it failed."""
        try:
            if self._engine.can_see_regions(self.quality):
                self._finder.resolution = self.matte_resolution
                outline = self._finder.find(pyramid, thumbnail)
                return (outline if outline is not None and has_person(outline.small) else None), None
            frames = FrameMemory()  # a new one each time: the opinion is asked of every frame
            matte = self._engine.find_matte(pyramid.image, self.quality, frames)
            require_alpha(matte, (pyramid.image.shape[0], pyramid.image.shape[1]), "matte")
        except Exception as exc:
            self._finder.reset()
            _logger.exception("no mask for frame %d: the whole picture is blurred", self._generation)
            return None, exc.with_traceback(None)  # logged; it would keep the frame until cycles are collected
        return (matte if has_person(matte) else None), None

    def _smooth(self, pyramid: ImagePyramid, thumbnail: RgbImage, found: Outline | AlphaMatte | None) -> AlphaMatte:
        """Temporal smoothing of the matte; without a person all 0, and the filter starts anew.

        While nothing moves the matte that is shown stays as it is.
        """
        if found is None:
            self._smoother.reset()
            self._shown = np.zeros(pyramid.image.shape[:2], np.float32)
        elif not isinstance(found, Outline):
            self._shown = self._smoother.smooth(pyramid.image, found, thumbnail)
        elif found is not self._smoothed or self._shown is None:
            motion = self._finder.motion
            self._shown = self._smoother.refine(pyramid.image, found.coefficients, thumbnail, motion)
        self._smoothed = found
        return self._shown

    def _focus(self, matte: AlphaMatte) -> float | None:
        """Distance to focus at, smoothed over time, from a matte of any size; measured in some of the frames."""
        if self._distance_m is None or self._generation % _DISTANCE_EVERY_FRAMES == 0:
            focal_length_mm = to_look(self.options).blur.lens.focal_length_mm
            self._distance_m = subject_distance_m(matte, focal_length_mm)
        return self._distance.smooth(self._distance_m)


def _hide_room(look: Look, image: RgbImage) -> BlurOptions | Look:
    """The look if its background replaces the room, else a blur of at least `COVER_RADIUS_FRACTION`."""
    if look.background.hides_room:
        return look
    height, width = image.shape[:2]
    chosen = radius_px_to_fraction(look.blur.blur_radius_px(height, width), height, width)
    return replace(look.blur, blur_radius_fraction=max(chosen, COVER_RADIUS_FRACTION))


def live_processor(engine: PortraitEngine, options: BlurOptions | Look | None = None) -> LiveProcessor:
    """A processor for one video: feed it frame by frame through `LiveProcessor.process`."""
    return LiveProcessor(engine, options or BlurOptions())
