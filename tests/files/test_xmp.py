"""What of an XMP packet goes with the picture that it was about, and what stays."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo, save_photo
from portrait.files.xmp import keep_description

CREATOR = b"<dc:creator><rdf:Seq><rdf:li>Anna</rdf:li></rdf:Seq></dc:creator>"
SECRET = b"/9j/unblurred"
DIRECTORY = (
    b"<Container:Directory><rdf:Seq><rdf:li><Container:Item Item:Mime='image/jpeg'/></rdf:li>"
    b"<rdf:li><Container:Item Item:Length='99'></Container:Item></rdf:li></rdf:Seq></Container:Directory>"
)


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
