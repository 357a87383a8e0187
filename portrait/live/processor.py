"""The portrait effect on one frame after the other, calm over time, and never a sharp room by accident."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.lens.subject_distance import DistanceSmoother, subject_distance_m
from portrait.core.matting.temporal import TemporalSmoother
from portrait.core.render.live import fit_background
from portrait.core.render.look import Background, BackgroundKind, Look, to_look
from portrait.engine import PortraitEngine, PortraitResult, Quality, has_person
from portrait.errors import PortraitError

_logger = logging.getLogger(__name__)

NOT_LIVE: tuple[BackgroundKind, ...] = ("transparent",)
"""Backgrounds that a live picture cannot have."""

COVER_RADIUS_FRACTION = 0.02
"""Least blur, as a share of the diagonal, of a room that is to be hidden: f/16 would leave it readable."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskedFrame:
    """A frame whose subject is known, on its way to be rendered.

    Attributes
    ----------
    generation
        Counts frames from 1.
    image, matte
        uint8 (H, W, 3) and float32 (H, W); ``matte`` is all 0 where nobody was found or the mask failed.
    has_subject
        Whether there is a matte to rely on. If not, the whole frame must be blurred.
    subject_distance_m
        Lens to subject, calmed over time: where the lens is focused unless that was chosen by hand. None before
        anybody was seen.
    error
        Why the mask failed; None when the network worked, whether it saw somebody or not.
    timings_ms
        Wall time of ``matte`` and ``smooth``.
    """

    generation: int
    image: RgbImage
    matte: AlphaMatte
    has_subject: bool
    subject_distance_m: float | None
    error: Exception | None
    timings_ms: Mapping[str, float]


class LiveProcessor:
    """`PortraitEngine` with a memory.

    A photo without a person is left as it is; a video call must not be. The whole frame is blurred, or the background
    that stands for the room is shown alone, whenever the engine raises, returns what is no matte of this frame (wrong
    size, NaN, out of range), or sees nobody, or so little of somebody that it does not count as a person. The mask of
    the frame before is never used instead: it would uncover what has moved since.

    `process` does both steps. A session runs them in two threads, one frame apart: `find_matte`, which remembers, in
    one, and `render`, which does not, in the other.

    Parameters
    ----------
    engine
        Shared with whoever else uses it.
    options
        The look, or the lens alone; may be replaced at any time, from any thread, and holds from the next frame on.
    quality
        As in `PortraitEngine.find_matte`; may be replaced like ``options``.

    Raises
    ------
    PortraitError
        At once, and whenever ``options`` is replaced: the background cannot be shown live.
    """

    def __init__(self, engine: PortraitEngine, options: BlurOptions | Look, quality: Quality = "fast") -> None:
        self.options = options
        self.quality: Quality = quality
        self._engine = engine
        self._smoother = TemporalSmoother()
        self._distance = DistanceSmoother()
        self._generation = 0
        self._chosen = self._fitted = Background()

    @property
    def options(self) -> BlurOptions | Look:
        """The look."""
        return self._wanted[0]

    @options.setter
    def options(self, options: BlurOptions | Look) -> None:
        if to_look(options).background.kind in NOT_LIVE:
            hint = "Choose another background: one of a plain colour, color:#00B140 say, can be keyed out elsewhere."
            raise PortraitError("A live picture cannot be transparent", hint)
        self._wanted = (options, False)

    def cover_room(self, blur: BlurOptions) -> None:
        """In place of a background that cannot be shown: this blur, or more, so that the room cannot be read.

        Holds from the next frame on, until ``options`` are set.
        """
        self._wanted = (blur, True)

    def process(self, image: RgbImage) -> PortraitResult:
        """The next frame of the video.

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
            Whatever rendering raises; there is then nothing to show.
        """
        return self.render(self.find_matte(image))

    def find_matte(self, image: RgbImage) -> MaskedFrame:
        """The first step: the subject of the next frame, calmed over time. Failures are part of the answer."""
        self._generation += 1
        start_s = time.perf_counter()
        matte, error = self._find_person(image)
        matte_s = time.perf_counter()
        shown = self._smooth(image, matte)
        focus_m = self._distance.smooth(subject_distance_m(shown, to_look(self.options).blur.lens.focal_length_mm))
        timings_ms = {"matte": 1000.0 * (matte_s - start_s), "smooth": 1000.0 * (time.perf_counter() - matte_s)}
        return MaskedFrame(self._generation, image, shown, matte is not None, focus_m, error, timings_ms)

    def render(self, masked: MaskedFrame) -> PortraitResult:
        """The second step: the picture to show.

        Raises
        ------
        Exception
            Whatever rendering raises.
        """
        start_s = time.perf_counter()
        wanted, is_cover = self._wanted
        look = to_look(wanted)
        background = self._fit(look.background, *masked.matte.shape)
        look = replace(look, blur=look.blur.focused_at(masked.subject_distance_m), background=background)
        options = _hide_room(look, masked.image) if is_cover or not masked.has_subject else look
        portrait = self._engine.render_live(masked.image, masked.matte, options)
        timings_ms = {**masked.timings_ms, "render": 1000.0 * (time.perf_counter() - start_s)}
        return PortraitResult(masked.generation, portrait, masked.matte, timings_ms)

    def reset(self) -> None:
        """Forget the frames before; for a new source."""
        self._smoother.reset()
        self._distance.reset()

    def _find_person(self, image: RgbImage) -> tuple[AlphaMatte | None, Exception | None]:
        """The matte of a person, or None where there is none to rely on, and what went wrong if anything did."""
        try:
            matte = self._engine.find_matte(image, self.quality)
            require_alpha(matte, (image.shape[0], image.shape[1]), "matte")
        except Exception as exc:
            _logger.exception("no mask for frame %d: the whole picture is blurred", self._generation)
            return None, exc
        return (matte if has_person(matte) else None), None

    def _fit(self, background: Background, height: int, width: int) -> Background:
        """The background with its picture at the size of the frames: scaled once, not for every frame."""
        picture = self._fitted.picture
        if background is not self._chosen or (picture is not None and picture.shape[:2] != (height, width)):
            self._chosen, self._fitted = background, fit_background(background, height, width)
        return self._fitted

    def _smooth(self, image: RgbImage, matte: AlphaMatte | None) -> AlphaMatte:
        if matte is not None:
            return self._smoother.smooth(image, matte)
        self._smoother.reset()
        return np.zeros(image.shape[:2], np.float32)


def _hide_room(look: Look, image: RgbImage) -> BlurOptions | Look:
    if look.background.hides_room:
        return look
    height, width = image.shape[:2]
    chosen = radius_px_to_fraction(look.blur.blur_radius_px(height, width), height, width)
    return replace(look.blur, blur_radius_fraction=max(chosen, COVER_RADIUS_FRACTION))


def live_processor(engine: PortraitEngine, options: BlurOptions | Look | None = None) -> LiveProcessor:
    """A processor for one video: feed it frame by frame through `LiveProcessor.process`."""
    return LiveProcessor(engine, options or BlurOptions())
