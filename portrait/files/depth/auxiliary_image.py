"""Auxiliary images of HEIC photos: mattes and gain maps, decoded and turned as the photo is."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from portrait.files.containers.boxes import Items
from portrait.files.heif_library import load_heif_library
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import turn_upright
from portrait.files.placement import turns_of

_MOST_PIXELS = 100_000_000


def find_auxiliary(opened: OpenedImage, endings: Iterable[str]) -> Mapping[str, int]:
    """Items of the auxiliary images of the opened photo, by how their types end, in lower case."""
    auxiliary: Mapping[str, list[int]] = opened.picture.info.get("aux") or {}
    found = ((ending, name, items) for ending in endings for name, items in auxiliary.items())
    return {ending: items[0] for ending, name, items in found if name.lower().endswith(ending) and items}


def read_auxiliary(opened: OpenedImage, items: Items, item: int) -> NDArray[np.uint8]:
    """Decode an auxiliary image, and turn it as the photo is unless its own boxes do: uint8 (h, w).

    Raises
    ------
    ValueError, OSError, struct.error, LookupError
        Damaged, or implausibly large.
    """
    opened.file.seek(0)
    auxiliary = load_heif_library().open_heif(opened.file).get_aux_image(item)
    if auxiliary.size[0] * auxiliary.size[1] > _MOST_PIXELS:
        raise ValueError(f"an auxiliary image of {auxiliary.size} pixels")
    values = np.asarray(auxiliary)
    values = values if values.ndim == 2 else np.ascontiguousarray(values[..., 0])
    for orientation in () if turns_of(items, item) else turns_of(items, items.primary):
        values = turn_upright(values, orientation)
    return np.asarray(values, np.uint8)
