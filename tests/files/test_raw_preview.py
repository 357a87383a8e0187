"""Camera raw files: the camera's own picture inside, turned and described as the raw file says."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.image_io import load_photo, read_size
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file

LOSSLESS = b"\xff\xd8\xff\xc3\x00\x0b\x08\x20\x00\x20\x00\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00"


def jpeg(height: int, width: int, exif: Image.Exif | None = None) -> bytes:
    """A picture that is red at the left and green at the right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = image[:, width // 2 :, 1] = 200
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=95, **({} if exif is None else {"exif": exif}))
    return file.getvalue()


def described(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[271], exif[274], exif[306] = "Camera & Co", orientation, "2026:11:30 12:00:00"
    exif.get_ifd(0x8769)[0x829D] = 2.8
    exif.get_ifd(0x8769)[37500] = b"x" * 500
    return exif


def tiff_like(magic: bytes) -> bytes:
    """A TIFF structure with exposure data, then a thumbnail, raw data, and the picture of the camera."""
    exif = described(6)
    exif.endian = "<"
    block = exif.tobytes()[6:]
    return magic + block[len(magic) :] + jpeg(60, 80) + LOSSLESS + bytes(99) + jpeg(480, 640) + b"\xff\xd8\xff\xe0"


RAW_FILES = {
    "a.NEF": tiff_like(b"II*\0"),
    "a.orf": tiff_like(b"IIRO"),
    "a.rw2": tiff_like(b"IIU\0"),
    "a.raf": b"FUJIFILMCCD-RAW 0201" + bytes(80) + jpeg(480, 640, described(6)),
    "a.cr3": b"\0\0\0\x18ftypcrx CMT1" + described(6).tobytes()[6:] + b"mdat" + jpeg(480, 640),
}


@pytest.mark.parametrize("name", RAW_FILES)
def test_the_largest_picture_is_read_and_turned(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(RAW_FILES[name])
    photo = load_photo(tmp_path / name)
    assert photo.image.shape == (640, 480, 3)
    assert photo.image[0, 240, 0] > 150, "the left side is on top"
    assert photo.image[-1, 240, 1] > 150
    assert any("640 × 480" in warning for warning in photo.warnings)
    assert read_size(tmp_path / name) == (480, 640)


def test_what_the_raw_file_tells_is_kept_without_the_maker_note(tmp_path: Path, engine: PortraitEngine) -> None:
    (tmp_path / "a.nef").write_bytes(RAW_FILES["a.NEF"])
    report = make_portrait_file(engine, tmp_path / "a.nef", tmp_path / "out.jpg", FileOptions())
    assert (report.status, report.width, report.height) == ("done", 480, 640)
    with Image.open(tmp_path / "out.jpg") as picture:
        exif = picture.getexif()
        assert (exif[271], exif[306]) == ("Camera & Co", "2026:11:30 12:00:00")
        assert exif.get(274, 1) == 1
        assert float(exif.get_ifd(0x8769)[0x829D]) == pytest.approx(2.8)
        assert 37500 not in exif.get_ifd(0x8769)


def test_without_a_person_the_picture_is_saved_not_the_raw_file(tmp_path: Path, nobody_engine: PortraitEngine) -> None:
    (tmp_path / "a.nef").write_bytes(RAW_FILES["a.NEF"])
    make_portrait_file(nobody_engine, tmp_path / "a.nef", tmp_path / "out.jpg", FileOptions())
    with Image.open(tmp_path / "out.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (480, 640))


@pytest.mark.parametrize(
    "content",
    [
        b"II*\0" + bytes(100),
        b"\xff\xd8\xff" * 50_000,
        jpeg(60, 80),
        jpeg(480, 640)[:-40],
        LOSSLESS + bytes(10) + b"\xff\xd9",
    ],
    ids=["no picture", "starts only", "a thumbnail", "cut off", "lossless"],
)
def test_a_raw_file_without_a_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.dng").write_bytes(content)
    with pytest.raises(ImageFileError, match="camera raw") as caught:
        load_photo(tmp_path / "a.dng")
    assert "--raw develop" in caught.value.hint


@pytest.mark.parametrize("place", [4, 10, 60, 200])
def test_damaged_exposure_data_do_not_matter(tmp_path: Path, place: int, gradient: RgbImage) -> None:
    content = bytearray(RAW_FILES["a.NEF"])
    content[place : place + 6] = b"\xff" * 6
    (tmp_path / "a.nef").write_bytes(content)
    assert load_photo(tmp_path / "a.nef").image.size == 640 * 480 * 3
