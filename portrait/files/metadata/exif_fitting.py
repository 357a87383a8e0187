"""Reduction of EXIF blocks that are too large for a segment of a JPEG file, the least important entries first."""

from bisect import bisect_left

from portrait.files.containers.tiff_block import BRANCHES, Directory, Entry, TiffBlock, TiffReader, rebuild, tag_name
from portrait.files.metadata.exif_cleaning import EXIF_HEADER, MAKER_NOTE

_FIRST_PRIVATE = 0x8000
_STANDARD_PRIVATE = frozenset({0x8298, 0x829A, 0x829D, 0x8822, 0x8824, *range(0x8827, 0x8834), *range(0x9000, 0xA500)})
"""Tags of EXIF 2.32 among the private ones: copyright, and those of the camera settings."""


def fit(exif: bytes, limit_bytes: int) -> tuple[bytes, tuple[str, ...]]:
    """Reduce a block to at most ``limit_bytes``; the block and the names of the removed entries.

    The maker note is removed first, as its inner offsets become invalid when the rest moves; then tags of no standard,
    the largest first; then the largest of the others.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    if len(exif) <= limit_bytes:
        return exif, ()
    source = TiffBlock(exif.removeprefix(EXIF_HEADER))
    by_worth = sorted(_entries(source, source.first_directory()), key=_worth)

    def without(count: int) -> tuple[TiffBlock, list[str]]:
        names = [tag_name(entry.tag) for entry in by_worth[:count]]
        left_out = {entry.offset for entry in by_worth[:count]}
        return rebuild(source, lambda entry: entry.offset not in left_out, names), names

    counts = range(1, len(by_worth) + 1)
    index = bisect_left(counts, True, key=lambda count: len(without(count)[0]) + len(EXIF_HEADER) <= limit_bytes)
    if index == len(counts):
        raise ValueError("nothing of it can be made small enough")
    smaller, names = without(counts[index])
    return EXIF_HEADER + smaller.to_bytes(), tuple(dict.fromkeys(names))


def _entries(source: TiffReader, directory: Directory) -> list[Entry]:
    """All entries of a clean block except those that point to another directory."""
    found = [entry for entry in directory.entries if entry.tag not in BRANCHES]
    for entry in directory.entries:
        if entry.tag in BRANCHES:
            found += _entries(source, source.branch(entry))
    return found


def _worth(entry: Entry) -> tuple[bool, bool, int]:
    return entry.tag != MAKER_NOTE, is_standard(entry.tag), entry.start - entry.end


def is_standard(tag: int) -> bool:
    """Whether a tag is one of TIFF 6.0 or EXIF 2.32, and not of a vendor or a program."""
    return tag < _FIRST_PRIVATE or tag in _STANDARD_PRIVATE
