"""Cleaning of EXIF blocks for a saved portrait: orientation, thumbnail and damaged parts are removed.

The block is edited in place, because maker notes have absolute offsets. Entries are removed from their directories,
and every byte that no remaining entry refers to is set to zero. So the thumbnail, which shows the unblurred image, is
gone even where the pointer to it is damaged. Layout: EXIF 2.32 (CIPA DC-008), 4.5–4.6.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import islice

from portrait.files.containers.tiff_block import BRANCHES, Directory, Entry, Range, TiffBlock, tag_name
from portrait.language import mark, tr

EXIF_HEADER = b"Exif\x00\x00"

ORIENTATION, MAKER_NOTE = 0x0112, 0x927C
XMP, IPTC, PHOTOSHOP, ICC = 700, 33_723, 34_377, 34_675
PICTURE_TAGS = frozenset({0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x015B, 0x0201, 0x0202, 0x935C, 0xC44F, 0xC634})
"""Tags that point to pixels or hold some: strips, tiles, further directories, JPEG streams, Photoshop's layers and
annotations, DNG's private data. In a block beside an image they are another image's.
"""
CONTAINER_TAGS = frozenset({XMP, IPTC, PHOTOSHOP, ICC})
"""Tags of metadata that is kept separately."""

_LEFT_OUT = PICTURE_TAGS | CONTAINER_TAGS | {ORIENTATION}
_MOST_STRIPS = 64
_STRIP_OFFSETS, _STRIP_BYTES, _JPEG_OFFSET, _JPEG_BYTES = 0x0111, 0x0117, 0x0201, 0x0202
_JPEG_START = re.compile(rb"(?P<whole>\xff)?\xd8\xff[\xc0-\xfe]", re.DOTALL)
_THUMBNAIL_NAME = mark("the thumbnail")


@dataclass(frozen=True, slots=True)
class CleanExif:
    """A valid block without orientation and thumbnail; None where nothing is left.

    Attributes
    ----------
    has_thumbnail
        Whether there was a thumbnail, so that a new one can be made.
    broken
        Names, as users know them, of the damaged parts that were left out.
    """

    exif: bytes | None
    has_thumbnail: bool
    broken: tuple[str, ...]


def clean(exif: bytes) -> CleanExif:
    """Remove damaged parts, orientation and thumbnail from a block; the rest keeps its offsets.

    Raises
    ------
    ValueError
        The block has no header, or no first directory.
    """
    block = TiffBlock(exif.removeprefix(EXIF_HEADER))
    first = block.first_directory()
    broken: list[str] = []
    directories, lost_branches = _find_branches(block, first)
    has_thumbnail, thumbnail = _find_thumbnail(block, first, directories, broken)
    taken = [*((directory.start, directory.end) for directory in directories), *thumbnail]
    kept = [_cut(block, directory, lost_branches, taken, broken) for directory in directories]
    values = [(entry.start, entry.end) for directory in kept for entry in directory.entries if not entry.is_inline]
    block.wipe_outside([(0, 8), *((directory.start, directory.end) for directory in kept), *values])
    _wipe_jpegs(block, values)
    has_any = any(entry.tag not in BRANCHES for directory in kept for entry in directory.entries)
    content = EXIF_HEADER + block.to_bytes() if has_any else None
    return CleanExif(content, has_thumbnail, tuple(dict.fromkeys(broken)))


def _cut(
    block: TiffBlock, directory: Directory, lost_branches: Set[int], taken: Sequence[Range], broken: list[str]
) -> Directory:
    """Remove from a directory the entries that are unwanted or damaged."""
    sound = []
    for entry in directory.entries:
        if entry.tag in _LEFT_OUT:
            continue
        if entry.offset not in lost_branches and _is_sound(entry, taken):
            sound.append(entry)
        else:
            broken.append(tag_name(entry.tag))
    if directory.is_cut:
        broken.append(tr("all behind the place where it is cut off"))
    return block.rewrite_directory(directory, sound)


def _find_branches(block: TiffBlock, first: Directory) -> tuple[list[Directory], set[int]]:
    """All directories that do not overlap, and the offsets of the entries that point to no such directory."""
    found, lost = [first], set()
    for directory in found:  # grows while it is walked
        for entry in directory.entries:
            if entry.tag not in BRANCHES:
                continue
            try:
                branch = block.branch(entry)
            except ValueError:
                lost.add(entry.offset)
                continue
            if any(_meets(branch.start, branch.end, other.start, other.end) for other in found):
                lost.add(entry.offset)
            else:
                found.append(branch)
    return found, lost


def _find_thumbnail(
    block: TiffBlock, first: Directory, others: Sequence[Directory], broken: list[str]
) -> tuple[bool, list[Range]]:
    """Whether there is a thumbnail, and the ranges of its pixels that are certain."""
    if first.next == 0:
        return False, []
    try:
        directory = block.directory(first.next)
    except ValueError:
        broken.append(tr(_THUMBNAIL_NAME))
        return False, []
    if any(_meets(directory.start, directory.end, other.start, other.end) for other in others):
        broken.append(tr(_THUMBNAIL_NAME))
        return False, []
    jpegs = [place for place in _places(block, directory, _JPEG_OFFSET, _JPEG_BYTES) if _is_jpeg(block, place)]
    return True, [*jpegs, *_places(block, directory, _STRIP_OFFSETS, _STRIP_BYTES)]


def _places(block: TiffBlock, directory: Directory, offset_tag: int, length_tag: int) -> list[Range]:
    offsets, lengths = directory.find(offset_tag), directory.find(length_tag)
    if offsets is None or lengths is None:
        return []
    strips = zip(block.whole_numbers(offsets), block.whole_numbers(lengths), strict=False)
    return [(start, start + length) for start, length in islice(strips, _MOST_STRIPS)]


def _is_jpeg(block: TiffBlock, place: Range) -> bool:
    return block.to_bytes()[place[0] : place[0] + 2] == b"\xff\xd8"


def _is_sound(entry: Entry, taken: Sequence[Range]) -> bool:
    """Whether the value of an entry lies in the block and overlaps no directory and no pixels of the thumbnail."""
    is_apart = entry.is_inline or not any(_meets(entry.start, entry.end, start, end) for start, end in taken)
    return entry.is_inside and is_apart


def _meets(start: int, end: int, other_start: int, other_end: int) -> bool:
    return start < other_end and other_start < end


def _wipe_jpegs(block: TiffBlock, values: Iterable[Range]) -> None:
    """Overwrite JPEG images inside values with zeros: maker notes hold previews, some with a changed first byte."""
    content = block.to_bytes()
    for position, end in _joined(values):
        while found := _JPEG_START.search(content, position, end):
            segment = found.end() - 2
            behind = _behind_segment(content, segment)
            if content[behind : behind + 1] == b"\xff" or (found["whole"] and behind >= end):
                position = _end_of_jpeg(content, segment, end)
                block.wipe(found.start(), position)
            else:
                position = found.end()


def _joined(values: Iterable[Range]) -> list[Range]:
    """Merge overlapping ranges, so that no byte is searched twice."""
    joined: list[Range] = []
    for start, end in sorted(values):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _behind_segment(content: bytes, segment: int) -> int:
    return segment + 2 + int.from_bytes(content[segment + 2 : segment + 4], "big")


def _end_of_jpeg(content: bytes, segment: int, end: int) -> int:
    """Offset behind the end-of-image marker after a last segment (ITU-T T.81, annex B); ``end`` where there is none."""
    while segment + 4 <= end and content[segment] == 0xFF and content[segment + 1] != 0xDA:
        segment = _behind_segment(content, segment)
    found = content.find(b"\xff\xd9", segment, end)
    return end if found < 0 else found + 2
