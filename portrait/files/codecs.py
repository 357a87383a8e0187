"""Codecs behind Pillow: registration of the optional ones, and silencing of libtiff."""

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
    """Register the codecs that Pillow lacks; called when the first image is opened, as ``--help`` needs none.

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
    """Remove libtiff's error handler, which prints on stderr; Pillow learns of errors by return values.

    A null handler is libtiff's own way to be silent (libtiff manual, TIFFError). Redirecting stderr instead would also
    swallow the lines of other threads. Where libtiff is linked statically into Pillow its functions cannot be found,
    and it goes on printing.
    """
    silence = getattr(ctypes.CDLL(_imaging.__file__), "TIFFSetErrorHandler", None)
    if silence is not None:
        silence.argtypes, silence.restype = [ctypes.c_void_p], ctypes.c_void_p
        silence(None)
