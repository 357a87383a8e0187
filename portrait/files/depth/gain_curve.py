"""The numbers of a gain map: as the segment of ISO 21496-1, and as XMP properties of Adobe's namespace."""

import re
import struct
from collections.abc import Iterator
from fractions import Fraction

from portrait.core.gain_map import GainCurve, Triple

ISO_HEADER = b"urn:iso:std:iso:ts:21496:-1\0"
"""First bytes of the segment with the numbers."""

_SEVERAL, _IN_BASE_PRIMARIES, _ONE_DENOMINATOR, _BACKWARD = 0x80, 0x40, 0x08, 0x04
_SIGNS = (1, 1, 0, 1, 1)
"""Of each number of a channel in the segment: whether it may be negative."""

_LARGEST_DENOMINATOR = 1_000_000
_ELEMENT = b'<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" %s>%s</rdf:Description>'
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FIELDS = (
    ("GainMapMin", 0.0),
    ("GainMapMax", None),
    ("Gamma", 1.0),
    ("OffsetSDR", 1 / 64),
    ("OffsetHDR", 1 / 64),
)
"""Properties with one value or one a channel, as in `GainCurve`, and their defaults; None: it must be there."""


def curve_from_segment(content: bytes) -> GainCurve | None:
    """Read the numbers of ISO 21496-1, without the header of their segment; None where the map is of another kind.

    Raises
    ------
    ValueError
        It is cut off, or its numbers are no curve.
    """
    numbers = struct.iter_unpack(">I", content[5 : 5 + (len(content) - 5) // 4 * 4])
    least_version, flags = int.from_bytes(content[:2], "big"), content[4] if len(content) > 4 else _BACKWARD
    if least_version > 0 or flags & _BACKWARD:
        return None
    channel_count = 3 if flags & _SEVERAL else 1
    values = list(_fractions([number for (number,) in numbers], has_one_denominator=bool(flags & _ONE_DENOMINATOR)))
    if len(values) < 2 + channel_count * len(_SIGNS):
        raise ValueError("the numbers of the gain map are cut off")
    headrooms = values[0][0], values[1][0]
    if headrooms[0] > headrooms[1]:  # the image itself is the HDR one
        return None
    by_field = [[pair[sign] for pair in values[2 + field :: len(_SIGNS)]] for field, sign in enumerate(_SIGNS)]
    least, most, gamma, base_offset, offset = (_triple(field[:channel_count]) for field in by_field)
    return GainCurve(least, most, gamma, base_offset, offset, *headrooms, bool(flags & _IN_BASE_PRIMARIES))


def curve_to_segment(curve: GainCurve) -> bytes:
    """The numbers as `curve_from_segment` reads them: fractions with a denominator each."""
    triples, channels = curve.triples, 1 if curve.is_grey else 3
    flags = (_SEVERAL if channels == 3 else 0) | (_IN_BASE_PRIMARIES if curve.has_base_primaries else 0)
    numbers = [curve.base_headroom_log2, curve.alternate_headroom_log2]
    numbers += [triple[channel] for channel in range(channels) for triple in triples]
    fractions = (Fraction(number).limit_denominator(_LARGEST_DENOMINATOR) for number in numbers)
    pairs = (struct.pack(">iI", fraction.numerator, fraction.denominator) for fraction in fractions)
    return bytes(4) + bytes([flags]) + b"".join(pairs)


def curve_from_xmp(packet: bytes) -> GainCurve | None:
    """Read the numbers from the XMP packet of a gain map; None where it has none, or the image itself is the HDR one.

    Raises
    ------
    ValueError
        Its numbers are no curve.
    """
    if not _values(packet, "Version") or _text(packet, "BaseRenditionIsHDR").strip().lower() == b"true":
        return None
    least, most, gamma, base_offset, offset = (
        _triple(_values(packet, name) or ([] if default is None else [default])) for name, default in _FIELDS
    )
    base_headroom = (_values(packet, "HDRCapacityMin") or [0.0])[0]
    headroom = (_values(packet, "HDRCapacityMax") or [max(most)])[0]
    return GainCurve(least, most, gamma, base_offset, offset, base_headroom, headroom)


def curve_to_xmp(curve: GainCurve) -> bytes:
    """The numbers as an element of an XMP packet."""
    single = {"Version": "1.0", "BaseRenditionIsHDR": "False"}
    single |= {"HDRCapacityMin": f"{curve.base_headroom_log2:.6g}"}
    single |= {"HDRCapacityMax": f"{curve.alternate_headroom_log2:.6g}"}
    lists = []
    for (name, _), triple in zip(_FIELDS, curve.triples, strict=True):
        if len(set(triple)) == 1:
            single[name] = f"{triple[0]:.6g}"
        else:
            lines = "".join(f"<rdf:li>{value:.6g}</rdf:li>" for value in triple)
            lists.append(f"<hdrgm:{name}><rdf:Seq>{lines}</rdf:Seq></hdrgm:{name}>")
    attributes = " ".join(f'hdrgm:{name}="{text}"' for name, text in single.items())
    return _ELEMENT % (attributes.encode(), "".join(lists).encode())


def _fractions(numbers: list[int], *, has_one_denominator: bool) -> Iterator[tuple[float, float]]:
    """Each number, read without and with a sign."""
    if has_one_denominator:
        numbers = [number for numerator in numbers[1:] for number in (numerator, numbers[0])]
    for numerator, denominator in zip(numbers[::2], numbers[1::2], strict=False):
        signed = numerator - (1 << 32 if numerator >> 31 else 0)
        if denominator == 0:
            raise ValueError("a number of the gain map is divided by 0")
        yield numerator / denominator, signed / denominator


def _values(packet: bytes, name: str) -> list[float]:
    text = re.sub(rb"<[^>]*>", b" ", _text(packet, name))
    return [float(number) for number in _NUMBER.findall(text)]


def _text(packet: bytes, name: str) -> bytes:
    """The value of a property, written as an attribute or as an element, with the tags inside it."""
    tag = re.escape(b"hdrgm:" + name.encode())
    found = re.search(tag + rb"""\s*=\s*["']([^"']*)["']|<""" + tag + rb"\s*>(.*?)</" + tag, packet, re.DOTALL)
    return b"" if found is None else found[1] or found[2] or b""


def _triple(values: list[float]) -> Triple:
    if len(values) not in (1, 3):
        raise ValueError("a gain map has one value or three")
    return values[0], values[-2] if len(values) == 3 else values[0], values[-1]
