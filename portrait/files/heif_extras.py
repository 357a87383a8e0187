"""What a HEIC or AVIF file holds beside its picture and the metadata that is carried: named, for it is not kept."""

import re
import struct
from pathlib import Path

from portrait.files.box_items import item_types
from portrait.files.boxes import read_box, read_items
from portrait.files.os_errors import read_error

_GAIN_MAP = re.compile(rb"hdrgainmap|iso:ts:21496")
_CARRIED = re.compile(rb"hevc:2015:auxid:[12]|auxiliary:(alpha|depth)")
"""Opacity, which is kept, and depth, which is used or asked for (ISO/IEC 23008-12, 6.6.2.1.1 and B.2.3)."""


def heif_extras(path: Path) -> list[str]:
    """A sentence for each kind of thing in a HEIC or AVIF file that no portrait keeps.

    Raises
    ------
    ImageFileError
        The file cannot be read.
    """
    try:
        auxiliary, types = _auxiliary_types(path), set(item_types(path).values())
        has_video = read_box(path, b"mpvd") is not None
    except (struct.error, LookupError):
        return []
    except OSError as exc:
        raise read_error(path, exc) from exc
    gain_maps = [kind for kind in auxiliary if _GAIN_MAP.search(kind)]
    others = [kind for kind in auxiliary if kind not in gain_maps and not _CARRIED.search(kind)]
    sentences = {
        "the gain map for HDR screens could not be kept": bool(gain_maps) or b"tmap" in types,
        "auxiliary pictures, such as mattes of the camera, could not be kept": bool(others),
        "the video of a motion photo could not be kept": has_video,
    }
    return [sentence for sentence, is_there in sentences.items() if is_there]


def _auxiliary_types(path: Path) -> list[bytes]:
    """What the pictures are that belong to the one that is shown."""
    items = read_items(path)
    sources = [item for (kind, item), shown in items.references.items() if kind == b"auxl" and items.primary in shown]
    return [dict(items.properties[item]).get(b"auxC", b"") for item in sources]
