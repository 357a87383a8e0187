"""Codecs behind Pillow: registration of the optional ones, and silencing of libtiff."""

import os
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from cv2.utils import logging as cv2_logging

from portrait.files import libtiff
from portrait.files.formats import JPEG_XL, READABLE_FORMATS
from portrait.files.heif_library import load_heif_library

_JPEG_XL_PLUGIN = "pillow_jxl"


@cache
def prepare_codecs() -> tuple[str, ...]:
    """Register the codecs that Pillow lacks; called when the first image is opened, as ``--help`` needs none.

    Returns
    -------
    tuple of str
        Pillow's names of the formats that can be read here.
    """
    load_heif_library().register_heif_opener()
    libtiff.listen()
    if "OPENCV_LOG_LEVEL" not in os.environ:  # it decodes 16 bits; where it fails, that is told
        cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_FATAL)
    if find_spec(_JPEG_XL_PLUGIN) is None:
        return READABLE_FORMATS
    import_module(_JPEG_XL_PLUGIN)  # registers itself
    return (*READABLE_FORMATS, JPEG_XL)
