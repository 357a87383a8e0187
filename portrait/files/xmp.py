"""What of a photo's XMP packet is kept when the photo is saved as another picture."""

import re

_DROPPED = (
    rb"(?:tiff:Orientation|(?:xmp|xap):Thumbnails|xmpNote:HasExtendedXMP|"
    rb"(?:GDepth|GImage|GAudio|Device|Container|GContainer):\w+)"
)
"""The orientation, which is applied; what holds the picture as it was, or points at that: thumbnails (XMP specification
part 1, 8.4; old files write ``xap``), an extension of the packet, Google's depth metadata, the directories of what
stands behind the picture in the file (dynamic depth, motion photos).
"""

_TAG = re.compile(rb"""<(?P<end>/?)(?P<name>[\w:.-]++)(?P<rest>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>""")
_DROPPED_NAME = re.compile(_DROPPED)
_DROPPED_ATTRIBUTE = re.compile(rb"\s" + _DROPPED + rb"""\s*+=\s*+(?:"[^"]*"|'[^']*')""")


def keep_description(packet: bytes) -> bytes | None:
    """A packet without orientation, and without all that shows the picture as it was or points at that.

    Properties go by their usual prefixes, written as attributes or as elements; all else stays to the byte.

    Returns
    -------
    None where a property that is to go has no end: such a packet is no XML.
    """
    kept: list[bytes] = []
    start, open_name, open_count = 0, b"", 0
    for tag in _TAG.finditer(packet):
        is_empty = tag["rest"].endswith(b"/")
        if open_count:
            if tag["name"] == open_name and not is_empty:
                open_count += -1 if tag["end"] else 1
        else:
            kept.append(packet[start : tag.start()])
            if not _DROPPED_NAME.fullmatch(tag["name"]):
                kept.append(_DROPPED_ATTRIBUTE.sub(b"", tag[0]))
            elif not tag["end"] and not is_empty:
                open_name, open_count = tag["name"], 1
        start = tag.end()
    return None if open_count else b"".join([*kept, packet[start:]])
