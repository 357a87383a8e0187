"""What GIF files say in extensions."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.gif_extensions import read_gif_texts

PACKET = (
    "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    "<dc:title>Grüße aus Köln</dc:title>%s</x:xmpmeta>" + " " * 600 + "<?xpacket end='w'?>"
)
XMP = (PACKET % "").encode()
MAGIC = bytes([1, *range(255, -1, -1), 0])
COMMENT = b"\x21\xfe\x06second\x03ly!\0"

SaveAs = Callable[..., Path]


def extension(packet: bytes) -> bytes:
    return b"\x21\xff\x0bXMP DataXMP" + packet + MAGIC


@pytest.fixture(params=["first", "last"])
def insert(save_as: SaveAs, gradient: RgbImage, request: pytest.FixtureRequest) -> Callable[[bytes], Path]:
    """Write a GIF with extensions before its picture, or behind it."""

    def write(extensions: bytes) -> Path:
        path = save_as("a.gif", Image.fromarray(gradient).quantize(64), comment=b"first")
        content = path.read_bytes()
        colors_end = 13 + (3 << (content[10] & 7) + 1)
        at = colors_end if request.param == "first" else len(content) - 1
        path.write_bytes(content[:at] + extensions + content[at:])
        return path

    return write


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "heic", "avif", "tif"])
def test_xmp_is_kept_by_every_format(insert: Callable[[bytes], Path], tmp_path: Path, suffix: str) -> None:
    photo = load_photo(insert(extension(XMP)))
    assert photo.warnings == ()
    target = tmp_path / f"b.{suffix}"
    lost = save_photo(target, np.asarray(photo.image), photo.metadata)
    assert all("comment" in sentence for sentence in lost)
    assert load_photo(target).metadata.xmp == XMP


def test_xmp_is_cut_and_applied_like_every_other(insert: Callable[[bytes], Path]) -> None:
    gone = "<GImage:Data>secret</GImage:Data><tiff:Orientation>6</tiff:Orientation>"
    photo = load_photo(insert(extension((PACKET % gone).encode())))
    assert photo.metadata.xmp == XMP
    assert photo.image.shape == (64, 48, 3)


def test_damaged_xmp_is_told(insert: Callable[[bytes], Path]) -> None:
    photo = load_photo(insert(extension(b"<a><GImage:Data>secret")))
    assert photo.metadata.xmp is None
    assert photo.warnings == ("the XMP metadata is damaged and was dropped",)


def test_comments_are_kept_wherever_they_stand(insert: Callable[[bytes], Path]) -> None:
    comments = load_photo(insert(COMMENT)).metadata.comments
    assert sorted(comments) == [b"first", b"secondly!"]


def test_a_file_cut_anywhere_is_no_error(insert: Callable[[bytes], Path]) -> None:
    content = insert(COMMENT + extension(XMP)).read_bytes()
    assert read_gif_texts(io.BytesIO(content)).xmp == XMP
    for length in range(0, len(content), 7):
        assert read_gif_texts(io.BytesIO(content[:length])).xmp in (None, XMP)
