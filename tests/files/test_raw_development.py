"""Camera raw files developed by LibRaw: colours, orientation, bits and descriptions; what is refused, and how."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from portrait.core.arrays import RgbImage
from portrait.core.color import encode_srgb
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.image_io import Photo, load_photo
from portrait.files.raw import development
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from tests.files.dng import BLACK, WHITE, make_dng, patches

rawpy = pytest.importorskip("rawpy")

DEVELOP = FileOptions(raw="develop")
MIDDLES = np.s_[20:120:40, 20:160:40]
"""One pixel of each of the twelve patches of a scene of 120 × 160."""


def scene() -> NDArray[np.float64]:
    return patches(120, 160)


def encoded(light: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.rint(255.0 * encode_srgb(light.clip(0.0, 1.0))).astype(np.int16)


def in_srgb(photo: Photo) -> NDArray[np.int16]:
    profile = photo.metadata.icc_profile
    assert profile is not None, "the colours are wider than sRGB"
    wide, srgb = io.BytesIO(profile), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(Image.fromarray(photo.image), wide, srgb)
    return np.asarray(converted).astype(np.int16)


def camera_picture(light: NDArray[np.float64], side_px: int) -> bytes:
    file = io.BytesIO()
    picture = Image.fromarray(encoded(light).astype(np.uint8))
    picture.resize((side_px, side_px * 3 // 4), Image.Resampling.NEAREST).save(file, "JPEG", quality=97)
    return file.getvalue()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "a.dng"
    path.write_bytes(content)
    return path


def test_the_colours_are_those_of_the_scene_in_a_process_of_its_own(tmp_path: Path) -> None:
    photo = load_photo(write(tmp_path, make_dng(scene())), raw="develop")
    assert np.abs(in_srgb(photo)[MIDDLES] - encoded(scene())[MIDDLES]).max() <= 2
    assert photo.deep is not None
    assert len(np.unique(photo.deep % 257)) > 20, "more than 8 bits"
    assert any("as the sensor saw it" in warning for warning in photo.warnings)


def test_it_is_as_bright_as_the_picture_of_the_camera(tmp_path: Path, developed_here: None) -> None:
    brightened = scene() ** 0.7
    photo = load_photo(write(tmp_path, make_dng(scene(), 1, camera_picture(brightened, 640))), raw="develop")
    assert np.abs(in_srgb(photo)[MIDDLES][0] - encoded(brightened)[MIDDLES][0]).max() <= 6, "of the greys"
    assert any("camera's own picture" in warning for warning in photo.warnings)
    assert photo.image.shape == (120, 160, 3), "the picture of the camera itself is larger"
    assert b"Camera & Co" in (photo.metadata.exif or b""), "of the raw file, as that picture has none"


@pytest.mark.parametrize("shown", [np.full((3, 4, 3), 0.4), patches(120, 160)[:40]], ids=["flat", "another shape"])
def test_a_picture_that_tells_no_brightness_is_not_followed(
    tmp_path: Path, developed_here: None, shown: NDArray[np.float64]
) -> None:
    file = io.BytesIO()
    tall = (640, 480) if shown.std() == 0 else (640, 160)
    Image.fromarray(encoded(shown).astype(np.uint8)).resize(tall, Image.Resampling.NEAREST).save(file, "JPEG")
    photo = load_photo(write(tmp_path, make_dng(scene(), 1, file.getvalue())), raw="develop")
    assert np.abs(in_srgb(photo)[MIDDLES] - encoded(scene())[MIDDLES]).max() <= 2


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (8, np.rot90), (2, lambda a: a[:, ::-1])],
)
def test_it_is_upright_once(tmp_path: Path, developed_here: None, orientation: int, turned: object) -> None:
    photo = load_photo(write(tmp_path, make_dng(scene(), orientation)), raw="develop")
    upright = turned(encoded(scene()))  # type: ignore[operator]
    assert photo.image.shape == upright.shape
    rows, columns = (slice(20, None, 40) for _ in range(2))
    assert np.abs(in_srgb(photo)[rows, columns] - upright[rows, columns]).max() <= 2


def test_bright_lights_are_white_not_pink(tmp_path: Path, developed_here: None) -> None:
    light = scene()
    light[:40, :40] = 1.6  # all three colours of the sensor saturate: green first
    photo = load_photo(write(tmp_path, make_dng(light)), raw="develop")
    assert np.ptp(in_srgb(photo)[20, 20]) <= 1
    assert in_srgb(photo)[20, 20].min() >= 254


def test_exposure_does_not_depend_on_the_brightest_thing(tmp_path: Path, developed_here: None) -> None:
    dark = load_photo(write(tmp_path, make_dng(scene() * 0.9)), raw="develop").image[MIDDLES]
    light = scene() * 0.9
    light[:40, :40] = 1.0
    bright = load_photo(write(tmp_path, make_dng(light)), raw="develop").image[MIDDLES]
    np.testing.assert_allclose(dark.reshape(-1, 3)[1:], bright.reshape(-1, 3)[1:], atol=1)


def test_16_bits_and_the_exposure_data_reach_a_tiff_and_8_a_jpeg(
    tmp_path: Path, developed_here: None, engine: PortraitEngine
) -> None:
    source = write(tmp_path, make_dng(patches(), 6))
    for name in ("out.tif", "out.jpg"):
        report = make_portrait_file(engine, source, tmp_path / name, DEVELOP)
        assert (report.status, report.width, report.height) == ("done", 480, 640)
        with Image.open(tmp_path / name) as picture:
            exif = picture.getexif()
            assert (exif[271], exif[306], exif.get(274, 1)) == ("Camera & Co", "2026:11:30 12:00:00", 1)
            assert float(exif.get_ifd(0x8769)[0x829D]) == pytest.approx(2.8)
            assert picture.info["icc_profile"]
    saved = load_photo(tmp_path / "out.tif")
    assert saved.deep is not None
    assert saved.metadata.record["raw"] == "develop"


def test_the_picture_of_the_camera_stays_the_default(tmp_path: Path) -> None:
    source = write(tmp_path, make_dng(scene(), 6, camera_picture(scene(), 640)))
    photo = load_photo(source)
    assert photo.image.shape == (640, 480, 3)
    assert photo.deep is None
    assert FileOptions().raw == "preview"


BROKEN = {
    "cut in the mosaic": lambda content: content[: len(content) // 2],
    "cut in the header": lambda content: content[:60],
    "no raw file": lambda content: b"II*\0" + bytes(200),
    "nothing of it": lambda content: bytes(range(256)) * 9,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_damaged_files_are_refused(tmp_path: Path, developed_here: None, kind: str) -> None:
    path = write(tmp_path, BROKEN[kind](make_dng(scene())))
    with pytest.raises(ImageFileError, match=r"damaged|LibRaw does not know") as caught:
        load_photo(path, raw="develop")
    assert caught.value.hint


def fail_at_unpacking(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    class Opened(rawpy.RawPy):  # type: ignore[misc]
        def unpack(self) -> None:
            raise error

    monkeypatch.setattr(rawpy, "RawPy", Opened)


def test_too_many_pixels_are_refused_before_they_are_decoded(
    tmp_path: Path, developed_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at_unpacking(monkeypatch, AssertionError("it was decoded"))
    with pytest.raises(ImageFileError, match=r"more than 0\.01 megapixels"):
        load_photo(write(tmp_path, make_dng(scene())), max_megapixels=0.01, raw="develop")


@pytest.mark.parametrize(
    ("error", "side_px", "told"),
    [
        (rawpy.LibRawUnsufficientMemoryError("no memory"), 4100, "Not enough memory"),
        (MemoryError(), 100, "damaged"),
        (rawpy.LibRawTooBigError("too big"), 100, "damaged"),  # that much nobody lacks: a field states it
        (rawpy.LibRawIOError("input"), 100, "damaged"),
        (rawpy.NotSupportedError("a kind of sensor"), 100, "damaged"),
    ],
)
def test_what_libraw_raises_is_told(
    tmp_path: Path, developed_here: None, monkeypatch: pytest.MonkeyPatch, error: BaseException, side_px: int, told: str
) -> None:
    fail_at_unpacking(monkeypatch, error)
    flat = np.broadcast_to(0.2, (side_px, side_px, 3))
    with pytest.raises(ImageFileError, match=told) as caught:
        load_photo(write(tmp_path, make_dng(flat)), raw="develop")
    assert caught.value.hint


def test_without_rawpy_the_command_to_install_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(development, "find_spec", lambda name: None)
    source = write(tmp_path, make_dng(scene(), 1, camera_picture(scene(), 640)))
    with pytest.raises(ImageFileError, match="rawpy is not installed") as caught:
        load_photo(source, raw="develop")
    assert "portrait[raw]" in caught.value.hint
    assert "--raw preview" in caught.value.hint
    assert load_photo(source).image.shape == (480, 640, 3)


def _crash(task: object) -> None:
    os.abort()


def _crashing_handler() -> object:
    return _crash


@pytest.mark.skipif(sys.platform == "win32", reason="a dialog of the system")
def test_a_crash_of_libraw_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(development, "_open_handler", _crashing_handler)
    with pytest.raises(ImageFileError, match="LibRaw has crashed") as caught:
        load_photo(write(tmp_path, make_dng(scene())), raw="develop")
    assert "--raw preview" in caught.value.hint


def test_a_grey_sensor_gives_a_grey_photo(tmp_path: Path, developed_here: None, gradient: RgbImage) -> None:
    levels = np.full((120, 160), (BLACK + WHITE) // 2, np.uint16)
    content = make_dng(scene(), levels=levels).replace(
        b"\x06\x01\x03\0\x01\0\0\0\x23\x80", b"\x06\x01\x03\0\x01\0\0\0\x4c\x88"
    )
    photo = load_photo(write(tmp_path, content), raw="develop")
    assert np.ptp(photo.image[60, 80].astype(int)) <= 1
    assert photo.image.shape == (120, 160, 3)
