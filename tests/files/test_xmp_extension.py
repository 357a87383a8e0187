"""Extended XMP of JPEG files: kept in segments of its own, or as part of the one packet of other formats."""

import hashlib
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.image_io import Photo, load_photo, save_photo
from portrait.files.metadata.xmp_extension import EXTENSION_HEADER, XMP_HEADER

SECRET = b"/9j/unblurred"
RDF = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FRAME = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="' + RDF + b'"%s>%s</rdf:RDF></x:xmpmeta>'
NOTE = b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="%s"/>'
DC = b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:%s>%s</dc:%s></rdf:Description>'
TITLE = DC % (b"title", "Grüße".encode(), b"title")
DEPTH = b'<rdf:Description xmlns:GImage="http://ns.google.com/photos/1.0/image/" GImage:Data="%s"/>' % (SECRET * 9000)
LARGE, SMALL = (DC % (b"description", b"words " * count, b"description") for count in (30_000, 30))

Load = Callable[..., Photo]


def segments(packet: bytes, extension: bytes, *, missing: int = -1, part_bytes: int = 60_000) -> list[bytes]:
    """APP1 contents, the parts of the extension in the wrong order, behind a part of another packet."""
    guid = hashlib.md5(extension).hexdigest().upper().encode()
    head = EXTENSION_HEADER + guid + len(extension).to_bytes(4, "big")
    starts = range(0, len(extension), part_bytes)
    parts = [head + start.to_bytes(4, "big") + extension[start : start + part_bytes] for start in starts]
    kept = [part for index, part in enumerate(parts) if index != missing % len(parts) or missing < 0]
    stranger = EXTENSION_HEADER + bytes(32) + (9).to_bytes(4, "big") + bytes(4) + b"<strange>"
    return [stranger, *reversed(kept), XMP_HEADER + packet % guid]


@pytest.fixture
def load(tmp_path: Path, gradient: RgbImage) -> Load:
    def write_and_load(extension: bytes, **options: int) -> Photo:
        buffer = io.BytesIO()
        Image.fromarray(gradient).save(buffer, "JPEG")
        contents = segments(FRAME % (b"", TITLE + NOTE), extension, **options)
        markers = b"".join(b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part for part in contents)
        path = tmp_path / "a.jpg"
        path.write_bytes(buffer.getvalue()[:2] + markers + buffer.getvalue()[2:])
        return load_photo(path)

    return write_and_load


def texts(packet: bytes | None) -> set[str]:
    """The texts of a packet, which is to be XML."""
    return {text.strip() for text in ET.fromstring(packet or b"").itertext() if text.strip()}


EXPECTED = {"Grüße", ("words " * 30_000).strip()}


def test_it_stays_in_segments_that_the_packet_names(load: Load, tmp_path: Path) -> None:
    photo = load(FRAME % (b"", LARGE + DEPTH))
    assert photo.warnings == ()
    target = tmp_path / "b.jpg"
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    with Image.open(target) as picture:
        app1 = [content for name, content in picture.applist if name == "APP1"]
    packet, *parts = [content for content in app1 if content.startswith((XMP_HEADER, EXTENSION_HEADER))]
    bodies = [part.removeprefix(EXTENSION_HEADER) for part in parts]
    extension = b"".join(body[40:] for body in bodies)
    guid = hashlib.md5(extension).hexdigest().upper().encode()
    assert b'xmpNote:HasExtendedXMP="' + guid + b'"' in packet
    offset = 0
    for body in bodies:
        assert body[:40] == guid + len(extension).to_bytes(4, "big") + offset.to_bytes(4, "big")
        offset += len(body) - 40
    assert SECRET not in target.read_bytes()
    assert texts(packet.removeprefix(XMP_HEADER)) | texts(extension) == EXPECTED
    again = load_photo(target).metadata
    assert (again.xmp_extension, texts(again.xmp)) == (photo.metadata.xmp_extension, {"Grüße"})


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "heic", "avif"])
def test_it_becomes_a_part_of_the_packet_in_other_formats(load: Load, tmp_path: Path, suffix: str) -> None:
    photo = load(FRAME % (b"", LARGE + DEPTH))
    target = tmp_path / f"b.{suffix}"
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    assert texts(load_photo(target).metadata.xmp) == EXPECTED
    assert SECRET not in target.read_bytes()


def test_what_fits_becomes_a_part_of_the_packet_in_jpeg_too(load: Load, tmp_path: Path) -> None:
    photo = load(FRAME % (b"", SMALL + DEPTH))
    target = tmp_path / "b.jpg"
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    again = load_photo(target)
    assert texts(again.metadata.xmp) == {"Grüße", ("words " * 30).strip()}
    assert again.metadata.xmp_extension is None
    assert b"HasExtendedXMP" not in target.read_bytes()


def test_an_extension_of_depth_alone_is_no_loss(load: Load) -> None:
    photo = load(FRAME % (b"", DEPTH))
    assert photo.metadata.xmp_extension is None
    assert photo.warnings == ()


def test_properties_whose_namespace_would_be_lost_are_kept_in_jpeg_and_else_told(load: Load, tmp_path: Path) -> None:
    described = b'<rdf:Description rdf:about=""><own:text>' + b"x" * 90_000 + b"</own:text></rdf:Description>"
    photo = load(FRAME % (b' xmlns:own="http://own.example/"', described))
    assert save_photo(tmp_path / "b.jpg", np.asarray(photo.image), photo.metadata) == ()
    assert load_photo(tmp_path / "b.jpg").metadata.xmp_extension == photo.metadata.xmp_extension
    lost = save_photo(tmp_path / "b.png", np.asarray(photo.image), photo.metadata)
    assert lost == ("PNG has no place for the extended XMP metadata: left out",)
    assert texts(load_photo(tmp_path / "b.png").metadata.xmp) == {"Grüße"}


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_an_extension_with_a_gap_is_dropped_and_told(load: Load, missing: int) -> None:
    photo = load(FRAME % (b"", LARGE), missing=missing)
    assert photo.metadata.xmp_extension is None
    assert photo.warnings == ("the extended XMP metadata is damaged and was dropped",)
    assert texts(photo.metadata.xmp) == {"Grüße"}


def test_an_extension_in_a_wide_encoding_is_cut_too(load: Load, tmp_path: Path) -> None:
    photo = load((FRAME % (b"", SMALL + DEPTH)).decode().encode("utf-16-le"))
    assert photo.warnings == ()
    assert photo.metadata.xmp_extension == FRAME % (
        b"",
        SMALL + DEPTH.replace(b' GImage:Data="' + SECRET * 9000 + b'"', b""),
    )


def test_a_packet_without_rdf_keeps_what_it_has(load: Load, tmp_path: Path) -> None:
    photo = load(FRAME % (b"", LARGE))
    metadata = replace(photo.metadata, xmp=b"<x/>")
    lost = save_photo(tmp_path / "b.jpg", np.asarray(photo.image), metadata)
    assert lost == ("the extended XMP metadata could not be kept",)
    assert load_photo(tmp_path / "b.jpg").metadata.xmp == b"<x/>"
