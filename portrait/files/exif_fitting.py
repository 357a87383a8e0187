"""EXIF blocks that are too large for a segment of a JPEG file lose what matters least."""

from portrait.files.exif_cleaning import EXIF_HEADER
from portrait.files.tiff_block import BRANCHES, Directory, Entry, TiffBlock, TiffReader, rebuild, tag_name

_MAKER_NOTE = 0x927C
_FIRST_PRIVATE = 0x8000
_STANDARD_PRIVATE = frozenset({0x8298, 0x829A, 0x829D, 0x8822, 0x8824, *range(0x8827, 0x8834), *range(0x9000, 0xA500)})
"""Tags of EXIF 2.32 among the private ones: copyright, and those of the camera settings."""


def fit(exif: bytes, limit_bytes: int) -> tuple[bytes, tuple[str, ...]]:
    """A block of at most ``limit_bytes``, and the names of what was left out for that.

    First the maker note goes, for its inner offsets do not survive that the rest moves together; then tags of no
    standard, the largest first; then, where that is not enough, the largest of the others.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    if len(exif) <= limit_bytes:
        return exif, ()
    source = TiffBlock(exif.removeprefix(EXIF_HEADER))
    left_out: dict[int, str] = {}
    for entry in sorted(_entries(source, source.first_directory()), key=_worth):
        left_out[entry.offset] = tag_name(entry.tag)
        broken: list[str] = []
        smaller = rebuild(source, lambda entry: entry.offset not in left_out, broken)
        if len(smaller) + len(EXIF_HEADER) <= limit_bytes:
            return EXIF_HEADER + smaller.to_bytes(), tuple(dict.fromkeys([*left_out.values(), *broken]))
    raise ValueError("nothing of it can be made small enough")


def _entries(source: TiffReader, directory: Directory) -> list[Entry]:
    """All of a clean block but those that point to another directory."""
    found = [entry for entry in directory.entries if entry.tag not in BRANCHES]
    for entry in directory.entries:
        if entry.tag in BRANCHES:
            found += _entries(source, source.branch(entry))
    return found


def _worth(entry: Entry) -> tuple[bool, bool, int]:
    is_standard = entry.tag < _FIRST_PRIVATE or entry.tag in _STANDARD_PRIVATE
    return entry.tag != _MAKER_NOTE, is_standard, entry.start - entry.end
