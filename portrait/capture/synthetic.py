"""A synthetic video source: a cut-out person sways before a drawn room. Its exact alpha is known."""

import math
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.capture.pacing import Pacer
from portrait.capture.source import Frame
from portrait.capture.synthetic_scene import draw_bust, draw_room, fit_bust
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.language import mark, tr

SYNTHETIC_NAME = mark("Demo")
"""Name of this source for users, in English."""

DEFAULT_WIDTH_PX, DEFAULT_HEIGHT_PX = 1280, 720
DEFAULT_FRAME_RATE_FPS = 30.0


class SyntheticSource:
    """Endless and deterministic video: frame N depends only on N, the size, the person and the frame rate.

    Parameters
    ----------
    width, height
        Size in pixels.
    person
        Square cut-out of head and shoulders that ends at its lower edge: uint8 (S, S, 3) RGB and float32 (S, S) alpha.
        None: a drawn one, too simple to be recognised as a person by a network.
    frame_rate_fps
        Frames per second of the motion, and of the delivery when ``paced``.
    paced
        Deliver at the frame rate; otherwise as fast as frames are read.
    clock, wait
        For tests: monotonic seconds, and the wait between frames (True: closed meanwhile).
    """

    def __init__(
        self,
        width: int = DEFAULT_WIDTH_PX,
        height: int = DEFAULT_HEIGHT_PX,
        *,
        person: tuple[RgbImage, AlphaMatte] | None = None,
        frame_rate_fps: float = DEFAULT_FRAME_RATE_FPS,
        paced: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        if width < 1 or height < 1:
            raise ValueError(f"size must be at least 1 × 1 pixels, got {width} × {height}")
        self._room = draw_room(height, width)
        self._bust, self._bust_alpha = draw_bust(height) if person is None else fit_bust(*person, height)
        self._frame_rate_fps = frame_rate_fps
        self._paced = paced
        self._clock = clock
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._pacer: Pacer | None = None
        self._next_index = 0

    @property
    def name(self) -> str:
        """Name shown to the user."""
        return tr(SYNTHETIC_NAME)

    @property
    def frame_rate_fps(self) -> float:
        """Frames per second."""
        return self._frame_rate_fps

    def open(self) -> None:
        """Start at frame 0."""
        self._closed.clear()
        self._pacer = Pacer(self._frame_rate_fps, self._clock, self._wait) if self._paced else None
        self._next_index = 0

    def read(self) -> Frame | None:
        """Draw the next frame and wait until it is due; None once closed."""
        if self._closed.is_set():
            return None
        image, _ = self.draw(self._next_index)
        if self._pacer is not None and not self._pacer.wait_until_due():
            return None
        frame = Frame(image, self._next_index, self._clock())
        self._next_index += 1
        return frame

    def close(self) -> None:
        """End the delivery; from any thread, at any time."""
        self._closed.set()

    def draw(self, index: int) -> tuple[RgbImage, AlphaMatte]:
        """Composite frame ``index`` from the moved person and the room, αF + (1 − α)B in sRGB values.

        Returns
        -------
        image
            uint8 (H, W, 3) RGB.
        alpha
            float32 (H, W), 0 … 1.
        """
        # Warp the person into the columns that it covers.
        image = self._room.copy()
        alpha = np.zeros(image.shape[:2], np.float32)
        left, right, pose = self._find_pose(index / self._frame_rate_fps)
        size = (right - left, image.shape[0])
        bust = cv2.warpAffine(self._bust, pose, size, borderMode=cv2.BORDER_REPLICATE)
        # Linear interpolation of a warp may overshoot by a rounding error.
        bust_alpha = np.clip(cv2.warpAffine(self._bust_alpha, pose, size), 0.0, 1.0)
        # Composite these columns.
        room = np.ascontiguousarray(image[:, left:right])
        image[:, left:right] = cv2.blendLinear(bust, room, bust_alpha, np.float32(1.0) - bust_alpha)
        alpha[:, left:right] = bust_alpha
        return image, alpha

    def _find_pose(self, time_s: float) -> tuple[int, int, NDArray[np.float64]]:
        """Pose of the person: its columns from ``left`` to ``right`` (exclusive), and the affine map into them."""
        # Sway sideways, up and down, and in angle, each with a period of its own.
        height, width = self._room.shape[:2]
        side = self._bust.shape[0]
        center_x = width * (0.5 + 0.1 * math.sin(2.0 * math.pi * time_s / 5.0))
        top_y = height * (0.03 + 0.01 * math.sin(2.0 * math.pi * time_s / 1.7))
        angle_deg = 2.5 * math.sin(2.0 * math.pi * time_s / 3.1)
        # Columns that the person covers, within the frame.
        left = max(0, min(width - 1, math.floor(center_x - 0.5 * side)))
        right = max(left + 1, min(width, math.ceil(center_x + 0.5 * side)))
        # Rotation about the middle of the lower edge, then translation.
        pose = np.asarray(cv2.getRotationMatrix2D((0.5 * side, side), angle_deg, 1.0), np.float64)
        pose[:, 2] += (center_x - 0.5 * side - left, top_y)
        return left, right, pose
