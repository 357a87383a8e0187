"""The portrait effect on one frame after the other, calm over time, and never a sharp room by accident."""

import logging
import time
from dataclasses import replace

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha
from portrait.core.lens import BlurOptions, radius_px_to_fraction
from portrait.core.temporal import TemporalSmoother
from portrait.engine import PortraitEngine, PortraitResult, Quality, has_person

_logger = logging.getLogger(__name__)

COVER_RADIUS_FRACTION = 0.02
"""Least blur, as a share of the diagonal, of a frame without a mask: f/16 would leave the room readable."""


class LiveProcessor:
    """`PortraitEngine` with a memory, for one thread.

    A photo without a person is left as it is; a video call must not be. The whole frame is blurred whenever
    `find_matte` raises, returns what is no matte of this frame (wrong size, NaN, out of range), or sees nobody, or so
    little of somebody that it does not count as a person. The mask of the frame before is never used instead: it would
    uncover what has moved since.

    Parameters
    ----------
    engine
        Shared with whoever else uses it.
    options
        The look; may be replaced at any time, from any thread, and holds from the next frame on.
    quality
        As in `PortraitEngine.find_matte`; may be replaced like ``options``.
    """

    def __init__(self, engine: PortraitEngine, options: BlurOptions, quality: Quality = "fast") -> None:
        self.options = options
        self.quality: Quality = quality
        self._engine = engine
        self._smoother = TemporalSmoother()
        self._generation = 0
        self._mask_error: Exception | None = None

    @property
    def mask_error(self) -> Exception | None:
        """Why the last frame had no mask; None when the network worked, whether it saw somebody or not."""
        return self._mask_error

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
        self._generation += 1
        start_s = time.perf_counter()
        found = self._find_person(image)
        matte_s = time.perf_counter()
        shown = self._smooth(image, found)
        smooth_s = time.perf_counter()
        options = self.options if found is not None else _cover_all(self.options, image)
        portrait = self._engine.render(image, shown, options)
        end_s = time.perf_counter()
        timings_ms = {
            "matte": 1000.0 * (matte_s - start_s),
            "smooth": 1000.0 * (smooth_s - matte_s),
            "render": 1000.0 * (end_s - smooth_s),
        }
        return PortraitResult(self._generation, portrait, shown, timings_ms)

    def reset(self) -> None:
        """Forget the frames before; for a new source."""
        self._smoother.reset()
        self._mask_error = None

    def _find_person(self, image: RgbImage) -> AlphaMatte | None:
        """The matte of a person, or None where there is none to rely on."""
        self._mask_error = None
        try:
            matte = self._engine.find_matte(image, self.quality)
            require_alpha(matte, (image.shape[0], image.shape[1]), "matte")
        except Exception as exc:
            _logger.exception("no mask for frame %d: the whole picture is blurred", self._generation)
            self._mask_error = exc
            return None
        return matte if has_person(matte) else None

    def _smooth(self, image: RgbImage, matte: AlphaMatte | None) -> AlphaMatte:
        if matte is not None:
            return self._smoother.smooth(image, matte)
        self._smoother.reset()
        return np.zeros(image.shape[:2], np.float32)


def _cover_all(options: BlurOptions, image: RgbImage) -> BlurOptions:
    height, width = image.shape[:2]
    chosen = radius_px_to_fraction(options.blur_radius_px(height, width), height, width)
    return replace(options, blur_radius_fraction=max(chosen, COVER_RADIUS_FRACTION))


def live_processor(engine: PortraitEngine, options: BlurOptions | None = None) -> LiveProcessor:
    """A processor for one video: feed it frame by frame through `LiveProcessor.process`."""
    return LiveProcessor(engine, options or BlurOptions())
