"""Every way in which a file can disappoint, each told in the user's words."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFile

from portrait.core.arrays import RgbImage
from portrait.errors import ImageFileError
from portrait.files.codecs import prepare_codecs
from portrait.files.formats import JPEG_XL, READABLE_FORMATS
from portrait.files.image_io import is_photo_path, load_photo, read_size


def refused(path: Path, **options: Any) -> ImageFileError:
    with pytest.raises(ImageFileError) as caught:
        load_photo(path, **options)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")


def test_missing(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.jpg").message


def test_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert "does not exist" in refused(tmp_path / "a.jpg" / "b.jpg").message


def test_folder(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert "is a folder" in error.message
    assert "`" not in error.hint, "the window has no commands to type"


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    assert "is empty" in refused(path).message


@pytest.mark.parametrize(
    "content", [b"this is a letter, not a photo\n" * 50, bytes(range(7, 256)) * 16, b"\xff\xd8\xff", b"%PDF-1.7\n"]
)
def test_not_an_image(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    refused(path)


def test_vector_graphics_are_not_run_through_ghostscript(tmp_path: Path) -> None:
    path = tmp_path / "a.eps"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    assert "not an image" in refused(path).message


def test_a_kind_that_is_not_supported_is_not_called_damaged_alone(tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    path.write_bytes(cv2.imencode(".tif", np.ones((4, 6, 3), np.float32))[1].tobytes())
    assert "its kind is not supported" in refused(path).message


def test_camera_raw_is_not_read_as_its_thumbnail(tmp_path: Path, gradient: RgbImage) -> None:
    path = tmp_path / "a.dng"
    Image.fromarray(gradient).save(path, format="TIFF")
    assert "camera raw" in refused(path).message, "it holds no picture of the camera"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("HEIF", {}),
        ("AVIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("GIF", {}),
        ("PPM", {}),
        ("JPEG2000", {}),
    ],
)
def test_truncated(tmp_path: Path, file_format: str, options: dict[str, Any], share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, format=file_format, **options)
    path = tmp_path / "cut.img"
    path.write_bytes(encoded.getvalue()[: int(share * len(encoded.getvalue()))])
    refused(path)


def test_damaged_in_the_middle(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    path = save_as("a.png", gradient)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)
    assert "damaged" in refused(path).message


@pytest.mark.parametrize(("width", "height"), [(14_143, 14_143), (20_000, 20_000), (1_000_000, 300), (2**31 - 1, 2)])
def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(width, height))
    error = refused(path)
    assert "more than 200 megapixels" in error.message
    assert "--max-megapixels" in error.hint
    with pytest.raises(ImageFileError, match="more than 200 megapixels"):
        read_size(path)


def test_limit_is_a_parameter_and_leaves_no_trace_in_pillow(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    path = save_as("a.png", gradient)  # 48 × 64 pixels
    assert "more than 0.003 megapixels" in refused(path, max_megapixels=0.003).message
    assert load_photo(path, max_megapixels=48 * 64 / 1e6).image.shape == (48, 64, 3)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_photo_above_pillows_own_limit_is_read_without_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # as if 48 × 64 were beyond it
    monkeypatch.setattr("portrait.files.decoding._PILLOW_LIMIT_PX", 1000)
    path = tmp_path / "a.tif"
    Image.new("RGB", (64, 48), "red").save(path, compression="tiff_lzw")
    assert load_photo(path).image.shape == (48, 64, 3)


def test_no_permission(save_as: Callable[..., Path], gradient: RgbImage, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_as("a.png", gradient)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "No permission to read" in refused(path).message


@pytest.mark.parametrize(("side_px", "reason"), [(5000, "Not enough memory"), (50, "damaged")])
def test_no_memory(save_as: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, side_px: int, reason: str) -> None:
    path = save_as("a.png", Image.new("1", (side_px, side_px)))

    def fail(self: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    assert reason in refused(path).message, "what is small lacks no memory: its header lies"


def test_lie_in_a_header_is_no_lack_of_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jp2"
    boxes = b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s4sI4s", 20, b"ftyp", b"jp2 ", 0, b"jp2 ")
    path.write_bytes(boxes + struct.pack(">I4sQ", 1, b"jp2h", 2**60))
    assert "damaged" in refused(path).message


def test_avif_beyond_what_is_read_is_told_its_limit(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    path = save_as("a.avif", gradient)
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack(">II", 64, 48), struct.pack(">II", 17_000, 17_000)))
    for limit in (200.0, 1000.0):
        message = refused(path, max_megapixels=limit).message
        assert "17000 × 17000" in message
        assert "16384 × 16384" in message


@pytest.mark.parametrize("head", [b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"])
def test_jpeg_xl_without_its_plugin_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    for module in ("decoding", "refusals"):
        monkeypatch.setattr(f"portrait.files.{module}.prepare_codecs", lambda: READABLE_FORMATS)
    path = tmp_path / "a.jxl"
    path.write_bytes(head + bytes(range(100)))
    error = refused(path)
    assert "JPEG XL" in error.message
    assert "pillow-jxl-plugin" in error.hint
    assert is_photo_path(path), "a batch names it too"


def test_jpeg_xl_is_read_where_its_plugin_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Image.OPEN, JPEG_XL, (JpegXl, lambda prefix: prefix.startswith(b"\xff\x0a")))
    monkeypatch.setattr("portrait.files.codecs.find_spec", lambda name: object())
    imported: list[str] = []
    monkeypatch.setattr("portrait.files.codecs.import_module", imported.append)
    prepare_codecs.cache_clear()
    path = tmp_path / "a.jxl"
    path.write_bytes(b"\xff\x0a" + bytes(6))
    try:
        assert load_photo(path).image.shape == (1, 2, 3)
    finally:
        prepare_codecs.cache_clear()
    assert imported == ["pillow_jxl"]


class JpegXl(ImageFile.ImageFile):
    """Stands for the plug-in: a picture of 2 × 1 pixels."""

    format = JPEG_XL

    def _open(self) -> None:
        self._size, self._mode = (2, 1), "RGB"
        self.tile = [ImageFile._Tile("raw", (0, 0, 2, 1), 2, "RGB")]
