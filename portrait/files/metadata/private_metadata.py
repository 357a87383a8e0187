"""Removal of what metadata tells about place, people and devices, for pictures that are shown to strangers.

Removed are: GPS and place names; names and addresses of author, owner, editor and depicted people; serial numbers,
maker notes, the name of the computer; identifiers and histories of the file; thumbnails. What describes the picture
stays: caption, keywords, copyright notice, date, camera model, lens and exposure. Of EXIF, XMP and PNG texts only what
is known to be harmless is kept, for programs and vendors have fields of their own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from portrait.files.containers.tiff_block import BRANCHES, GPS_IFD, TiffReader, rebuild
from portrait.files.metadata.exif_cleaning import EXIF_HEADER, MAKER_NOTE
from portrait.files.metadata.exif_fitting import is_standard
from portrait.files.metadata.iptc import without_data_sets
from portrait.files.metadata.photo_metadata import PhotoMetadata
from portrait.files.metadata.xmp import declared_namespaces, has_properties, remove_properties

_PRIVATE_TAGS = frozenset({
    GPS_IFD, MAKER_NOTE,
    0x010D, 0x013B, 0x013C,  # document name, which may be a path; artist; host computer
    0x9C9D,  # author, as Windows writes it
    0xA420, 0xA430, 0xA431, 0xA435,  # unique ID of the image; owner, serial numbers of body and lens
    0xA437, 0xA438,  # photographer and editor (EXIF 3.0)
})  # fmt: skip
"""Standard tags that are removed (CIPA DC-008-2023, 4.6)."""

_AD, _DC, _IPTC = b"http://ns.adobe.com/", b"http://purl.org/dc/elements/1.1/", b"http://iptc.org/std/"
_HARMLESS_PROPERTIES: Mapping[bytes, re.Pattern[bytes]] = {
    _DC: re.compile(rb"(?!creator|contributor|publisher|identifier|source|relation)\w+"),
    _AD + b"xap/1.0/": re.compile(rb"(?:Create|Modify|Metadata)Date|CreatorTool|Rating|Label"),
    _AD + b"xap/1.0/rights/": re.compile(rb"Marked|UsageTerms"),
    _AD + b"photoshop/1.0/": re.compile(rb"Headline|DateCreated|Category|SupplementalCategories|Urgency|ColorMode"),
    _AD + b"tiff/1.0/": re.compile(rb"(?!Artist)\w+"),
    _AD + b"exif/1.0/": re.compile(rb"(?!GPS|MakerNote|ImageUniqueID|RelatedSoundFile|UserComment)\w+"),
    _AD + b"exif/1.0/aux/": re.compile(rb"Lens|LensInfo|LensID|ImageNumber|ApproximateFocusDistance"),
    _AD + b"lightroom/1.0/": re.compile(rb"hierarchicalSubject"),
    b"http://cipa.jp/exif/1.0/": re.compile(rb"(?!\w*(?:Serial|Owner|Photographer|Editor))\w+"),
    _IPTC + b"Iptc4xmpCore/1.0/xmlns/": re.compile(rb"IntellectualGenre|Scene|SubjectCode|AltTextAccessibility"),
}
"""By namespace: the properties that are kept. Names of exif and tiff as in EXIF for XMP (CIPA DC-010)."""

_STRUCTURE = frozenset({b"", b"x", b"rdf", b"xml", b"xmlns"})

_PRIVATE_DATA_SETS = frozenset((2, number) for number in (26, 27, 80, 85, 90, 92, 95, 100, 101, 110, 115, 118, 122))
"""Of IPTC-IIM 4.2, record 2: content location, by-line and its title, city to country, credit, source, contact,
writer."""

_HARMLESS_TEXTS = frozenset(
    {"title", "description", "copyright", "creation time", "software", "disclaimer", "warning"}  # not shown
)
"""Keywords of PNG that are kept, in small letters; the standard has "Author" and "Source" too (PNG 3, 11.3.3)."""


def strip_private(metadata: PhotoMetadata) -> PhotoMetadata:
    """Metadata without what tells where, by whom, of whom or with which device a photo was taken; see the module."""
    return replace(
        metadata,
        exif=None if metadata.exif is None else _strip_exif(metadata.exif),
        has_thumbnail=False,
        xmp=_strip_packet(metadata.xmp),
        xmp_extension=_strip_packet(metadata.xmp_extension),
        iptc=None if metadata.iptc is None else without_data_sets(metadata.iptc, _PRIVATE_DATA_SETS),
        texts=tuple((key, text) for key, text in metadata.texts if key.lower() in _HARMLESS_TEXTS),
    )


def _strip_exif(exif: bytes) -> bytes | None:
    """A block without private tags, copied without gaps; None where nothing is left, or where it is damaged."""
    try:
        source = TiffReader(exif.removeprefix(EXIF_HEADER))
        block = rebuild(source, lambda entry: _is_harmless(entry.tag), [])
        is_empty = not block.first_directory().entries
    except ValueError:
        return None
    return None if is_empty else EXIF_HEADER + block.to_bytes()


def _is_harmless(tag: int) -> bool:
    return tag not in _PRIVATE_TAGS and (is_standard(tag) or tag in BRANCHES)


def _strip_packet(packet: bytes | None) -> bytes | None:
    """A packet without private properties; None where none is left, or where it cannot be read as XML."""
    kept = None if packet is None else remove_properties(packet, _is_private_in(packet))
    return kept if kept and has_properties(kept) else None


def _is_private_in(packet: bytes) -> Callable[[bytes], bool]:
    """A test, by its name in this packet, whether a property is to be removed."""
    declared = declared_namespaces(packet)

    def is_private(name: bytes) -> bool:
        prefix, _, local = name.rpartition(b":")
        if prefix in _STRUCTURE:
            return False
        known = [_HARMLESS_PROPERTIES.get(uri) for uri in declared.get(prefix, ())]
        return not known or any(names is None or not names.fullmatch(local) for names in known)

    return is_private
