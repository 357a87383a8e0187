from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.png_text import read_texts

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title>x</dc:title></x:xmpmeta>"


def save(save_as: Callable[..., Path], image: RgbImage, **texts: str) -> Path:
    chunks = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        chunks.add_text(key.replace("_", " "), text, zip=True)
    return save_as("a.png", image, pnginfo=chunks)


def profile(content: bytes) -> str:
    return f"\nx\n  {len(content)}\n{content.hex()}\n"


def test_profiles_named_app1_are_told_apart_by_their_headers(
    save_as: Callable[..., Path], gradient: RgbImage, camera_exif: Callable[..., bytes]
) -> None:
    exif = camera_exif(orientation=6)
    path = save(save_as, gradient, Raw_profile_type_APP1=profile(exif))
    photo = load_photo(path)
    assert b"Kamera" in (photo.metadata.exif or b"")
    assert photo.metadata.xmp is None
    assert photo.image.shape == (64, 48, 3), "turned upright"
    xmp = load_photo(save(save_as, gradient, Raw_profile_type_APP1=profile(b"http://ns.adobe.com/xap/1.0/\0" + XMP)))
    assert xmp.metadata.xmp == XMP
    assert xmp.metadata.exif is None


def test_raw_xmp_is_cut_like_every_other(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    packet = XMP.replace(b"<dc:", b"<tiff:Orientation>8</tiff:Orientation><GImage:Data>secret</GImage:Data><dc:", 1)
    photo = load_photo(save(save_as, gradient, Raw_profile_type_xmp=profile(packet)))
    assert photo.metadata.xmp == XMP
    assert photo.image.shape == (64, 48, 3)


@pytest.mark.parametrize("kind", ["exif", "xmp", "iptc"])
@pytest.mark.parametrize("text", ["nonsense", "\nx\n  9\nabc", "\nx\n  y\n41"])
def test_damaged_profiles_are_told(save_as: Callable[..., Path], gradient: RgbImage, kind: str, text: str) -> None:
    path = save(save_as, gradient, **{f"Raw_profile_type_{kind}": text})
    warnings = load_photo(path).warnings
    assert len(warnings) == 1
    assert kind.upper() in warnings[0]


def test_text_that_may_hold_the_picture_as_it_was_is_left_out_and_told(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path
) -> None:
    secret = "iVBORw0KGgo/" * 100
    path = save(save_as, gradient, workflow=f'{{"image": "{secret}"}}', prompt="a cat, " * 1000, Comment=secret)
    photo = load_photo(path)
    assert photo.metadata.texts == (("prompt", "a cat, " * 1000),)
    assert photo.metadata.comments == ()
    assert "workflow, Comment" in photo.warnings[0]
    jpeg = load_photo(save_as("a.jpg", gradient, comment=secret.encode()))
    assert jpeg.metadata.comments == ()
    assert "Comment" in jpeg.warnings[0]


def test_language_of_a_text_stays(save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path) -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Title", "Straße", "de", "Titel")
    photo = load_photo(save_as("a.png", gradient, pnginfo=chunks))
    save_photo(tmp_path / "b.png", np.asarray(photo.image), photo.metadata)
    with Image.open(tmp_path / "b.png") as picture:
        picture.load()
        text = picture.text["Title"]
    assert (text, text.lang, text.tkey) == ("Straße", "de", "Titel")


def test_comment_of_unknown_encoding_reads_in_png(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path
) -> None:
    photo = load_photo(save_as("a.jpg", gradient, comment="Grüße".encode("latin-1")))
    save_photo(tmp_path / "b.jpg", np.asarray(photo.image), photo.metadata)
    save_photo(tmp_path / "b.png", np.asarray(photo.image), photo.metadata)
    assert load_photo(tmp_path / "b.jpg").metadata.comments == ("Grüße".encode("latin-1"),)
    assert load_photo(tmp_path / "b.png").metadata.comments == ("Grüße".encode(),)


def repeated(save_as: Callable[..., Path], image: RgbImage) -> Path:
    """Comments and a title more than once, as all three kinds of chunk."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Comment", "the first")
    chunks.add_text("Title", "Straße", zip=True)
    chunks.add_text("Comment", "the second", zip=True)
    chunks.add_itxt("Title", "Street", "en", "Title")
    chunks.add_text("Comment", "白い壁")
    return save_as("a.png", image, pnginfo=chunks)


def texts_of(path: Path) -> list[tuple[str, str]]:
    """Out of the chunks, without Pillow's dictionary."""
    with path.open("rb") as file:
        return read_texts(file, [])


def test_texts_of_one_keyword_all_stay_in_png(save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path) -> None:
    photo = load_photo(repeated(save_as, gradient))
    assert photo.warnings == ()
    assert save_photo(tmp_path / "b.png", np.asarray(photo.image), photo.metadata) == ()
    expected = [("Comment", "the first"), ("Comment", "the second"), ("Comment", "白い壁")]
    assert texts_of(tmp_path / "b.png") == [*expected, ("Title", "Straße"), ("Title", "Street")]
    content = (tmp_path / "b.png").read_bytes()
    assert content.count(b"tEXtComment\0") == 2
    assert content.count(b"iTXtComment\0") == 1
    assert b"iTXtTitle\0\0\0en\0Title\0Street" in content


def test_comments_all_stay_in_jpeg_and_other_texts_are_told_once(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path
) -> None:
    photo = load_photo(repeated(save_as, gradient))
    (lost,) = save_photo(tmp_path / "b.jpg", np.asarray(photo.image), photo.metadata)
    assert lost.endswith("the texts of a PNG file (Title): left out")
    again = load_photo(tmp_path / "b.jpg")
    assert again.metadata.comments == (b"the first", b"the second", "白い壁".encode())
    save_photo(tmp_path / "c.jpg", np.asarray(again.image), again.metadata)
    assert load_photo(tmp_path / "c.jpg").metadata.comments == again.metadata.comments
    lost = save_photo(tmp_path / "b.webp", np.asarray(photo.image), photo.metadata)
    assert lost[0] == "WebP has no place for 3 comments: left out"


def test_of_texts_of_one_keyword_only_the_doubtful_one_goes(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    chunks = PngImagePlugin.PngInfo()
    for text in ("before", "iVBORw0KGgo/" * 100, "behind"):
        chunks.add_text("Comment", text)
        chunks.add_text("parameters", text)
    photo = load_photo(save_as("a.png", gradient, pnginfo=chunks))
    assert photo.metadata.comments == (b"before", b"behind")
    assert photo.metadata.texts == (("parameters", "before"), ("parameters", "behind"))
    assert len(photo.warnings) == 1
    assert photo.warnings[0].endswith(": parameters, Comment")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"zTXt", b"Title\0\0no stream"),
        (b"iTXt", b"Title\0\1\0\0\0no stream"),
        (b"iTXt", b"Title\0\0\0\0\0\xff\xfe"),
        (b"iTXt", b"Title\0\0\0"),
    ],
)
def test_a_damaged_text_is_told_by_its_keyword(
    save_as: Callable[..., Path], gradient: RgbImage, name: bytes, content: bytes
) -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add(name, content)
    chunks.add_text("Author", "Anna")
    photo = load_photo(save_as("a.png", gradient, pnginfo=chunks))
    assert photo.metadata.texts == (("Author", "Anna"),)
    assert photo.warnings == ("texts that are damaged could not be kept: Title",)
