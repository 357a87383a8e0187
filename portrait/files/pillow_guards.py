"""What must stand around calls of Pillow: the errors that it may raise, its warnings, its limit on pixels."""

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

PILLOW_LOCK = threading.Lock()
"""Held while Pillow's process-wide pixel limit and Python's warning filters are changed."""

DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, RuntimeError, ArithmeticError, AttributeError,
    AssertionError, struct.error, zlib.error, Image.DecompressionBombError, Warning,
)  # fmt: skip
"""Exceptions that Pillow's decoders are known to raise on damaged files."""


@contextmanager
def muted_warnings() -> Iterator[None]:
    """Context without Pillow's warnings about damaged metadata; the app has its own."""
    with PILLOW_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def pixel_limit(max_megapixels: float) -> Iterator[None]:
    """Context with the app's pixel limit in place of Pillow's, which warns above it and raises above twice of it.

    Some decoders allocate before the caller knows the size, so the limit cannot simply be lifted.
    """
    with PILLOW_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        previous, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max(1, int(max_megapixels * 1e6))
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = previous
