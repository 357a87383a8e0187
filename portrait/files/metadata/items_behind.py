"""Reading of what stands behind the image of a JPEG by the directory of its container, see `xmp_container`."""

from collections.abc import Collection, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path

from portrait.files.containers.jpeg_layout import APP1, end_of_head, read_layout
from portrait.files.metadata.xmp import to_utf8
from portrait.files.metadata.xmp_container import stated_items
from portrait.files.metadata.xmp_extension import XMP_HEADER

_START = b"\xff\xd8\xff"


def read_items_behind(path: Path, semantics: Collection[str]) -> Mapping[str, bytes]:
    """The items of a JPEG with these meanings, the first of each; none for other files.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(_START)) != _START:
            return {}
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            packet = _packet(content)
            found: dict[str, bytes] = {}
            for item in stated_items(packet):
                name = next((name for name in semantics if name.lower().encode() == item.semantic), None)
                if name is not None and name not in found and 0 < item.length <= item.from_end <= len(content):
                    start = len(content) - item.from_end
                    found[name] = content[start : start + item.length]
            return found


def _packet(content: mmap) -> bytes:
    for segment in read_layout(content[: end_of_head(content)]).segments:
        if segment.marker == APP1 and segment.content.startswith(XMP_HEADER):
            try:
                return to_utf8(segment.content[len(XMP_HEADER) :])
            except ValueError:
                return b""
    return b""
