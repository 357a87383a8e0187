"""TIFF files in fax compression, which libtiff decodes to wrong rows without an error that Pillow would see."""

import ctypes
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, TiffImagePlugin, _imaging

from portrait.errors import ImageFileError
from portrait.files.image_io import load_photo
from portrait.files.libtiff import fax_errors

COMPRESSIONS: dict[str, dict[str, Any]] = {
    "group 3": {"compression": "group3"},
    "group 3, two-dimensional": {"compression": "group3", "tiffinfo": {292: 1}},
    "group 4": {"compression": "group4"},
    "without line ends": {"compression": "tiff_ccitt"},
}

needs_handler = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(_imaging.__file__), "TIFFSetErrorHandler"),
    reason="libtiff is linked into Pillow",
)


def drawn() -> Image.Image:
    picture = Image.new("1", (200, 150), 1)
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        draw.ellipse((10 * step, 8 * step, 10 * step + 60, 8 * step + 40), outline=0)
    return picture


def encoded(name: str) -> bytes:
    buffer = io.BytesIO()
    drawn().save(buffer, "TIFF", **COMPRESSIONS[name])
    return buffer.getvalue()


def damaged(content: bytes) -> bytes:
    """Ones instead of some bytes amid the first strip, which no code word begins with so many of."""
    with Image.open(io.BytesIO(content)) as picture:
        assert isinstance(picture, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = picture.tag_v2[273], picture.tag_v2[279]
    middle = start + length // 2
    return content[:middle] + b"\xff" * 20 + content[middle + 20 :]


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_whole_file_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(encoded(name))
    photo = load_photo(path)
    assert photo.warnings == ()
    np.testing.assert_array_equal(photo.image[..., 1] > 0, np.asarray(drawn()))


@needs_handler
@pytest.mark.parametrize("name", ["group 3, two-dimensional", "group 4", "without line ends"])
def test_bad_code_words_are_damage(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(damaged(encoded(name)))
    with pytest.raises(ImageFileError, match=r"damaged or incomplete \(fax compression: Bad code word"):
        load_photo(path)
    assert capfd.readouterr() == ("", "")


@needs_handler
def test_an_error_is_told_to_the_thread_that_decodes(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(damaged(encoded("group 4")))
    refused: list[ImageFileError] = []

    def load() -> None:
        try:
            load_photo(path)
        except ImageFileError as error:
            refused.append(error)

    with fax_errors() as errors:
        thread = threading.Thread(target=load)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert errors == []
