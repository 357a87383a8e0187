"""Temporal smoothing of alpha: strong where the image is still, none where it moves."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, require_alpha, require_rgb
from portrait.core.guided_filter import Coefficients, apply_coefficients, to_framed
from portrait.core.matting.matte_memory import MatteMemory
from portrait.core.resize import ImagePyramid
from portrait.native import matting
from portrait.native.cells import CelledMatte
from portrait.native.shared_library import has_library

THUMBNAIL_LONG_SIDE_PX = 160
STILL_SHARE = 0.2
CUT_FRACTION = 0.7

NOISE_THRESHOLD_MIN, NOISE_THRESHOLD_MAX = 1.0, 12.0
"""Grey levels of 255: a change below is never motion; a change above the double always is."""

_NOISE_MARGIN = 2.2  # of the median change

NEAR = 0.002
"""Less than this of alpha is made up at once: half a level, which would otherwise linger on as a soft pixel."""

SURE_MOTION = 0.75
"""Motion from which something has surely moved: five standard deviations of the noise that the median tells of."""

MOTION_REACH = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What moved in a frame since an earlier one.

    Attributes
    ----------
    since
        Thumbnail of the earlier one.
    moved
        As of `measure_motion`.
    """

    since: RgbImage
    moved: NDArray[np.float32]


class TemporalSmoother:
    """Motion-adaptive recursive filter of alpha.

    Each pixel follows s ← s + k (α − s). The gain k is 0.2 where the image did not change, which divides the frame to
    frame flicker of independent errors by 6.7, and 1 where it did, so that nothing trails behind a moving subject. This
    is Dubois & Sabri's recursion without its motion compensation ("Noise Reduction in Image Sequences Using
    Motion-Compensated Temporal Filtering", IEEE Transactions on Communications 32(7), 1984, 826-831).

    Change is measured on an image of at most 160 pixels, where averaging has removed most of the sensor's noise, in
    the colour channel that changed most; what noise is left shows in its median.

    Attributes
    ----------
    celled
        The alpha last given with its cells, where `refine` found them.
    """

    def __init__(self) -> None:
        self._thumbnail: RgbImage | None = None
        self._smoothed: AlphaMatte | None = None
        self.celled: CelledMatte | None = None
        self._memory = MatteMemory()

    def smooth(self, image: RgbImage, alpha: AlphaMatte, thumbnail: RgbImage | None = None) -> AlphaMatte:
        """Take the next frame and its alpha; give the alpha to show.

        Parameters
        ----------
        image
            uint8 (H, W, 3) RGB.
        alpha
            float32 (H, W), 0 … 1.
        thumbnail
            As of `find_thumbnail`, for who has it already.

        Returns
        -------
        AlphaMatte
            float32 (H, W), 0 … 1; equal to ``alpha`` in the first frame, after a change of size and after a cut. It is
            the filter's memory: not to be written.

        Raises
        ------
        TypeError, ValueError
            Not an image or not its alpha.
        """
        require_rgb(image)
        require_alpha(alpha, (image.shape[0], image.shape[1]))
        thumbnail = find_thumbnail(image) if thumbnail is None else thumbnail
        previous, motion = self._compare(thumbnail, alpha.shape)
        smoothed = alpha.copy() if previous is None or motion is None else follow(previous, alpha, motion)
        return self._remember(thumbnail, smoothed)

    def refine(
        self, image: RgbImage, coefficients: Coefficients, thumbnail: RgbImage, motion: Motion | None = None
    ) -> AlphaMatte:
        """As `smooth`, of the alpha that coefficients of the guided filter give, float32 (4, h, w).

        ``motion`` spares measuring it where it is that since the last frame.
        """
        previous, moved = self._compare(thumbnail, image.shape[:2], motion)
        if previous is None or moved is None:
            return self._remember(thumbnail, apply_coefficients(coefficients, image))
        if not has_library():
            return self._remember(thumbnail, follow(previous, apply_coefficients(coefficients, image), moved))
        before = CelledMatte.of(np.ascontiguousarray(previous)) if self.celled is None else self.celled
        smoothed = self._memory.take((image.shape[0], image.shape[1]))
        framed, factor = to_framed(coefficients, (image.shape[0], image.shape[1]))
        matting.follow_coefficients(framed, factor, image, before, _gain(moved), NEAR, smoothed)
        return self._remember(thumbnail, smoothed.alpha, smoothed)

    def reset(self) -> None:
        """Forget the past: the next alpha is taken as it is."""
        self._thumbnail = self._smoothed = self.celled = None

    def _compare(
        self, thumbnail: RgbImage, shape: tuple[int, ...], motion: Motion | None = None
    ) -> tuple[AlphaMatte | None, NDArray[np.float32] | None]:
        """The last alpha and the motion since; None where nothing is to be followed: after a cut, and at first."""
        if self._thumbnail is None or self._smoothed is None or self._smoothed.shape != shape:
            return None, None
        is_known = motion is not None and motion.since is self._thumbnail
        moved = motion.moved if motion is not None and is_known else measure_motion(self._thumbnail, thumbnail)
        return (None, None) if float(moved.mean()) > CUT_FRACTION else (self._smoothed, moved)

    def _remember(self, thumbnail: RgbImage, smoothed: AlphaMatte, celled: CelledMatte | None = None) -> AlphaMatte:
        self._thumbnail, self._smoothed, self.celled = thumbnail, smoothed, celled
        return smoothed


def find_thumbnail(image: RgbImage | ImagePyramid) -> RgbImage:
    """The small image of a frame on which change is measured."""
    pyramid = image if isinstance(image, ImagePyramid) else ImagePyramid(image)
    return pyramid.resize_to_long_side(THUMBNAIL_LONG_SIDE_PX)


def measure_motion(before: RgbImage, after: RgbImage) -> NDArray[np.float32]:
    """Change detection between two thumbnails: 0 still … 1 moved, float32 (h, w)."""
    if has_library():
        before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
        return matting.measure_motion(before, after, _NOISE_MARGIN, NOISE_THRESHOLD_MIN, NOISE_THRESHOLD_MAX)
    difference = cv2.subtract(after, before, dtype=cv2.CV_32F)
    change = largest_channel(np.abs(cv2.blur(difference, (3, 3))))  # of either sign, so that noise averages out
    threshold = noise_threshold(change)
    motion = np.clip((change - threshold) / threshold, 0.0, 1.0)
    # The edge of what moved lies between two thumbnail pixels: reach beyond it, or a rim would trail behind.
    return np.asarray(cv2.dilate(motion, MOTION_REACH), dtype=np.float32)


def noise_threshold(change: NDArray[np.float32]) -> float:
    """Estimate the noise of an image of changes, in levels: what changed by less is noise.

    Where more than half of the image moves the median is that of motion, hence the upper limit.
    """
    return min(max(_NOISE_MARGIN * float(np.median(change)), NOISE_THRESHOLD_MIN), NOISE_THRESHOLD_MAX)


def largest_channel(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (h, w, 3) → (h, w)."""
    red, green, blue = cv2.split(change)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.float32)


def follow(previous: AlphaMatte, alpha: AlphaMatte, motion: NDArray[np.float32]) -> AlphaMatte:
    """One step of the recursive filter; ``motion`` at any size."""
    gain = _gain(motion)
    if has_library():
        return matting.follow(np.ascontiguousarray(previous), np.ascontiguousarray(alpha), gain, NEAR)
    smoothed = cv2.resize(gain, (alpha.shape[1], alpha.shape[0]), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(cv2.subtract(alpha, previous), smoothed, dst=smoothed)
    cv2.add(previous, smoothed, dst=smoothed)
    np.clip(smoothed, 0.0, 1.0, out=smoothed)  # the sum may pass 0 or 1 by a rounding error
    np.copyto(smoothed, alpha, where=np.abs(alpha - smoothed) < np.float32(NEAR))
    return np.asarray(smoothed, dtype=np.float32)


def _gain(motion: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.float32(STILL_SHARE) + np.float32(1.0 - STILL_SHARE) * motion
