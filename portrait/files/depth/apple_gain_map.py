"""Apple's gain maps: one grey picture, and how much brighter than white the brightest light of the scene is.

The gain is 1 + (headroom - 1) · level, the level decoded by the curve of Rec. 709. The headroom stands in the XMP
packet of the map (``HDRGainMapHeadroom``), in older photos in the maker note. Source: Apple, "Applying Apple HDR effect
to your photos", https://developer.apple.com/documentation/appkit/images_and_pdf/applying_apple_hdr_effect_to_your_photos.
"""

import math
import re

import numpy as np
from numpy.typing import NDArray

from portrait.core.gain_map import GainCurve, GainMap
from portrait.files.containers.tiff_block import EXIF_IFD, Entry, TiffReader
from portrait.files.metadata.exif_cleaning import EXIF_HEADER

APPLE_GAIN_MAP = b"aux:hdrgainmap"
"""How the type of such an auxiliary picture ends."""

_HEADROOM = re.compile(rb"""HDRGainMapHeadroom\s*(?:=\s*["']|>)\s*([0-9.]+)""")
_MOST_STOPS = 8.0
_MAKER_NOTE, _MAKER_HEADER, _MAKER_DIRECTORY_AT = 0x927C, b"Apple iOS\0", 14
_HDR_HEADROOM, _HDR_GAIN = 0x21, 0x30
_SIGNED_RATIONAL = 10


def to_gain_map(levels: NDArray[np.uint8], headroom_log2: float) -> GainMap:
    """One of Apple's maps as one whose levels are stops, which all HDR screens know.

    Parameters
    ----------
    levels
        uint8 (h, w).
    headroom_log2
        Above 0, in stops.
    """
    encoded = np.arange(256, dtype=np.float32) / np.float32(255.0)
    light = np.where(encoded < 0.081, encoded / 4.5, ((encoded + 0.099) / 1.099) ** (1.0 / 0.45))  # Rec. ITU-R BT.709
    stops = np.log2(1.0 + (2.0**headroom_log2 - 1.0) * light)
    table = np.rint(255.0 * stops / headroom_log2).astype(np.uint8)
    curve = GainCurve(
        most_log2=(headroom_log2,) * 3,
        base_offset=(0.0,) * 3,
        alternate_offset=(0.0,) * 3,
        alternate_headroom_log2=headroom_log2,
    )
    return GainMap(table[levels][..., None], curve)


def read_headroom_log2(packet: bytes, exif: bytes) -> float | None:
    """The headroom of a photo in stops; None where neither its map nor its maker note states one above 0.

    Parameters
    ----------
    packet
        XMP of the map; may be empty.
    exif
        Of the photo; may be empty.
    """
    stated = _HEADROOM.search(packet)
    try:
        stops = math.log2(float(stated[1])) if stated else _stops_of_maker_note(exif)
    except ValueError:
        return None
    return min(stops, _MOST_STOPS) if stops > 0.0 else None


def _stops_of_maker_note(exif: bytes) -> float:
    """The headroom from two numbers of the maker note, by the formula of Apple's page; ValueError without them."""
    block = TiffReader(exif.removeprefix(EXIF_HEADER))
    pointer = block.first_directory().find(EXIF_IFD)
    note = None if pointer is None else block.branch(pointer).find(_MAKER_NOTE)
    content = b"" if note is None else block.value(note)
    if not content.startswith(_MAKER_HEADER):
        raise ValueError("there is no maker note of Apple")
    # Its directory has no header of its own, and offsets count from the note.
    numbers = TiffReader(b"MM\0*" + _MAKER_DIRECTORY_AT.to_bytes(4, "big") + content[8:])
    directory = numbers.first_directory()
    headroom, gain = (_signed(numbers, directory.find(tag)) for tag in (_HDR_HEADROOM, _HDR_GAIN))
    if headroom < 1.0:
        return -20.0 * gain + 1.8 if gain <= 0.01 else -0.101 * gain + 1.601
    return -70.0 * gain + 3.0 if gain <= 0.01 else -0.303 * gain + 2.303


def _signed(block: TiffReader, entry: Entry | None) -> float:
    if entry is None or entry.kind != _SIGNED_RATIONAL:
        raise ValueError("the maker note states no headroom")
    numerator, denominator = (block.read("i", entry.start + at) for at in (0, 4))
    if denominator == 0:
        raise ValueError("a number of the maker note is divided by 0")
    return numerator / denominator
