"""What each readable format carries, and what becomes of it in each written one: kept or told, never lost silently."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, TiffImagePlugin
from PIL.ExifTags import IFD, Base

from portrait.core.arrays import RgbImage
from portrait.files.containers.jp2_boxes import read_jp2_metadata
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.photo_metadata import PhotoMetadata

ARTIST, TITLE = "Büro für Bilder".encode(), "Straße, Grüße".encode()
XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title>Grüße</dc:title></x:xmpmeta>'.encode()
GIF_XMP = b"!\xff\x0bXMP DataXMP" + XMP + bytes([1, *range(255, -1, -1), 0])
DATA_SETS = b"".join(
    b"\x1c" + struct.pack(">BBH", record, number, len(content)) + content
    for record, number, content in ((1, 90, b"\x1b%G"), (2, 25, b"portrait"), (2, 120, "Bildunterschrift ü".encode()))
)
RESOURCES = b"8BIM" + struct.pack(">HHI", 1028, 0, len(DATA_SETS)) + DATA_SETS + bytes(len(DATA_SETS) % 2)
COMMENT, PROMPT = "a comment: ü", "ein Café, 白い壁"
DPI = (240.0, 240.0)

CARRIED = {
    "jpg": {"exif", "xmp", "icc", "dpi", "iptc", "comment"},
    "png": {"exif", "xmp", "icc", "dpi", "iptc", "comment", "texts"},
    "old.png": {"exif", "xmp", "iptc"},
    "tif": {"exif", "xmp", "icc", "dpi", "iptc"},
    "webp": {"exif", "xmp", "icc"},
    "heic": {"exif", "xmp", "icc"},
    "avif": {"exif", "xmp", "icc"},
    "jp2": {"exif", "xmp", "iptc"},
    "gif": {"xmp", "comment"},
    "bmp": {"dpi"},
}
"""What a file of each format is made with; all else is not applicable: the format has no place for it, or no reader."""

KEPT, TOLD = "kept", "told"
WRITTEN = {
    #      exif  xmp   icc   dpi   iptc  comment texts
    "jpg": (KEPT, KEPT, KEPT, KEPT, KEPT, KEPT, TOLD),
    "png": (KEPT, KEPT, KEPT, KEPT, KEPT, KEPT, KEPT),
    "tif": (KEPT, KEPT, KEPT, KEPT, KEPT, TOLD, TOLD),
    "webp": (KEPT, KEPT, KEPT, KEPT, TOLD, TOLD, TOLD),
    "heic": (KEPT, KEPT, KEPT, KEPT, TOLD, TOLD, TOLD),
    "avif": (KEPT, KEPT, KEPT, KEPT, TOLD, TOLD, TOLD),
}
THINGS = ("exif", "xmp", "icc", "dpi", "iptc", "comment", "texts")
WORDS = {"iptc": "IPTC", "comment": "a comment", "texts": "parameters"}


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[Base.ImageDescription], exif[Base.Artist], exif[Base.Copyright] = TITLE, ARTIST, "© 2020".encode()
    exif[IFD.Exif] = {Base.DateTimeOriginal: "2024:05:06 07:08:09"}
    exif[IFD.GPSInfo] = {1: "N"}
    return exif.tobytes()


def raw_profile(name: str, content: bytes, end: str = "\n") -> tuple[str, str]:
    return f"Raw profile type {name}", f"\n{name}\n{len(content):8d}\n{content.hex()}{end}"


def png_options(profiles: dict[str, bytes], texts: dict[str, str], end: str = "\n") -> dict[str, Any]:
    chunks = PngImagePlugin.PngInfo()
    for name, content in profiles.items():
        chunks.add_text(*raw_profile(name, content, end), zip=True)
    for key, text in texts.items():
        chunks.add_text(key, text)
    return {"pnginfo": chunks}


def tiff_options(profile: bytes) -> dict[str, Any]:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[Base.ImageDescription], tags[Base.Artist], tags[Base.Copyright] = TITLE, ARTIST, "© 2020".encode()
    tags[700], tags[34675], tags[33723] = XMP, profile, DATA_SETS
    tags[IFD.Exif] = {Base.DateTimeOriginal: "2024:05:06 07:08:09"}
    tags[IFD.GPSInfo] = {1: "N"}
    return {"tiffinfo": tags, "dpi": DPI}


def with_boxes(content: bytes) -> bytes:
    """A JPEG 2000 file with metadata before its pixels, one box with a long length, and a box that is none of ours."""
    uuids = {
        bytes(16): b"other",
        b"JpgTiffExif->JP2": exif_block().removeprefix(b"Exif\0\0"),
        bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): XMP,
    }
    boxes = b"".join(struct.pack(">I4s", 24 + len(own), b"uuid") + uuid + own for uuid, own in uuids.items())
    iptc = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38") + DATA_SETS
    boxes += struct.pack(">I4sQ", 1, b"uuid", 16 + len(iptc)) + iptc
    at = content.index(b"jp2c") - 4
    return content[:at] + boxes + content[at:]


@pytest.fixture
def make_source(tmp_path: Path, gradient: RgbImage, srgb_profile: bytes) -> Callable[[str], Path]:
    """A file of a format with all that `CARRIED` says."""
    app13 = b"Photoshop 3.0\0" + RESOURCES
    extra = b"\xff\xed" + struct.pack(">H", len(app13) + 2) + app13
    described: dict[str, Any] = {"exif": exif_block(), "xmp": XMP, "icc_profile": srgb_profile}
    png = png_options({"iptc": RESOURCES}, {"Comment": COMMENT, "parameters": PROMPT})
    png["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    options = {
        "jpg": {**described, "dpi": DPI, "comment": COMMENT.encode(), "extra": extra},
        "png": {"exif": exif_block(), "icc_profile": srgb_profile, "dpi": DPI, **png},
        "old.png": png_options({"exif": exif_block(), "xmp": XMP, "iptc": app13}, {}, end="\n\0"),
        "tif": tiff_options(srgb_profile),
        "gif": {"comment": COMMENT.encode()},
        "bmp": {"dpi": DPI},
    }

    def make(kind: str) -> Path:
        path = tmp_path / f"source.{kind}"
        Image.fromarray(gradient).save(path, **options.get(kind, described))
        if kind == "jp2":
            path.write_bytes(with_boxes(path.read_bytes()))
        if kind == "gif":
            path.write_bytes(path.read_bytes()[:-1] + GIF_XMP + b";")
        return path

    return make


def values(metadata: PhotoMetadata) -> dict[str, Any]:
    """What is compared before and after, by the things of the table."""
    exif = metadata.exif or b""
    return {
        "exif": tuple(
            content in exif for content in (TITLE, ARTIST, "© 2020".encode(), b"2024:05:06 07:08:09", b"N\0")
        ),
        "xmp": metadata.xmp,
        "icc": metadata.icc_profile,
        "dpi": metadata.dpi and tuple(round(value) for value in metadata.dpi),
        "iptc": metadata.iptc,
        "comment": metadata.comments,
        "texts": metadata.texts,
    }


@pytest.mark.parametrize("kind", CARRIED)
def test_what_a_file_carries_is_read(make_source: Callable[[str], Path], srgb_profile: bytes, kind: str) -> None:
    photo = load_photo(make_source(kind))
    found = values(photo.metadata)
    expected = {
        "exif": (True,) * 5,
        "xmp": XMP,
        "icc": srgb_profile,
        "dpi": (240, 240),
        "iptc": RESOURCES,
        "comment": (COMMENT.encode(),),
        "texts": (("parameters", PROMPT),),
    }
    for thing in CARRIED[kind]:
        assert found[thing] == expected[thing], thing
    assert not any("damaged" in warning for warning in photo.warnings)


@pytest.mark.parametrize("target_kind", WRITTEN)
@pytest.mark.parametrize("kind", CARRIED)
def test_it_is_kept_or_told(make_source: Callable[[str], Path], tmp_path: Path, kind: str, target_kind: str) -> None:
    photo = load_photo(make_source(kind))
    target = tmp_path / f"target.{target_kind}"
    lost = save_photo(target, np.asarray(photo.image), photo.metadata)
    before, after = values(photo.metadata), values(load_photo(target).metadata)
    told = 0
    for thing, verdict in zip(THINGS, WRITTEN[target_kind], strict=True):
        if thing not in CARRIED[kind]:
            continue
        if verdict == KEPT:
            assert after[thing] == before[thing], thing
        else:
            assert any(WORDS[thing] in sentence for sentence in lost), (thing, lost)
            told += 1
    assert len(lost) == told, "nothing is told that was kept"


@pytest.mark.parametrize("target_kind", WRITTEN)
def test_texts_stand_in_the_file_as_they_are(
    make_source: Callable[[str], Path], tmp_path: Path, target_kind: str
) -> None:
    photo = load_photo(make_source("tif"))
    target = tmp_path / f"target.{target_kind}"
    save_photo(target, np.asarray(photo.image), photo.metadata)
    content = target.read_bytes()
    assert ARTIST in content
    assert TITLE in content


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_sixteen_bits_carry_the_same(make_source: Callable[[str], Path], tmp_path: Path, kind: str) -> None:
    photo = load_photo(make_source("png"))
    target = tmp_path / f"target.{kind}"
    save_photo(target, photo.image.astype(np.uint16) * np.uint16(257), photo.metadata)
    read = load_photo(target)
    assert read.deep is not None
    before, after = values(photo.metadata), values(read.metadata)
    for thing, verdict in zip(THINGS, WRITTEN[kind], strict=True):
        assert verdict == TOLD or after[thing] == before[thing], thing


@settings(deadline=None)
@given(position=st.integers(0, 2000), value=st.integers(0, 255), length=st.integers(0, 2000))
def test_damaged_boxes_of_jpeg_2000_are_no_error(position: int, value: int, length: int) -> None:
    signature = bytes.fromhex("0000000c6a5020200d0a870a")
    content = bytearray(with_boxes(signature + struct.pack(">I4s", 0, b"jp2c")))
    content[position % len(content)] = value
    for damaged in (bytes(content), bytes(content[:length])):
        assert set(read_jp2_metadata(io.BytesIO(damaged))) <= {"exif", "xmp", "iptc"}
