import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.errors import ImageFileError
from portrait.files.thumbnail import thumbnail_jpeg


def test_a_thumbnail_is_small_and_upright(tmp_path: Path, write_photo: Callable[..., Path]) -> None:
    exif = Image.Exif()
    exif[274] = 6
    path = write_photo(tmp_path / "a.jpg", 90, 120, exif=exif)
    with Image.open(io.BytesIO(thumbnail_jpeg(path, 60))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (45, 60))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (40, 40), 0).save(tmp_path / "a.png")
    with Image.open(io.BytesIO(thumbnail_jpeg(tmp_path / "a.png", 20))) as picture:
        assert np.asarray(picture).min() > 250


def test_what_is_no_image_raises(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no image")
    with pytest.raises(ImageFileError):
        thumbnail_jpeg(tmp_path / "a.jpg", 20)


def test_lack_of_memory_is_told(tmp_path: Path, write_photo: Callable[..., Path], monkeypatch) -> None:
    def lack(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("portrait.files.thumbnail.downsample_to_long_side", lack)
    with pytest.raises(ImageFileError):
        thumbnail_jpeg(write_photo(tmp_path / "a.png"), 20)


def test_a_jpeg_decoded_small_looks_as_one_decoded_whole(tmp_path: Path, gradient, monkeypatch) -> None:
    Image.fromarray(gradient).resize((640, 480)).save(tmp_path / "a.jpg", quality=95)
    small = thumbnail_jpeg(tmp_path / "a.jpg", 80)
    monkeypatch.setattr("portrait.files.thumbnail._load_reduced_jpeg", lambda *_: None)
    whole = thumbnail_jpeg(tmp_path / "a.jpg", 80)
    first, second = (np.asarray(Image.open(io.BytesIO(data)), np.int16) for data in (small, whole))
    assert first.shape == second.shape
    assert np.abs(first - second).mean() < 4.0
