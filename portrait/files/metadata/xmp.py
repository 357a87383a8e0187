"""XMP packets: transcoding to UTF-8, reading of the orientation, and removal of what a portrait must not keep."""

import codecs
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

_ALL = re.compile(rb"[\w.-]+")
_MARKS = re.compile(rb"(?:MotionPhoto|MicroVideo)\w*")
_GOOGLE = b"http://ns.google.com/photos/"
_DROPPED: Mapping[bytes, tuple[tuple[bytes, ...], re.Pattern[bytes]]] = {
    b"http://ns.adobe.com/tiff/1.0/": ((b"tiff",), re.compile(b"Orientation")),
    b"http://ns.adobe.com/xap/1.0/": ((b"xmp", b"xap"), re.compile(b"Thumbnails")),
    b"http://ns.adobe.com/xmp/note/": ((b"xmpNote",), re.compile(b"HasExtendedXMP")),
    b"http://ns.adobe.com/hdr-gain-map/1.0/": ((b"hdrgm",), _ALL),
    _GOOGLE + b"1.0/depthmap/": ((b"GDepth",), _ALL),
    _GOOGLE + b"1.0/image/": ((b"GImage",), _ALL),
    _GOOGLE + b"1.0/audio/": ((b"GAudio",), _ALL),
    _GOOGLE + b"1.0/camera/": ((b"GCamera", b"Camera"), _MARKS),
    _GOOGLE + b"1.0/container/": ((b"GContainer", b"Container"), _ALL),
    _GOOGLE + b"dd/1.0/container/": ((b"Container",), _ALL),
    _GOOGLE + b"dd/1.0/device/": ((b"Device",), _ALL),
    b"urn:portrait:settings:1.0/": ((), _ALL),
}
"""By namespace: its usual prefixes, and which of its properties go. The orientation, which is applied; what holds the
image as it was, or points at that: thumbnails (XMP specification part 1, 8.4; old files write ``xap``), an extension
of the packet, Google's depth metadata, the directories and the marks of what stands behind the image in the file
(dynamic depth, motion photos, gain maps); the settings of another portrait.
"""

_TAG = re.compile(rb"""<(?P<end>/?)(?P<name>[\w:.-]++)(?P<rest>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>""")
_ATTRIBUTE = re.compile(rb"""\s(?P<name>[\w:.-]++)\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_ORIENTATION = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)\s*(?P<orientation>[1-8])""")
_NAMESPACE = re.compile(rb"""\sxmlns:(?P<prefix>[\w.-]++)\s*+=\s*+["'](?P<uri>[^"'<>]*+)["']""")
_STATED_ENCODING = re.compile(r"""(<\?xml\s[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")
_FRAME_TAGS = frozenset({b"x:xmpmeta", b"x:xapmeta", b"rdf:RDF", b"rdf:Description"})
_FRAME_PREFIXES = frozenset({b"", b"x", b"rdf", b"xml", b"xmlns"})


def to_utf8(packet: bytes) -> bytes:
    """Transcode a packet from UTF-16 or UTF-32 to UTF-8, which all formats but PDF require.

    UTF-8 is returned byte for byte. The encoding is detected by the zero bytes beside the first angle bracket, with or
    without a byte order mark (XMP specification part 1, 7.3.2; XML 1.0, appendix F).

    Raises
    ------
    ValueError
        The packet is in none of these encodings.
    """
    encoding = _encoding(packet)
    if encoding is None:
        if b"\0" in packet.strip(b"\0"):
            raise ValueError("XMP packet is in an unknown encoding")
        return packet
    width = 4 if encoding.startswith("utf-32") else 2
    text = packet[: len(packet) // width * width].decode(encoding).lstrip("\ufeff")
    return _STATED_ENCODING.sub(r"\1", text.rstrip("\0"), count=1).encode()


def has_properties(packet: bytes) -> bool:
    """Whether a packet holds any property, and not only its enclosing elements."""
    for tag in _TAG.finditer(packet):
        attributes = (found["name"].rpartition(b":")[0] for found in _ATTRIBUTE.finditer(tag[0]))
        if tag["name"] not in _FRAME_TAGS or any(prefix not in _FRAME_PREFIXES for prefix in attributes):
            return True
    return False


def stated_orientation(packet: bytes) -> int | None:
    """EXIF orientation that a packet states, 1 … 8; None where it states none."""
    found = _ORIENTATION.search(packet)
    return None if found is None else int(found["orientation"])


def keep_description(packet: bytes) -> bytes | None:
    """Remove the orientation, and all that contains or refers to the unblurred image, from a packet.

    Properties are recognised by the usual prefixes of their namespaces and by those that the packet declares, as
    attributes and as elements; everything else is kept byte for byte.

    Returns
    -------
    The packet; None where a property to be removed has no end: such a packet is not valid XML.
    """
    return remove_properties(packet, _dropped_in(packet))


def remove_properties(packet: bytes, is_dropped: Callable[[bytes], bool]) -> bytes | None:
    """Remove the properties whose names, with their prefixes, are to be dropped; as `keep_description` else."""
    kept: list[bytes] = []
    start, open_name, open_count = 0, b"", 0
    for tag in _TAG.finditer(packet):
        is_empty = tag["rest"].endswith(b"/")
        if open_count:
            if tag["name"] == open_name and not is_empty:
                open_count += -1 if tag["end"] else 1
        else:
            kept.append(packet[start : tag.start()])
            if not is_dropped(tag["name"]):
                kept.append(_ATTRIBUTE.sub(lambda found: b"" if is_dropped(found["name"]) else found[0], tag[0]))
            elif not tag["end"] and not is_empty:
                open_name, open_count = tag["name"], 1
        start = tag.end()
    return None if open_count else b"".join([*kept, packet[start:]])


def declared_namespaces(packet: bytes) -> Mapping[bytes, set[bytes]]:
    """The namespaces that a packet declares, by prefix; one prefix may stand for several."""
    declared: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for namespace in _NAMESPACE.finditer(packet):
        declared[namespace["prefix"]].add(namespace["uri"])
    return declared


def _dropped_in(packet: bytes) -> Callable[[bytes], bool]:
    """A test, by its name in this packet, whether a property is to be removed."""
    by_prefix: defaultdict[bytes, set[re.Pattern[bytes]]] = defaultdict(set)
    for prefixes, names in _DROPPED.values():
        for prefix in prefixes:
            by_prefix[prefix].add(names)
    for prefix, uris in declared_namespaces(packet).items():
        by_prefix[prefix] |= {_DROPPED[uri][1] for uri in uris if uri in _DROPPED}

    def is_dropped(name: bytes) -> bool:
        prefix, _, local = name.partition(b":")
        return any(names.fullmatch(local) for names in by_prefix.get(prefix, ()))

    return is_dropped


def _encoding(packet: bytes) -> str | None:
    """UTF-16 or UTF-32 in one of its byte orders; None for all else."""
    at = packet.find(b"<")
    if packet.startswith(codecs.BOM_UTF8) or at < 0:
        return None
    if packet[at + 1 : at + 4] == bytes(3) and at % 4 == 0:
        return "utf-32-le"
    if packet[max(0, at - 3) : at] == bytes(3) and at % 4 == 3:
        return "utf-32-be"
    if packet[at + 1 : at + 2] == b"\0" and at % 2 == 0:
        return "utf-16-le"
    return "utf-16-be" if packet[max(0, at - 1) : at] == b"\0" and at % 2 == 1 else None
