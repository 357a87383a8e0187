"""Google's container: items that stand behind the image of a JPEG, and their directory in its XMP packet.

Formats: https://developer.android.com/training/camera2/Dynamic-depth-v1.0.pdf and, for gain maps,
https://developer.android.com/media/platform/hdr-image-format. The items follow one another in the order of the
directory, up to the end of the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
"""Characters of the value of an XML attribute in double quotes. `xml.sax.saxutils` would load urllib, http and ssl."""

EMPTY_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b"</rdf:RDF></x:xmpmeta>"
)
"""A packet that says nothing."""

ORIGINAL = "original"
"""Meaning of the item that is the photo as it was taken."""

_DIRECTORY = (
    b'<rdf:Description rdf:about="" xmlns:Container="http://ns.google.com/photos/1.0/container/"'
    b' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"><Container:Directory><rdf:Seq>%s</rdf:Seq>'
    b"</Container:Directory></rdf:Description>"
)
_END_OF_RDF = b"</rdf:RDF"
_ENTRY = b'<rdf:li rdf:parseType="Resource"><Container:Item%s/></rdf:li>'
_PROPERTY = rb"""(?<![/\w])%s:(?P<name>\w+)\s*(?:=\s*["'](?P<attribute>[^"']*)["']|>(?P<text>[^<>]*)<)"""
_TAG, _ITEM_MIME = re.compile(rb"<[^<>]*+>"), re.compile(rb"\bItem:Mime\s*=")
_MOST_DIGITS = 18

Properties = Mapping[str, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class ContainerItem:
    """What stands behind the image: its meaning, its media type, its bytes."""

    semantic: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StatedItem:
    """An entry of a directory: its properties, where its bytes start, counted from the end of the file, and how many.

    The length is 0 where none is stated.
    """

    properties: Properties
    from_end: int
    length: int

    @property
    def semantic(self) -> bytes:
        """Its meaning, in small letters."""
        return self.properties.get("Semantic", b"").lower()


def with_directory(packet: bytes | None, items: Sequence[ContainerItem], further: bytes = b"") -> bytes:
    """An XMP packet with the directory of items behind an image, the image itself being the first.

    Parameters
    ----------
    packet
        UTF-8; None: there is none yet.
    items
        In the order in which they stand.
    further
        A description that belongs to them.

    Returns
    -------
    bytes
        The packet as it was where it is none of RDF.
    """
    entries = [_entry({"Semantic": "Primary", "Mime": "image/jpeg"})]
    entries += [
        _entry({"Semantic": item.semantic, "Mime": item.mime, "Length": str(len(item.content))}) for item in items
    ]
    packet = packet or EMPTY_PACKET
    at = packet.rfind(_END_OF_RDF)
    return packet if at < 0 else packet[:at] + further + _DIRECTORY % b"".join(entries) + packet[at:]


def stated_items(xmp: bytes) -> Iterator[StatedItem]:
    """The entries of a directory, with what is stated of the image itself."""
    items = [read_properties(tag, b"Item") for tag in _TAG.findall(xmp) if _ITEM_MIME.search(tag)]
    lengths = [_to_length(item.get("Length", b"")) for item in items]
    for index, (item, length) in enumerate(zip(items, lengths, strict=True)):
        yield StatedItem(item, sum(lengths[index:]), length)


def read_properties(xmp: bytes, prefix: bytes) -> Properties:
    """Simple properties of one namespace, written as attributes or as elements."""
    found = re.finditer(_PROPERTY % prefix, xmp)
    return {match["name"].decode(): (match["attribute"] or match["text"] or b"").strip() for match in found}


def _entry(properties: Mapping[str, str]) -> bytes:
    written = (f' Item:{name}="{value.translate(_ESCAPED)}"' for name, value in properties.items())
    return _ENTRY % "".join(written).encode()


def _to_length(digits: bytes) -> int:
    """Digits as a number of bytes; 0 where they are no plausible one."""
    return int(digits) if digits.isdigit() and len(digits) <= _MOST_DIGITS else 0
