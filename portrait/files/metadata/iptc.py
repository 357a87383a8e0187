"""IPTC captions, keywords and rights, as news agencies and photo managers write them, in Photoshop's image resources.

Texts about the image are kept byte for byte. What shows the unblurred image is left out: resources with thumbnails and
layers, and IPTC data sets with a preview. Layouts: Adobe Photoshop File Formats Specification, "Image Resource Blocks";
IPTC-NAA Information Interchange Model 4.2, sections 1.5 and 1.6.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass

APP13_HEADER = b"Photoshop 3.0\x00"

_IPTC, _COPYRIGHT_FLAG = 1028, 1034
_KEPT_RESOURCES = frozenset({_IPTC, _COPYRIGHT_FLAG, 1035, 1061})
"""IPTC, copyright flag, URL, and digest of the IPTC data. All others describe the file that Photoshop saved."""

_PATHS = range(2000, 2999)

_DATA_SET_MARK = 0x1C
_PREVIEWS = frozenset({200, 201, 202})
_FIRST_OBJECT_RECORD = 7
"""Records from 7 hold the object itself; data sets 2:200 to 2:202 a preview of it (IIM 4.2, chapters 6 and 9)."""


@dataclass(frozen=True, slots=True)
class Iptc:
    """Image resources to be kept, and whether damaged ones were left out.

    Attributes
    ----------
    resources
        Photoshop's image resources, in the order of the file; None where nothing is left.
    has_lost_paths
        Whether clipping paths, which fit the original image only, were left out.
    """

    resources: bytes | None
    is_broken: bool = False
    has_lost_paths: bool = False


def keep_resources(content: bytes, data_sets: bytes = b"") -> Iptc:
    """Select the image resources that describe the image.

    ``data_sets`` are IPTC data sets outside of any resource, as TIFF files have them; they take precedence over those
    in the resources. ``content`` may also consist of bare data sets, as in some PNG files.
    """
    if content[:1] == bytes([_DATA_SET_MARK]):
        content, data_sets = b"", content
    found = [(number, data) for number, data in _resources(content) if number != _IPTC or not data_sets]
    kept, is_broken = b"", False
    for number, data in [*found, (_IPTC, data_sets)]:
        if data is None:
            is_broken = True
        elif number == _IPTC:
            sets, is_sound = _keep_data_sets(data)
            is_broken |= not is_sound
            kept += _resource(number, sets) if sets else b""
        elif number in _KEPT_RESOURCES:
            kept += _resource(number, data)
    return Iptc(kept or None, is_broken, any(number in _PATHS for number, _ in found))


def split_resources(resources: bytes) -> tuple[bytes, bytes]:
    """Split the result of `keep_resources` into the IPTC data sets and all other resources."""
    found = [(number, data) for number, data in _resources(resources) if data is not None]
    sets = b"".join(data for number, data in found if number == _IPTC)
    return sets, b"".join(_resource(number, data) for number, data in found if number != _IPTC)


def without_data_sets(resources: bytes, dropped: Collection[tuple[int, int]]) -> bytes | None:
    """The result of `keep_resources` without some data sets, by record and number; and without links and digests.

    Returns
    -------
    None where nothing is left.
    """
    data_sets, others = split_resources(resources)
    kept = b"".join(
        data_sets[start:end] for record, number, start, end in _data_sets(data_sets) if (record, number) not in dropped
    )
    sound = (_resource(number, data) for number, data in _resources(others) if number == _COPYRIGHT_FLAG and data)
    return b"".join([_resource(_IPTC, kept) if kept else b"", *sound]) or None


def app13_segments(resources: bytes, limit_bytes: int) -> list[bytes]:
    """Split resources into contents of APP13 segments of a JPEG file, which readers join again."""
    step = limit_bytes - len(APP13_HEADER)
    return [APP13_HEADER + resources[start : start + step] for start in range(0, len(resources), step)]


def _resource(number: int, data: bytes) -> bytes:
    return struct.pack(">4sHHI", b"8BIM", number, 0, len(data)) + data + bytes(len(data) % 2)


def _resources(content: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Number and data of each resource; data None where the content is truncated or is not a resource."""
    start = 0
    while start < len(content.rstrip(b"\x00")):
        if content[start : start + 4] not in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR") or start + 12 > len(content):
            yield 0, None
            return
        number, name_bytes = struct.unpack_from(">HB", content, start + 4)
        length_at = start + 7 + name_bytes + (name_bytes + 1) % 2  # the name is padded, with its length, to even
        length = int.from_bytes(content[length_at : length_at + 4], "big")
        data = content[length_at + 4 : length_at + 4 + length]
        yield number, data if len(data) == length and length_at + 4 <= len(content) else None
        start = length_at + 4 + length + length % 2


def _keep_data_sets(content: bytes) -> tuple[bytes, bool]:
    """The data sets without previews, and whether all of the content was valid."""
    kept, read = b"", 0
    for record, data_set, start, end in _data_sets(content):
        read = end
        if record < _FIRST_OBJECT_RECORD and not (record == 2 and data_set in _PREVIEWS):
            kept += content[start:end]
    return kept, not content[read:].strip(b"\x00")


def _data_sets(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Record, number, start and end of each data set, as far as they are whole."""
    start = 0
    while start + 5 <= len(content) and content[start] == _DATA_SET_MARK:
        record, data_set, length = struct.unpack_from(">BBH", content, start + 1)
        data_at = start + 5
        if length & 0x8000:  # an extended data set: so many bytes tell the length
            data_at += length & 0x7FFF
            length = int.from_bytes(content[start + 5 : data_at][:8], "big")
        end = data_at + length
        if end > len(content):
            return
        yield record, data_set, start, end
        start = end
