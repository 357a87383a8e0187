"""What phones and vendors put into and behind JPEG files, and no portrait keeps: told, each kind by one sentence."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo, save_photo

VIDEO = struct.pack(">I4s8s", 16, b"ftyp", b"mp42") + b"\0" * 40 + b"frames"
GAIN_MAP = "the gain map for HDR screens could not be kept"
SEVERAL = "the file holds several pictures: the first one was used"
BEHIND = "data after the end of the JPEG, such as a motion photo, could not be kept"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
HDR_MARK = XMP + b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a hdrgm:Version="1.0"/></x:xmpmeta>'

LoadJpeg = Callable[..., tuple[str, ...]]


def segment(number: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, 0xE0 + number, len(content) + 2) + content


def jpeg(image: RgbImage, *segments: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG")
    content = buffer.getvalue()
    return content[:2] + b"".join(segments) + content[2:]


def with_pictures(first: bytes, pictures: list[tuple[int, bytes]], order: str = ">") -> bytes:
    """A file with an index of further pictures, by their kinds, which stand behind the first one (CIPA DC-007)."""

    def build(size: int) -> bytes:
        entries = struct.pack(order + "IIIHH", 0x030000, size, 0, 0, 0)
        at = size
        for kind, content in pictures:
            entries += struct.pack(order + "IIIHH", kind, len(content), at - mpf_at, 0, 0)
            at += len(content)
        table = struct.pack(order + "H", 2) + struct.pack(order + "HHII", 0xB001, 4, 1, len(pictures) + 1)
        table += struct.pack(order + "HHII", 0xB002, 7, len(entries), 8 + 2 + 24 + 4) + bytes(4)
        head = (b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8)
        return first[:2] + segment(2, b"MPF\0" + head + table + entries) + first[2:]

    mpf_at = 2 + 4 + 4
    return build(len(build(1000))) + b"".join(content for _, content in pictures)


@pytest.fixture
def warnings_of(tmp_path: Path, gradient: RgbImage) -> LoadJpeg:
    def load(content: bytes) -> tuple[str, ...]:
        path = tmp_path / "a.jpg"
        path.write_bytes(content)
        photo = load_photo(path)
        assert photo.image.shape == gradient.shape
        return photo.warnings

    return load


@pytest.mark.parametrize(
    ("number", "content"),
    [
        (1, b"FLIR\0\1\0\0"),
        (2, b"FPXR\0\0"),
        (4, b"QVCI\0"),
        (5, b"RMETA\0"),
        (11, b"JP\0\1c2pa"),
        (12, b"Ducky\0"),
        (13, b"Adobe_CM\0"),
        (14, b"Other"),
        (15, b"\1"),
    ],
)
def test_vendor_data_are_told(warnings_of: LoadJpeg, gradient: RgbImage, number: int, content: bytes) -> None:
    assert warnings_of(jpeg(gradient, segment(number, content))) == (f"vendor data (APP{number}) could not be kept",)


def test_vendors_of_one_file_are_told_by_one_sentence(warnings_of: LoadJpeg, gradient: RgbImage) -> None:
    segments = [segment(number, b"x") for number in (10, 5, 5, 7)]
    assert warnings_of(jpeg(gradient, *segments)) == ("vendor data (APP5, APP7, APP10) could not be kept",)


@pytest.mark.parametrize(
    ("number", "content"), [(0, b"JFXX\0\x10"), (14, b"Adobe\0\x64\0\0\0\0\1"), (8, b""), (13, b"Photoshop 3.0\0")]
)
def test_segments_about_the_file_itself_are_no_loss(
    warnings_of: LoadJpeg, gradient: RgbImage, number: int, content: bytes
) -> None:
    assert warnings_of(jpeg(gradient, segment(number, content))) == ()


@pytest.mark.parametrize("behind", [VIDEO, b"\0\0" + VIDEO, b"SEFHe\0\0\0SEFT", b"\xff\xd8\xff\xd9"])
def test_data_behind_the_end_are_told(warnings_of: LoadJpeg, gradient: RgbImage, behind: bytes) -> None:
    assert warnings_of(jpeg(gradient) + behind) == (BEHIND,)


@pytest.mark.parametrize("behind", [b"", bytes(5000), b"\xff" * 7, b"\r\n"])
def test_padding_behind_the_end_is_nothing(warnings_of: LoadJpeg, gradient: RgbImage, behind: bytes) -> None:
    assert warnings_of(jpeg(gradient) + behind) == ()


def test_end_markers_in_a_thumbnail_and_in_several_scans_are_not_the_end(
    warnings_of: LoadJpeg, tmp_path: Path, gradient: RgbImage
) -> None:
    path = tmp_path / "progressive.jpg"
    thumbnail = jpeg(gradient)
    Image.fromarray(gradient).save(path, progressive=True, restart_marker_rows=1, comment=thumbnail)
    assert not any("after the end" in warning for warning in warnings_of(path.read_bytes()))
    assert any("after the end" in warning for warning in warnings_of(path.read_bytes() + VIDEO))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "mark", "said"),
    [
        (0x020003, b"", SEVERAL),
        (0, b"", SEVERAL),
        (0, XMP + b'<a apdi:AuxiliaryImageType="urn:com:apple:photo:2020:aux:hdrgainmap"/>', GAIN_MAP),
        (0, HDR_MARK, GAIN_MAP),
        (0x010001, b"", ""),
    ],
    ids=["another view", "another picture", "gain map of Apple", "gain map of Adobe", "preview"],
)
def test_further_pictures_are_told_by_what_they_are(
    warnings_of: LoadJpeg, gradient: RgbImage, order: str, kind: int, mark: bytes, said: str
) -> None:
    picture = jpeg(gradient[::2, ::2].copy(), *([segment(1, mark)] if mark else []))
    content = with_pictures(jpeg(gradient), [(kind, picture)], order)
    assert warnings_of(content) == ((said,) if said else ())
    assert warnings_of(content + VIDEO) == ((said, BEHIND) if said else (BEHIND,))


def test_a_gain_map_that_only_the_first_picture_tells_of(warnings_of: LoadJpeg, gradient: RgbImage) -> None:
    marked, small = jpeg(gradient, segment(1, HDR_MARK)), jpeg(gradient[::2, ::2].copy())
    assert warnings_of(with_pictures(marked, [(0, small)])) == (GAIN_MAP,)
    assert warnings_of(with_pictures(marked, [(0, small), (0, small)])) == (GAIN_MAP, SEVERAL)
    assert warnings_of(marked) == (), "what an editor left of the mark"
    standard = segment(2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")
    assert warnings_of(with_pictures(jpeg(gradient, standard), [(0, small)])) == (GAIN_MAP,)


@pytest.mark.parametrize(
    "index", [b"", b"MM\0*", b"MM\0*\0\0\0\x08\0\1\xb0\2\0\7\0\0\0\x30\xff\0\0\0", b"XX\0*\0\0\0\x08"]
)
def test_a_damaged_index_is_no_error(warnings_of: LoadJpeg, gradient: RgbImage, index: bytes) -> None:
    assert warnings_of(jpeg(gradient, segment(2, b"MPF\0" + index))) == ()


def test_a_portrait_has_none_of_it(tmp_path: Path, gradient: RgbImage) -> None:
    path, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(jpeg(gradient, segment(5, b"vendor's own")) + VIDEO)
    photo = load_photo(path)
    save_photo(target, np.asarray(photo.image), photo.metadata)
    assert b"vendor's own" not in target.read_bytes()
    assert VIDEO not in target.read_bytes()
    assert load_photo(target).warnings == ()
