"""Decoding of video files by OpenCV, restricted to progressive video."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from portrait.capture.geometry import displayed_size_px
from portrait.capture.interlacing import MOTION_JPEG, may_be_interlaced
from portrait.capture.opencv_device import CaptureOpener, OpenCvDevice, open_video_capture
from portrait.capture.video_decoder import UNREADABLE_HINT, DecodedFrame, VideoTrack, better_decoder_hint
from portrait.core.arrays import RgbImage
from portrait.errors import CameraError
from portrait.language import tr

FAILED_READS_MAX = 100
"""OpenCV reports a damaged frame and the end of a file alike: so many failed reads in a row are taken for the end."""

_NAMES = {
    "AV01": "AV1",
    "hevc": "HEVC",
    "mpg2": "MPEG-2",
    "FMP4": "MPEG-4",
    "dvsd": "DV",
    "MJPG": "Motion JPEG",  # not shown
}


class OpenCvDecoder:
    """A `VideoDecoder` behind ``cv2.VideoCapture``.

    Parameters
    ----------
    open_capture
        For tests: the opener of the file.
    """

    def __init__(self, open_capture: CaptureOpener = open_video_capture) -> None:
        self._device = OpenCvDevice(open_capture)
        self._path = Path()
        self._codec = ""
        self._pixel_aspect = Fraction(1)
        self._has_read = False
        self.damaged_frames = 0

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._device.is_closing

    def open(self, path: Path) -> VideoTrack:
        """Open a file at its first frame.

        Raises
        ------
        CameraError
            Not a video, or a possibly interlaced one, for which OpenCV may return undecoded memory.
        """
        # Open the file and read its codec.
        if not self._device.open(str(path.absolute()), cv2.CAP_FFMPEG):
            raise CameraError(tr("{name} is not a video that can be read", name=path.name), tr(UNREADABLE_HINT))
        fourcc = int(self._device.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1").strip("\0 ")
        self._path, self._codec = path, _NAMES.get(fourcc, fourcc.upper() or tr("uncompressed video"))
        # Refuse what may be interlaced; a photo never is.
        is_still = cv2.haveImageReader(str(path))
        if not is_still and self._may_be_interlaced(fourcc):
            self._device.close()
            raise CameraError(
                tr(
                    "{name} is interlaced, or may be ({codec}): OpenCV cannot show it",
                    name=path.name,
                    codec=self._codec,
                ),
                better_decoder_hint(),
            )
        # Read pixel aspect, frame rate and duration.
        self._pixel_aspect = self._find_pixel_aspect()
        self.damaged_frames, self._has_read = 0, False
        rate_fps, count = self._device.get(cv2.CAP_PROP_FPS), self._device.get(cv2.CAP_PROP_FRAME_COUNT)
        return VideoTrack(rate_fps, count / rate_fps if rate_fps > 0.0 and count > 0.0 else None)

    def read(self) -> DecodedFrame | None:
        """Decode the next frame; None at the end or once closed.

        Raises
        ------
        CameraError
            No frame of the file could be decoded.
        """
        for failed in range(FAILED_READS_MAX):
            image = self._device.read()
            if image is not None:
                self.damaged_frames += failed
                self._has_read = True
                position_s = self._device.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
                # Frames that the decoder held back until the end have no position; OpenCV reports 0.
                return DecodedFrame(self._make_square(image), position_s if position_s > 0.0 else None)
            if self.is_closing:
                return None
        if not self._has_read:
            raise CameraError(
                tr("No picture of {name} could be decoded ({codec})", name=self._path.name, codec=self._codec),
                better_decoder_hint(),
            )
        return None

    def rewind(self) -> None:
        """Go back to the first frame, unless closed."""
        self._device.reopen(str(self._path.absolute()), cv2.CAP_FFMPEG)

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""
        return self._device.wait(pause_s)

    def close(self) -> None:
        """Close the file. Never blocks."""
        self._device.close()

    def _may_be_interlaced(self, fourcc: str) -> bool:
        height_px = int(self._device.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if fourcc != MOTION_JPEG:
            return may_be_interlaced(fourcc, self._device.read_codec_header(), height_px)
        first_picture = self._device.read_packet()
        self.rewind()
        return may_be_interlaced(fourcc, first_picture, height_px)

    def _find_pixel_aspect(self) -> Fraction:
        """Pixel aspect ratio, width over height, of the upright frame; 1 where it is unknown."""
        width, height = (int(self._device.get(name)) for name in (cv2.CAP_PROP_SAR_NUM, cv2.CAP_PROP_SAR_DEN))
        if width <= 0 or height <= 0:
            return Fraction(1)
        is_on_its_side = self._device.get(cv2.CAP_PROP_ORIENTATION_META) % 180 != 0
        return Fraction(height, width) if is_on_its_side else Fraction(width, height)

    def _make_square(self, image: RgbImage) -> RgbImage:
        """Upsample to square pixels."""
        height, width = displayed_size_px(image.shape[0], image.shape[1], self._pixel_aspect)
        if (height, width) == image.shape[:2]:
            return image
        return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
