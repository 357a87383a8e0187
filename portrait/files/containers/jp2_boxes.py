"""Metadata of JPEG 2000 files, each in a box of its own (ITU-T T.800, annex I; XMP specification part 3, 1.1.4)."""

import struct
from typing import IO

from portrait.files.containers.boxes import find_boxes

_UUID_BYTES = 16
_KEYS = {
    b"JpgTiffExif->JP2": "exif",
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
}


def is_known(content: bytes) -> bool:
    """Whether a box of type ``uuid`` holds metadata that is read."""
    return content[:_UUID_BYTES] in _KEYS


def read_jp2_metadata(file: IO[bytes]) -> dict[str, bytes]:
    """EXIF, XMP and IPTC of a file, keyed ``exif``, ``xmp``, ``iptc``, up to any damage; empty for a bare codestream.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    found: dict[str, bytes] = {}
    try:
        for content in find_boxes(file, b"uuid"):
            if key := _KEYS.get(content[:_UUID_BYTES]):
                found.setdefault(key, content[_UUID_BYTES:])
    except struct.error:
        return found
    return found
