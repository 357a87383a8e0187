"""What libtiff tells while Pillow decodes with it: heard here, where its own handler prints on stderr.

Pillow learns of errors by what the calls return, but libtiff's fax decoders go on after an error, and return success.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import _imaging

_FAX_DECODERS = b"Fax"
"""How the names begin under which they report: Fax3Decode1D, Fax3Decode2D, Fax3DecodeRLE and Fax4Decode."""

_listening = threading.local()  # libtiff calls the handler in the thread that decodes


@contextmanager
def fax_errors() -> Iterator[list[str]]:
    """Gather what the fax decoders report in this thread: errors only, for Pillow switches warnings off."""
    heard: list[str] = []
    _listening.errors = heard
    try:
        yield heard
    finally:
        del _listening.errors


def listen() -> None:
    """Replace libtiff's error handler, for the whole process.

    It is one pointer, set before any picture is decoded, where redirecting stderr would take every thread's lines
    along. Where Pillow has libtiff linked into itself its functions cannot be found: it goes on printing, and nothing
    is heard.
    """
    set_handler = getattr(ctypes.CDLL(_imaging.__file__), "TIFFSetErrorHandler", None)
    if set_handler is not None:
        set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        set_handler(ctypes.cast(_HANDLER, ctypes.c_void_p))


def _hear(source: bytes | None, text: bytes | None, _arguments: int | None) -> None:
    errors = getattr(_listening, "errors", None)
    if errors is not None and source and text and source.startswith(_FAX_DECODERS):
        errors.append(text.partition(b" at line")[0].decode("ascii", "replace"))


_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(_hear)
"""TIFFErrorHandler: who reports, a format of printf, and its arguments, which are not needed."""
