"""Automatic framing: a crop of the frames of a video that follows the subject, smoothly."""

import math
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import bounding_box

Element = TypeVar("Element", np.uint8, np.float32)

_LONG_SIDE_PX = 160
_HEADROOM, _FOOTROOM = 0.12, 0.04
_SIDE_MARGIN = 0.08
_HEAD_DEPTH = 0.4  # of the subject's height: the crop is centred on what lies there, not on an arm or a bag
_PARTS = 3  # of the state: centre row, centre column, size
_NEARLY_WHOLE = 0.998
_NOT_WORTH_IT = 0.95
_ON_PIXELS_PX = 0.01
_LONGEST_STEP_PX = 32
_ARRIVED = 2e-4  # a quarter of a pixel of a wide frame


@dataclass(frozen=True, slots=True)
class FramingOptions:
    """How a subject is framed. All lengths are shares of the frame's height or width, or of the crop's.

    Attributes
    ----------
    zoom_max
        The crop is magnified at most so far: less detail than that the camera does not have.
    dead_zone, dead_ratio
        The crop stays while its centre is off by less than this share of its size, and while its size is off by less
        than this factor.
    rate_per_s
        Natural frequency of the critically damped motion: the crop has come nine tenths of its way after 3.9 / rate.
    patience_s
        Without a subject the crop is held so long; then the whole frame is shown.
    """

    zoom_max: float = 2.0
    dead_zone: float = 0.06
    dead_ratio: float = 1.15
    rate_per_s: float = 3.5
    patience_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Framing:
    """The part of a frame that is shown; it has the frame's proportions.

    Attributes
    ----------
    row, column
        Of its centre, over 0 … 1.
    size
        Its height as a share of the frame's, and as well its width; 1: the whole frame.
    """

    row: float = 0.5
    column: float = 0.5
    size: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether the whole frame is shown."""
        return self.size >= 1.0

    def crop(self, image: NDArray[Element]) -> NDArray[Element]:
        """The part of an (H, W) or (H, W, C) array, bilinearly upsampled to its size.

        On the way the part's edges lie between pixels, so that it moves without jumps; at rest they lie on pixels,
        where resizing does the same in a fraction of the time.
        """
        if self.is_whole:
            return image
        height, width = image.shape[:2]
        top, left = (self.row - 0.5 * self.size) * height, (self.column - 0.5 * self.size) * width
        edges = np.array((top, left, top + self.size * height, left + self.size * width))
        if np.abs(edges - np.rint(edges)).max() < _ON_PIXELS_PX:
            first_row, first_column, last_row, last_column = np.rint(edges).astype(int).tolist()
            part = image[first_row:last_row, first_column:last_column]
            return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR), dtype=image.dtype)
        offset = 0.5 * self.size - 0.5  # pixels are squares: their centres lie half a pixel inside
        place = np.array([[self.size, 0.0, left + offset], [0.0, self.size, top + offset]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cropped = cv2.warpAffine(image, place, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cropped, dtype=image.dtype)


WHOLE = Framing()


def frame_subject(matte: AlphaMatte, zoom_max: float) -> Framing | None:
    """The framing of a subject in the middle with a little room above the head; None where there is no subject.

    Parameters
    ----------
    matte
        float32 (H, W) opacity of the subject, over 0 … 1.
    zoom_max
        See `FramingOptions`.
    """
    scale = min(1.0, _LONG_SIDE_PX / max(matte.shape))
    rows, columns = (max(1, round(side * scale)) for side in matte.shape)
    subject = cv2.resize(matte, (columns, rows), interpolation=cv2.INTER_LINEAR) > 0.5
    if not subject.any():
        return None
    box = bounding_box(np.asarray(subject))
    needed = max(box.height / rows / (1.0 - _HEADROOM - _FOOTROOM), box.width / columns / (1.0 - 2.0 * _SIDE_MARGIN))
    size = float(np.clip(needed, 1.0 / zoom_max, 1.0))
    if size > _NOT_WORTH_IT:
        return WHOLE
    head = subject[box.top : box.top + max(1, round(_HEAD_DEPTH * box.height))]
    middle = (float(np.flatnonzero(head.any(axis=0)).mean()) + 0.5) / columns
    return _inside(box.top / rows + (0.5 - _HEADROOM) * size, middle, size)


def settle_on_pixels(framing: Framing, shape: tuple[int, int]) -> Framing:
    """The nearest framing whose edges lie on the pixels of a frame, (H, W), if its proportions allow one."""
    height, width = shape
    step = height // math.gcd(height, width)
    rows = step * round(framing.size * height / step)
    if framing.is_whole or step > _LONGEST_STEP_PX or not 0 < rows < height:
        return framing
    size = rows / height
    top, left = ((place - 0.5 * size) for place in (framing.row, framing.column))
    top_px = min(max(round(top * height), 0), height - rows)
    left_px = min(max(round(left * width), 0), width - rows * width // height)
    return Framing(top_px / height + 0.5 * size, left_px / width + 0.5 * size, size)


class SubjectFramer:
    """Follows the subject of a video: a target that is held within a dead zone, approached without overshoot.

    The motion is that of a critically damped spring, in closed form, so that it is the same at every frame rate.
    """

    def __init__(self, options: FramingOptions | None = None) -> None:
        self._options = options or FramingOptions()
        self.reset()

    def reset(self) -> None:
        """Show the whole frame; for a new source."""
        self._target = WHOLE
        self._state = np.array([WHOLE.row, WHOLE.column, WHOLE.size])
        self._speed = np.zeros(_PARTS)
        self._absent_s = 0.0

    def follow(self, matte: AlphaMatte, elapsed_s: float) -> Framing:
        """The framing of the next frame, by its matte, float32 (H, W), ``elapsed_s`` after the one before."""
        wanted = frame_subject(matte, self._options.zoom_max)
        self._absent_s = 0.0 if wanted is not None else self._absent_s + elapsed_s
        if wanted is None:
            self._target = WHOLE if self._absent_s >= self._options.patience_s else self._target
        elif self._is_off(wanted):
            self._target = settle_on_pixels(wanted, (matte.shape[0], matte.shape[1]))
        return self._move(elapsed_s)

    def release(self, elapsed_s: float) -> Framing:
        """The framing of the next frame when nobody is to be followed any more: back to the whole frame."""
        self._target = WHOLE
        return self._move(elapsed_s)

    def _is_off(self, wanted: Framing) -> bool:
        """Whether the target leaves the dead zone around it."""
        target, options = self._target, self._options
        reach = options.dead_zone * target.size
        is_moved = max(abs(wanted.row - target.row), abs(wanted.column - target.column)) > reach
        return is_moved or abs(math.log(wanted.size / target.size)) > math.log(options.dead_ratio)

    def _move(self, elapsed_s: float) -> Framing:
        target = np.array([self._target.row, self._target.column, self._target.size])
        rate, away = self._options.rate_per_s, self._state - target
        drift = (self._speed + rate * away) * elapsed_s
        fade = math.exp(-rate * elapsed_s)
        self._state = target + (away + drift) * fade
        self._speed = (self._speed - rate * drift) * fade
        if np.abs(self._state - target).max() < _ARRIVED and np.abs(self._speed).max() < _ARRIVED:
            self._state = target
        row, column, size = self._state.tolist()
        return WHOLE if size > _NEARLY_WHOLE else _inside(row, column, size)


def _inside(row: float, column: float, size: float) -> Framing:
    """The framing of a size that lies inside the frame."""
    least, most = 0.5 * size, 1.0 - 0.5 * size
    return Framing(min(max(row, least), most), min(max(column, least), most), size)
