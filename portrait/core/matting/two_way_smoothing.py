"""Temporal smoothing of alpha with look-ahead: a weighted mean over the frames around, where nothing moves."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha, require_rgb
from portrait.core.matting.temporal import CUT_FRACTION, STILL_SHARE, find_thumbnail, measure_motion

REACH_FRAMES = 4
"""How many frames before and after a frame have a part in its alpha."""

Weight = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """Alpha and thumbnail of a frame, and the motion since the frame before: None where the two cannot be compared."""

    alpha: AlphaMatte
    thumbnail: RgbImage
    motion: Weight | None


class TwoWaySmoother:
    """Motion-adaptive temporal filter of alpha over a window of frames, symmetric in time.

    The weight of a frame falls by 0.8 for each frame of distance, as in `TemporalSmoother`, and further by the motion
    on the way: over a pixel that changed in between a frame has weight 0. Thus nothing trails behind a moving subject
    and nothing runs ahead of it. In an image that is still, the frame to frame flicker of independent errors is divided
    by more than 5. A result depends on the `reach` frames before and after it and on nothing else: a video may be
    smoothed in parts that overlap by so many frames, with the same result.

    Parameters
    ----------
    reach
        Frames before and after; 0: no smoothing.
    """

    def __init__(self, reach: int = REACH_FRAMES) -> None:
        if reach < 0:
            raise ValueError(f"reach must be 0 or more, got {reach}")
        self._reach = reach
        self._entries: deque[_Entry] = deque(maxlen=2 * reach + 1)
        self._waiting = 0

    @property
    def is_after_cut(self) -> bool:
        """Whether the newest frame shows another scene than the one before it, or has another size."""
        return len(self._entries) > 1 and self._entries[-1].motion is None

    def feed(self, image: RgbImage, alpha: AlphaMatte) -> AlphaMatte | None:
        """Take the next frame and its alpha; give the smoothed alpha of the frame ``reach`` frames earlier.

        Parameters
        ----------
        image
            uint8 (H, W, 3) RGB.
        alpha
            float32 (H, W), 0 … 1. It is kept: not to be written any more.

        Returns
        -------
        AlphaMatte or None
            float32 (H, W), 0 … 1, a new array; None at the beginning of the video.

        Raises
        ------
        TypeError, ValueError
            Not an image or not its alpha.
        """
        require_rgb(image)
        require_alpha(alpha, (image.shape[0], image.shape[1]))
        thumbnail = find_thumbnail(image)
        motion = _motion_since(self._entries[-1], thumbnail, alpha) if self._entries else None
        self._entries.append(_Entry(alpha, thumbnail, motion))
        self._waiting += 1
        return self._smooth_next() if self._waiting > self._reach else None

    def flush(self) -> Iterator[AlphaMatte]:
        """Yield the smoothed alpha of the frames that wait, at the end of the video, and forget the past."""
        while self._waiting:
            yield self._smooth_next()
        self._entries.clear()

    def _smooth_next(self) -> AlphaMatte:
        """Smooth the first frame that waits."""
        entries, at = list(self._entries), len(self._entries) - self._waiting
        self._waiting -= 1
        still = np.float32(1.0 - STILL_SHARE)
        shape = entries[at].thumbnail.shape[:2]
        weighted: list[tuple[AlphaMatte, Weight]] = [(entries[at].alpha, np.ones(shape, np.float32))]
        for step in (-1, 1):
            weight, place = weighted[0][1], at
            while 0 <= place + step < len(entries) and abs(place + step - at) <= self._reach:
                motion = entries[max(place, place + step)].motion
                if motion is None:
                    break
                place += step
                weight = weight * (still * (np.float32(1.0) - motion))
                weighted.append((entries[place].alpha, weight))
        return _weighted_mean(weighted)


def _motion_since(before: _Entry, thumbnail: RgbImage, alpha: AlphaMatte) -> Weight | None:
    """Motion between two frames, 0 … 1, at the thumbnail's size; None after a cut or a change of size."""
    if before.alpha.shape != alpha.shape:
        return None
    motion = measure_motion(before.thumbnail, thumbnail)
    return None if float(motion.mean()) > CUT_FRACTION else motion


def _weighted_mean(weighted: list[tuple[AlphaMatte, Weight]]) -> AlphaMatte:
    """Mean of mattes by weights at thumbnail size, which are normalized there and upsampled."""
    (own, _), *others = weighted
    total = np.sum([weight for _, weight in weighted], axis=0, dtype=np.float32)
    size = (own.shape[1], own.shape[0])
    # own + Σ w (α − own): where all mattes agree the sum is exact, and the own weight need not be upsampled.
    mean = own.copy()
    for alpha, weight in others:
        share = cv2.resize(weight / total, size, interpolation=cv2.INTER_LINEAR)
        cv2.multiply(cv2.subtract(alpha, own), share, dst=share)
        cv2.add(mean, share, dst=mean)
    # The sum may pass 0 or 1 by a rounding error.
    return np.asarray(np.clip(mean, 0.0, 1.0, out=mean), dtype=np.float32)
