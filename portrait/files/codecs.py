"""The codecs behind Pillow: which of them are there, and where they speak."""

import ctypes
import os
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from cv2.utils import logging as cv2_logging
from PIL import _imaging

from portrait.files.formats import JPEG_XL, READABLE_FORMATS

_JPEG_XL_PLUGIN = "pillow_jxl"


@cache
def prepare_codecs() -> tuple[str, ...]:
    """Register the codecs that Pillow does not bring. Left until a picture is opened or encoded: ``--help`` needs none.

    Returns
    -------
    tuple of str
        Pillow's names of the formats that can be read here.
    """
    import pillow_heif

    pillow_heif.register_heif_opener()
    _silence_libtiff()
    if "OPENCV_LOG_LEVEL" not in os.environ:  # it decodes 16 bits; where it fails, that is told
        cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_FATAL)
    if find_spec(_JPEG_XL_PLUGIN) is None:
        return READABLE_FORMATS
    import_module(_JPEG_XL_PLUGIN)  # registers itself
    return (*READABLE_FORMATS, JPEG_XL)


def _silence_libtiff() -> None:
    """Take libtiff's error handler away, which prints on stderr; Pillow learns of errors by what the calls return.

    A null handler is libtiff's own way to be silent (libtiff manual, TIFFError). It is one pointer, set before any
    picture is decoded, where redirecting stderr would take every thread's lines along. Where Pillow has libtiff linked
    into itself its functions cannot be found, and it goes on printing.
    """
    silence = getattr(ctypes.CDLL(_imaging.__file__), "TIFFSetErrorHandler", None)
    if silence is not None:
        silence.argtypes, silence.restype = [ctypes.c_void_p], ctypes.c_void_p
        silence(None)
