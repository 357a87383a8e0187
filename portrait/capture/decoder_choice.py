"""The choice of a video decoder: the first of an ordered list that is installed."""

from collections.abc import Callable
from dataclasses import dataclass

from portrait.capture.video_decoder import VideoDecoder
from portrait.language import mark


@dataclass(frozen=True, slots=True)
class DecoderHandler:
    """One way to decode video files.

    Attributes
    ----------
    name
        Name of the library.
    reach
        Which videos it can decode, or cannot, in a few words for users.
    is_available, make
        Tell whether the library is installed, and make a decoder.
    """

    name: str
    reach: str
    is_available: Callable[[], bool]
    make: Callable[[], VideoDecoder]


def _has_pyav() -> bool:
    """Whether PyAV can be imported."""
    try:
        import av  # noqa: F401 - installed and loadable are two things
    except ImportError:
        return False
    return True


def _make_pyav() -> VideoDecoder:
    from portrait.capture.pyav_decoder import PyAvDecoder

    return PyAvDecoder()


def _make_opencv() -> VideoDecoder:
    from portrait.capture.opencv_decoder import OpenCvDecoder

    return OpenCvDecoder()


VIDEO_DECODERS: tuple[DecoderHandler, ...] = (
    DecoderHandler("PyAV", mark("interlaced and AV1 videos too"), _has_pyav, _make_pyav),
    DecoderHandler("OpenCV", mark("no interlaced and no AV1 videos"), lambda: True, _make_opencv),
)
"""In order of preference; the first that is available is used."""


def choose_video_decoder(handlers: tuple[DecoderHandler, ...] = VIDEO_DECODERS) -> DecoderHandler:
    """The first handler that is available."""
    return next(handler for handler in handlers if handler.is_available())
