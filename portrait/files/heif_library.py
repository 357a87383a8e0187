"""The library that reads HEIC, and whether it writes it too.

pillow-heif does both; its wheels hold the encoder x265 (GPL-2.0-or-later). pi-heif, by the same author and with the
same interface, only reads; bundles hold it in place of the other: docs/adr/097.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def load_heif_library() -> Any:
    """The module ``pillow_heif``, or ``pi_heif`` where there is no other."""
    return import_module("pillow_heif" if can_write_heic() else "pi_heif")


@cache
def can_write_heic() -> bool:
    """Whether HEIC can be written here."""
    return find_spec("pillow_heif") is not None


def heif_package() -> str:
    """The name under which the library is installed."""
    return "pi-heif" if not can_write_heic() and find_spec("pi_heif") else "pillow-heif"
