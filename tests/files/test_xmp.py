"""What of an XMP packet goes with the picture that it was about, and what stays."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.xmp import keep_description, to_utf8
from portrait.files.metadata.xmp_container import ContainerItem, with_directory

CREATOR = b"<dc:creator><rdf:Seq><rdf:li>Anna</rdf:li></rdf:Seq></dc:creator>"
SECRET = b"/9j/unblurred"
_CONTAINER_ITEM = "{http://ns.google.com/photos/1.0/container/}Item"
DIRECTORY = (
    b"<Container:Directory><rdf:Seq><rdf:li><Container:Item Item:Mime='image/jpeg'/></rdf:li>"
    b"<rdf:li><Container:Item Item:Length='99'></Container:Item></rdf:li></rdf:Seq></Container:Directory>"
)


def test_what_an_item_says_is_read_as_it_was_written() -> None:
    semantic = """a "b" & 'c' <d>\n\te"""
    packet = with_directory(None, [ContainerItem(semantic, "image/jpeg", b"1234")])
    items = [element.attrib for element in ElementTree.fromstring(packet).iter(_CONTAINER_ITEM)]
    said = [{key.rpartition("}")[2]: value for key, value in item.items()} for item in items]
    assert said[1:] == [{"Semantic": semantic, "Mime": "image/jpeg", "Length": "4"}]


@pytest.mark.parametrize(
    "gone",
    [
        b"<GImage:Data>" + SECRET + b"</GImage:Data>",
        b"<GDepth:Data\n>" + SECRET + b"</GDepth:Data >",
        b"<GDepth:Near/>",
        b'<GDepth:Confidence rdf:note="a/>b" rdf:other="1"/>',
        b"<xmpNote:HasExtendedXMP>36BE52D4</xmpNote:HasExtendedXMP>",
        b"<xap:Thumbnails><rdf:Alt>" + SECRET + b"</rdf:Alt></xap:Thumbnails>",
        DIRECTORY,
        b"<Device:Container>" + DIRECTORY + b"</Device:Container>",
        b"<Device:Cameras><Device:Cameras>1</Device:Cameras><Device:Cameras/>2</Device:Cameras>",
        b"<tiff:Orientation>6</tiff:Orientation>",
        b"<GCamera:MotionPhoto>1</GCamera:MotionPhoto><GCamera:MicroVideoOffset>99</GCamera:MicroVideoOffset>",
        b"<hdrgm:Version>1.0</hdrgm:Version>",
    ],
)
def test_elements_go_whole(gone: bytes) -> None:
    before, after = b"<x:xmpmeta>" + CREATOR, b"<dc:title>GDepth:Data is no tag</dc:title></x:xmpmeta>"
    assert keep_description(before + gone + gone + after) == before + after


@pytest.mark.parametrize(
    "gone",
    [
        b' GImage:Data="' + SECRET + b'"',
        b"\nGDepth:Near = '1'",
        b' GDepth:Note="a > b"',
        b' xmpNote:HasExtendedXMP="36BE52D4"',
        b' tiff:Orientation="6"',
        b' GCamera:MotionPhotoVersion="1" Camera:MotionPhoto="1"',
        b' hdrgm:Version="1.0"',
    ],
)
def test_attributes_go_and_their_neighbours_stay(gone: bytes) -> None:
    packet = b'<rdf:Description xmlns:GImage="http://ns.google.com/photos/1.0/image/"%s dc:format="image/jpeg"%s/>'
    assert keep_description(packet % (gone, gone)) == packet % (b"", b"")


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (b"http://ns.google.com/photos/1.0/image/", b"Data"),
        (b"http://ns.adobe.com/xap/1.0/", b"Thumbnails"),
        (b"http://ns.google.com/photos/1.0/camera/", b"MotionPhoto"),
    ],
)
def test_other_prefixes_of_a_namespace_hide_nothing(uri: bytes, name: bytes) -> None:
    packet = b"<rdf:Description xmlns:own='" + uri + b"'%s>%s" + CREATOR + b"</rdf:Description>"
    gone = b' own:%s="%s"' % (name, SECRET), b"<own:%s>%s</own:%s>" % (name, SECRET, name)
    assert keep_description(packet % gone) == packet % (b"", b"")


@pytest.mark.parametrize("packet", [b"<a><GImage:Data>" + SECRET, b"<a><GImage:Data>" + SECRET + b"</a>"])
def test_a_packet_that_breaks_off_in_what_is_to_go_is_dropped(packet: bytes) -> None:
    assert keep_description(packet) is None


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml",
        b"<",
        b"<a",
        b'<a b="<c>">',
        b"<x>" + CREATOR + b"</x>",
        b"\xff<a>",
        b"<a dc:title=\"what GDepth:Near='1' says\" GCamera:SpecialTypeID='x'/>",
    ],
)
def test_all_else_stays_to_the_byte(packet: bytes) -> None:
    assert keep_description(packet) == packet


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "heic"])
def test_no_format_takes_the_unblurred_picture_along(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path, suffix: str
) -> None:
    xmp = b'<x:xmpmeta><rdf:Description GImage:Data="%s">%s%s</rdf:Description></x:xmpmeta>'
    photo = load_photo(
        save_as("a.jpg", gradient, xmp=xmp % (SECRET, CREATOR, b"<GDepth:Data>" + SECRET + b"</GDepth:Data>"))
    )
    target = tmp_path / f"out.{suffix}"
    save_photo(target, np.asarray(photo.image), photo.metadata)
    with Image.open(target) as picture:
        assert CREATOR in picture.info["xmp"]
    assert SECRET not in target.read_bytes()


ENCODINGS = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
PACKET = (
    "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    "<dc:title>Grüße, 白い壁</dc:title>%s</x:xmpmeta><?xpacket end='w'?>"
)
GONE = "<GImage:Data>secret</GImage:Data><tiff:Orientation>6</tiff:Orientation>"


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0\0\0\0"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\n "])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_wide_encodings_become_utf8(encoding: str, mark: str, padding: bytes) -> None:
    assert to_utf8((mark + PACKET).encode(encoding) + padding).strip() == PACKET.encode()


@pytest.mark.parametrize(
    "packet", [PACKET.encode(), b"\xef\xbb\xbf" + PACKET.encode() + b"\0", b"no xml", b"\xff<a>", b""]
)
def test_all_else_keeps_its_encoding_to_the_byte(packet: bytes) -> None:
    assert to_utf8(packet) == packet


def test_what_an_xml_declaration_says_of_the_encoding_goes() -> None:
    text = "<?xml version='1.0' encoding='UTF-16' standalone='yes'?><a b='encoding=\"c\"'/>"
    assert to_utf8(("\ufeff" + text).encode("utf-16-le")) == text.replace(" encoding='UTF-16'", "").encode()


@pytest.mark.parametrize(
    "packet", [b"x" + PACKET.encode("utf-16-le"), "<a>\ud800</a>".encode("utf-16-be", "surrogatepass")]
)
def test_unknown_encodings_are_told(packet: bytes) -> None:
    with pytest.raises(ValueError, match=r"XMP|surrogate"):
        to_utf8(packet)


@pytest.mark.parametrize("kind", ["heic", "avif", "webp", "tif"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_format_is_read_in_wide_encodings(
    save_as: Callable[..., Path], gradient: RgbImage, encoding: str, kind: str
) -> None:
    packet = (PACKET % GONE).encode(encoding)
    place = b"<x>".ljust(len(packet))  # pillow-heif writes no other encoding
    path = save_as(f"a.{kind}", gradient, **({"tiffinfo": {700: place}} if kind == "tif" else {"xmp": place}))
    path.write_bytes(path.read_bytes().replace(place, packet))
    photo = load_photo(path)
    assert photo.metadata.xmp == (PACKET % "").encode()
    assert photo.warnings == ()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "heic"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_packet_in_a_wide_encoding_is_cut_and_applied_like_every_other(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path, encoding: str, suffix: str
) -> None:
    source = save_as("a.jpg", gradient, xmp=("\ufeff" + PACKET % GONE).encode(encoding))
    photo = load_photo(source)
    assert photo.image.shape == (64, 48, 3), "turned"
    assert photo.warnings == ()
    target = tmp_path / f"out.{suffix}"
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    content = target.read_bytes()
    for kept in ("secret", "Orientation"):
        assert not any(kept.encode(each) in content for each in ("utf-8", *ENCODINGS))
    assert load_photo(target).metadata.xmp == (PACKET % "").encode()


def test_a_packet_in_an_unknown_encoding_is_dropped_and_told(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    photo = load_photo(save_as("a.jpg", gradient, xmp=b"x" + (PACKET % GONE).encode("utf-16-le")))
    assert photo.metadata.xmp is None
    assert photo.warnings == ("the XMP metadata is damaged and was dropped",)
