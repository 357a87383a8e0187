"""PNG files with more text or a larger colour profile than Pillow reads."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from portrait.core.arrays import RgbImage
from portrait.files.containers.png_limits import slim_png
from portrait.files.image_io import load_photo, save_photo

SaveAs = Callable[..., Path]

LARGE = b'{"node": 1},' * 110_000
_HEADER_BYTES = 33


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunks(path: Path, *chunks: bytes, at: int = _HEADER_BYTES) -> Path:
    """Put chunks behind the header, or elsewhere."""
    content = path.read_bytes()
    path.write_bytes(content[:at] + b"".join(chunks) + content[at:])
    return path


def large_profile(profile: bytes, size: int) -> bytes:
    """The same profile with bytes behind its tags."""
    return struct.pack(">I", size) + profile[4:] + bytes(size - len(profile))


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(LARGE)),
        chunk(b"iTXt", b"workflow\0\1\0en\0Ablauf\0" + zlib.compress(LARGE)),
    ],
)
@pytest.mark.parametrize("at", [_HEADER_BYTES, -12])
def test_large_text_is_left_out(save_as: SaveAs, gradient: RgbImage, text: bytes, at: int) -> None:
    path = with_chunks(save_as("a.png", gradient), text, chunk(b"tEXt", b"Title\0Tor"), at=at)
    photo = load_photo(path)
    np.testing.assert_array_equal(photo.image, gradient)
    assert photo.warnings == ("texts in the file are too large and were left out",)


def test_many_texts_are_left_out_from_where_they_are_too_many(
    save_as: SaveAs, gradient: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_MEMORY", 1000)
    path = with_chunks(save_as("a.png", gradient), *(chunk(b"tEXt", b"Comment\0" + b"x" * 300) for _ in range(5)))
    assert "texts" in load_photo(path).warnings[0]


def test_usual_texts_are_not_touched(save_as: SaveAs, gradient: RgbImage) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>title</x:xmpmeta>", zip=True)
    texts.add_text("Title", "Tor", zip=True)
    photo = load_photo(save_as("a.png", gradient, pnginfo=texts))
    assert photo.metadata.xmp == b"<x:xmpmeta>title</x:xmpmeta>"
    assert photo.warnings == ()


@pytest.mark.parametrize("name", ["b.png", "b.jpg"])
def test_large_profile_is_kept_and_written(
    save_as: SaveAs, gradient: RgbImage, srgb_profile: bytes, tmp_path: Path, name: str
) -> None:
    profile = large_profile(srgb_profile, 1_200_000)
    path = with_chunks(save_as("a.png", gradient), chunk(b"iCCP", b"large\0\0" + zlib.compress(profile)))
    photo = load_photo(path)
    assert photo.metadata.icc_profile == profile
    assert photo.warnings == ()
    save_photo(tmp_path / name, photo.image, photo.metadata)
    assert load_photo(tmp_path / name).metadata.icc_profile == profile


def test_profile_that_is_a_bomb_is_dropped(save_as: SaveAs, gradient: RgbImage) -> None:
    path = with_chunks(save_as("a.png", gradient), chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(20_000_000))))
    photo = load_photo(path)
    assert photo.metadata.icc_profile is None
    assert photo.warnings == ("the colour profile is too large and was dropped",)


def test_pillows_limits_are_left_as_they_are(save_as: SaveAs, gradient: RgbImage) -> None:
    limits = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    load_photo(with_chunks(save_as("a.png", gradient), chunk(b"zTXt", b"a\0\0" + zlib.compress(LARGE))))
    assert limits == (PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)
    with Image.open(save_as("b.png", gradient)) as picture:
        assert picture.size == (64, 48)


def test_no_memory_is_taken_for_what_a_chunk_only_says_to_have() -> None:
    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            self.most = max(self.most, size or 0)
            return super().read(size)

    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 13, b"IHDR") + bytes(13 + 4)
    file = Watched(start + struct.pack(">I4s", 0x7FFFFFFF, b"tEXt") + b"Title\0short")
    slim_png(file)
    assert file.most < 1000
