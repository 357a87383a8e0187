"""Names what a HEIC or AVIF file holds that a portrait does not keep: gain map, auxiliary images, video."""

import re
import struct
from typing import IO

from portrait.files.containers.box_items import item_types
from portrait.files.containers.boxes import read_box, read_items
from portrait.language import tr

_GAIN_MAP = re.compile(rb"hdrgainmap|iso:ts:21496")
_CARRIED = re.compile(rb"hevc:2015:auxid:[12]|auxiliary:(alpha|depth)")
"""Auxiliary images not named: opacity, which is kept, and depth, which is used (ISO/IEC 23008-12, 6.6.2.1.1, B.2.3)."""


def heif_extras(file: IO[bytes], *, is_gain_map_kept: bool = False) -> list[str]:
    """A sentence for each kind of thing in a HEIC or AVIF file that no portrait keeps; a gain map may be.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    try:
        auxiliary, types = _auxiliary_types(file), set(item_types(file).values())
        has_video = read_box(file, b"mpvd") is not None
    except (struct.error, LookupError):
        return []
    gain_maps = [kind for kind in auxiliary if _GAIN_MAP.search(kind)]
    others = [kind for kind in auxiliary if kind not in gain_maps and not _CARRIED.search(kind)]
    sentences = {
        tr("the gain map for HDR screens could not be kept"): not is_gain_map_kept
        and (bool(gain_maps) or b"tmap" in types),
        tr("auxiliary pictures, such as mattes of the camera, could not be kept"): bool(others),
        tr("the video of a motion photo could not be kept"): has_video,
    }
    return [sentence for sentence, is_there in sentences.items() if is_there]


def _auxiliary_types(file: IO[bytes]) -> list[bytes]:
    """Types of the auxiliary images of the image that is shown."""
    items = read_items(file)
    sources = [item for (kind, item), shown in items.references.items() if kind == b"auxl" and items.primary in shown]
    return [dict(items.properties[item]).get(b"auxC", b"") for item in sources]
