"""Settings of a portrait in its XMP packet, in a namespace of their own: written, read and removed.

The properties are simple ones, as attributes of a description of their own (XMP specification part 1, 7.9.2.2); they
are read as elements too, as other programs write them.
"""

import html
import re
from collections.abc import Mapping

from portrait.files.metadata.xmp_extension import insert_descriptions

NAMESPACE = "urn:portrait:settings:1.0/"
"""Namespace of the properties."""

_EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
_START = b'<rdf:Description rdf:about="" xmlns:portrait="urn:portrait:settings:1.0/"'
_MOST_BYTES = 65_000
"""A JPEG holds 65,502 bytes of a packet: with a larger one it would lose the photo's own."""

_MOST_RECORD_BYTES = 16_000
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_DESCRIPTION = re.compile(re.escape(_START) + rb"[^<>]*/>")
_DECLARATION = re.compile(rb"""\sxmlns:([\w.-]++)\s*+=\s*+["']urn:portrait:settings:1\.0/["']""")


def with_record(packet: bytes | None, values: Mapping[str, str]) -> bytes | None:
    """A packet with the properties of a record.

    Parameters
    ----------
    packet
        UTF-8, without a record; None: there is none yet.
    values
        Texts by name; the names are XML names without a colon.

    Returns
    -------
    The packet as it was where it is no packet of RDF, or would become too large for a JPEG.

    Raises
    ------
    ValueError
        A name that XML does not allow.
    """
    if not values:
        return packet
    if not all(_NAME.fullmatch(name) for name in values):
        raise ValueError(f"no XML names: {list(values)}")
    properties = "".join(f' portrait:{name}="{html.escape(_printable(value))}"' for name, value in values.items())
    description = _START + properties.encode() + b"/>"
    recorded = insert_descriptions(packet or _EMPTY, description)
    return packet if recorded is None or len(recorded) > _MOST_BYTES else recorded


def read_record(packet: bytes) -> dict[str, str]:
    """The texts of a record by their names; empty where a packet has none."""
    values: dict[str, str] = {}
    for prefix in dict.fromkeys(found[1] for found in _DECLARATION.finditer(packet)):
        name = re.escape(prefix) + rb":([\w.-]++)"
        attribute = re.compile(rb"\s" + name + rb"""\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)')""")
        element = re.compile(rb"<" + name + rb"\s*+>([^<]*+)(?=</)")
        for found in (*attribute.finditer(packet), *element.finditer(packet)):
            text = next((group for group in found.groups()[1:] if group is not None), b"")
            if sum(map(len, values.values())) + len(text) <= _MOST_RECORD_BYTES:
                values[found[1].decode()] = html.unescape(text.decode("utf-8", "replace"))
    return values


def without_record(packet: bytes) -> bytes | None:
    """A packet without the description that `with_record` has added; None where nothing else was in it."""
    rest = _DESCRIPTION.sub(b"", packet)
    return None if rest == _EMPTY else rest


def _printable(text: str) -> str:
    """A text without what XML 1.0 does not allow: control characters, and bytes of file names that are no text."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
