"""What a portrait says about its making, and that it holds no pixel of the unblurred photo."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.matting.strokes import PartEdit
from portrait.core.people.people_choice import PeopleChoice
from portrait.engine import PortraitEngine
from portrait.files.background_choice import BackgroundChoice
from portrait.files.formats import SaveOptions
from portrait.files.image_io import load_photo
from portrait.files.metadata.xmp_record import NAMESPACE, read_record, with_record, without_record
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import digest
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.record import edits_of_record, lost_edits, portrait_record

IMAGE_STARTS = re.compile(
    rb"\xff\xd8\xff[\xe0-\xef\xdb\xc0]|\x89PNG\r\n|RIFF....WEBP|ftyp(?:heic|avif|mif1)|GIF8", re.DOTALL
)
PLAIN = FileOptions(quality="fast", blur=BlurOptions(f_number=1.4))


@pytest.fixture
def photo(tmp_path: Path, portrait_scene: Callable[..., tuple]) -> Path:
    """A JPEG with a thumbnail of itself in its EXIF, and a caption in its XMP."""
    image = portrait_scene(96, 128)[0]
    thumbnail, path = io.BytesIO(), tmp_path / "anna <b> & c.jpg"
    Image.fromarray(image).save(thumbnail, "JPEG")
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    block = b"Exif\0\0" + _with_thumbnail(exif.tobytes().removeprefix(b"Exif\0\0"), thumbnail.getvalue())
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" dc:title="t"/></rdf:RDF></x:xmpmeta>'
    )
    Image.fromarray(image).save(path, exif=block, xmp=xmp, quality=95)
    return path


def _with_thumbnail(tiff: bytes, thumbnail: bytes) -> bytes:
    """A TIFF block whose second directory holds a JPEG."""
    order = "little" if tiff[:2] == b"II" else "big"
    first = int.from_bytes(tiff[4:8], order)
    end = first + 2 + 12 * int.from_bytes(tiff[first : first + 2], order)
    at = len(tiff)
    entries = ((0x0201, at + 2 + 24 + 4), (0x0202, len(thumbnail)))
    rows = b"".join(
        tag.to_bytes(2, order) + (4).to_bytes(2, order) + (1).to_bytes(4, order) + value.to_bytes(4, order)
        for tag, value in entries
    )
    second = (2).to_bytes(2, order) + rows + bytes(4) + thumbnail
    return tiff[:end] + at.to_bytes(4, order) + tiff[end + 4 :] + second


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif"])
def test_a_portrait_holds_no_picture_but_itself(engine: PortraitEngine, photo: Path, suffix: str) -> None:
    """Every embedded image in any segment is searched for, and looks like the portrait, not like the photo."""
    target = photo.with_name(f"portrait{suffix}")
    make_portrait_file(engine, photo, target, PLAIN)
    content, portrait = target.read_bytes(), load_photo(target).image
    before = load_photo(photo).image
    for start in IMAGE_STARTS.finditer(content):
        if start.start() < 16:  # the file itself
            continue
        small = np.asarray(Image.open(io.BytesIO(content[start.start() :])).convert("RGB"), float)
        size = small.shape[1], small.shape[0]
        after, original = (np.asarray(Image.fromarray(one).resize(size), float) for one in (portrait, before))
        assert np.abs(small - after).mean() < 0.5 * np.abs(small - original).mean(), start
    assert content.count(b"\xff\xd8\xff") <= 2, "itself and its own thumbnail"
    assert load_photo(target).metadata.record["photo"] == photo.name


def test_the_settings_used_are_in_the_xmp_of_every_format(engine: PortraitEngine, photo: Path) -> None:
    for suffix in (".jpg", ".png", ".webp", ".tif", ".heic", ".avif"):
        target = photo.with_name(f"out{suffix}")
        make_portrait_file(engine, photo, target, PLAIN)
        metadata = load_photo(target).metadata
        assert metadata.record["blur.f_number"] == "1.4"
        assert metadata.record["photo.sha256"] == digest(photo)
        assert b"dc:title" in (metadata.xmp or b""), suffix
        assert NAMESPACE.encode() not in (metadata.xmp or b""), "a portrait of a portrait would say it twice"


def test_off_says_nothing_even_of_an_earlier_portrait(engine: PortraitEngine, photo: Path) -> None:
    first, second = photo.with_name("first.jpg"), photo.with_name("second.jpg")
    make_portrait_file(engine, photo, first, PLAIN)
    make_portrait_file(engine, first, second, replace(PLAIN, save=SaveOptions(record="off")))
    assert b"urn:portrait" in first.read_bytes()
    assert b"urn:portrait" not in second.read_bytes()
    assert photo.name.encode() not in second.read_bytes()


def test_a_record_tells_the_look_and_the_people_and_no_place(engine: PortraitEngine, photo: Path) -> None:
    options = replace(PLAIN, background=BackgroundChoice("image", "/home/anna/secret.png"), people=PeopleChoice("all"))
    record = portrait_record(engine, options, photo, PhotoEdits((PartEdit("drop", (0.5, 0.5)),), (1, 3)))
    assert not [text for text in record.values() if "/" in text]
    kept = edits_of_record(record)
    assert kept is not None
    assert kept.is_of(photo)
    assert kept.edits.people == (1, 3)
    assert "background" not in kept.look, "its file is not known"
    assert kept.look["blur.lens.focal_length_mm"] == "auto"
    assert lost_edits(record) == 1
    nobody = edits_of_record(portrait_record(engine, options, photo, PhotoEdits((), ())))
    assert nobody is not None
    assert nobody.edits.people == ()
    assert edits_of_record({"photo": "a.jpg"}) is None


def test_what_others_write_is_read_or_left(photo: Path) -> None:
    packet = with_record(None, {"a": "1 < 2 & \"'\n", "b": ""})
    assert packet is not None
    assert read_record(packet) == {"a": "1 < 2 & \"'\N{REPLACEMENT CHARACTER}", "b": ""}
    assert without_record(packet) is None
    other = b"<rdf:Description xmlns:q='%s'><q:a>1 &amp; 2</q:a></rdf:Description>" % NAMESPACE.encode()
    assert read_record(other) == {"a": "1 & 2"}
    assert with_record(b"no rdf", {"a": "1"}) == b"no rdf"
    assert with_record(packet, {"a": "1" * 70_000}) == packet, "a JPEG would lose all of it"
    with pytest.raises(ValueError, match="names"):
        with_record(None, {"a b": "1"})
    hostile = packet.replace(b'portrait:b=""', b'portrait:photo="../../etc/passwd" portrait:photo.sha256="00"')
    kept = edits_of_record(read_record(hostile))
    assert kept is not None
    assert kept.photo_name == "passwd"
