"""Extended XMP: the part of a packet that does not fit into its one JPEG segment, in further segments.

Layout: XMP specification part 3, 1.1.3.1.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
EXTENSION_HEADER = b"http://ns.adobe.com/xmp/extension/\x00"
_GUID_BYTES, _HEAD_BYTES = 32, 40
"""A GUID, the whole length, and this part's offset, 32 bits each."""

_STATED_GUID = re.compile(rb"""xmpNote:HasExtendedXMP\s*(?:=\s*["']|>\s*)(?P<guid>[0-9A-Fa-f]{32})""")
_NOTE = b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="%s"/>'
_RDF = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_START_OF_RDF = re.compile(rb"""<rdf:RDF(?P<attributes>[^<>]*)>""")
_END_OF_RDF = re.compile(rb"</rdf:RDF\s*>")
_FOREIGN_NAMESPACE = re.compile(rb"xmlns:(?!rdf\b|x\b)")


@dataclass(frozen=True, slots=True)
class XmpExtension:
    """The parts of an extension, joined, and whether none is missing."""

    content: bytes
    is_whole: bool


def join_extension(packet: bytes, segments: Iterable[bytes]) -> XmpExtension:
    """Join the extension that a packet names from the APP1 segments of a JPEG; those of other packets are left out.

    The parts may come in any order.
    """
    stated = _STATED_GUID.search(packet)
    guid = stated["guid"].upper() if stated else b""
    parts: dict[int, bytes] = {}
    length = 0
    for segment in segments:
        content = segment[len(EXTENSION_HEADER) :]
        if segment.startswith(EXTENSION_HEADER) and content[:_GUID_BYTES].upper() == guid:
            length = int.from_bytes(content[_GUID_BYTES : _GUID_BYTES + 4], "big")
            parts[int.from_bytes(content[_GUID_BYTES + 4 : _HEAD_BYTES], "big")] = content[_HEAD_BYTES:]
    joined = bytearray()
    is_whole = bool(parts)
    for offset in sorted(parts):
        is_whole &= offset == len(joined)
        joined += parts[offset]
    return XmpExtension(bytes(joined), is_whole and len(joined) == length)


def merge_extension(packet: bytes, extension: bytes) -> bytes | None:
    """Merge packet and extension into one packet; None where they cannot be merged as text."""
    start, ends = _START_OF_RDF.search(extension), list(_END_OF_RDF.finditer(extension))
    if start is None or not ends or _RDF not in start["attributes"]:
        return None
    if _FOREIGN_NAMESPACE.search(extension, 0, start.end()):  # the properties would lose it
        return None
    return insert_descriptions(packet, extension[start.end() : ends[-1].start()])


def extended_segments(packet: bytes, extension: bytes, limit_bytes: int) -> list[bytes] | None:
    """The APP1 segments of a packet and its extension; None where the packet cannot name it, or is too large."""
    guid = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()
    noted = insert_descriptions(packet, _NOTE % guid)
    if noted is None or len(XMP_HEADER) + len(noted) > limit_bytes:
        return None
    return [XMP_HEADER + noted, *_parts(guid, extension, limit_bytes)]


def _parts(guid: bytes, extension: bytes, limit_bytes: int) -> Iterator[bytes]:
    head = EXTENSION_HEADER + guid + len(extension).to_bytes(4, "big")
    step = limit_bytes - len(head) - 4
    for start in range(0, len(extension), step):
        yield head + start.to_bytes(4, "big") + extension[start : start + step]


def insert_descriptions(packet: bytes, descriptions: bytes) -> bytes | None:
    """The packet with further descriptions at the end of its RDF; None where it has none."""
    ends = list(_END_OF_RDF.finditer(packet))
    if not ends or not any(_RDF in start["attributes"] for start in _START_OF_RDF.finditer(packet)):
        return None
    return packet[: ends[-1].start()] + descriptions + packet[ends[-1].start() :]
