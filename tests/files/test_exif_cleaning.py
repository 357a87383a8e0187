"""What is cut out of sound and damaged EXIF blocks, and what never is."""

import io
import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from portrait.files.metadata import exif as exif_block
from portrait.files.metadata import exif_cleaning
from portrait.files.metadata.exif_cleaning import EXIF_HEADER, CleanExif, clean

Tag = tuple[int, int, int, bytes]
EXIF, GPS_INFO, ORIENTATION, MAKE, COPYRIGHT, MAKER_NOTE = 0x8769, 0x8825, 0x0112, 0x010F, 0x8298, 0x927C
ASCII, SHORT, LONG, UNDEFINED = 2, 3, 4, 7


def parse(block: bytes | None) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block or b"")
    return exif


def text(tag: int, content: str) -> Tag:
    encoded = content.encode() + b"\0"
    return tag, ASCII, len(encoded), encoded


def directory(order: str, start: int, tags: Sequence[Tag], following: int = 0) -> bytes:
    at, entries, values = start + 2 + 12 * len(tags) + 4, b"", b""
    for tag, kind, count, content in tags:
        place = content.ljust(4, b"\0") if len(content) <= 4 else struct.pack(order + "I", at + len(values))
        entries += struct.pack(order + "HHI", tag, kind, count) + place
        values += b"" if len(content) <= 4 else content + bytes(len(content) % 2)
    return struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", following) + values


def jpeg(side_px: int = 16) -> bytes:
    noise = np.random.default_rng(5).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, "JPEG", quality=30)
    return encoded.getvalue()


def camera_block(order: str = ">", thumbnail: bytes = b"", maker_note: bytes = b"maker note") -> bytes:
    """Orientation, make and copyright, camera settings with a maker note, GPS, and a thumbnail, in this order."""

    def number(tag: int, kind: int, value: int) -> Tag:
        return tag, kind, 1, struct.pack(order + ("H" if kind == SHORT else "I"), value)

    def first(settings_at: int, gps_at: int, following: int) -> bytes:
        tags = [text(MAKE, "Kamera"), number(ORIENTATION, SHORT, 6), text(COPYRIGHT, "© Büro")]
        tags += [number(EXIF, LONG, settings_at), number(GPS_INFO, LONG, gps_at)]
        return directory(order, 8, tags, following)

    settings_at = 8 + len(first(0, 0, 0))
    note = (MAKER_NOTE, UNDEFINED, len(maker_note), maker_note)
    settings = directory(order, settings_at, [text(0x9003, "2024:05:06 07:08:09"), note])
    gps_at = settings_at + len(settings)
    gps = directory(order, gps_at, [text(1, "N"), (2, 5, 3, struct.pack(order + "6I", 52, 1, 31, 1, 12, 1))])
    thumbnail_at = gps_at + len(gps)
    tags = [
        number(0x0103, SHORT, 6),
        number(0x0201, LONG, thumbnail_at + 2 + 36 + 4),
        number(0x0202, LONG, len(thumbnail)),
    ]
    last = directory(order, thumbnail_at, tags) + thumbnail if thumbnail else b""
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return EXIF_HEADER + header + first(settings_at, gps_at, thumbnail_at if thumbnail else 0) + settings + gps + last


def clean_or_none(block: bytes) -> CleanExif | None:
    try:
        return clean(block)
    except ValueError:
        return None


def require_safe(block: bytes, secret: bytes = b"") -> None:
    """Whatever the damage: no orientation, no thumbnail, and sound enough for all that follows."""
    cleaned = clean_or_none(block)
    if cleaned is None or cleaned.exif is None:
        return
    kept = cleaned.exif
    assert exif_block.read_orientation(kept) is None
    assert not any(secret[start : start + 16] in kept for start in range(0, max(0, len(secret) - 16)))
    again = clean(kept)
    assert (again.exif, again.broken, again.has_thumbnail) == (kept, (), False)
    exif_block.focal_length_35mm(kept)
    sized = exif_block.set_resolution(exif_block.set_size(kept, 10, 10), (300.0, 300.0))
    assert exif_block.add_thumbnail(sized, b"new").endswith(b"new")


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_and_thumbnail_go_and_all_else_keeps_its_place(order: str) -> None:
    block = camera_block(order, jpeg())
    cleaned = clean(block)
    assert cleaned.has_thumbnail
    assert cleaned.broken == ()
    exif = parse(cleaned.exif)
    assert Base.Orientation not in exif
    assert exif.get_ifd(IFD.IFD1) == {}
    assert exif[Base.Make] == "Kamera"
    assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "2024:05:06 07:08:09"
    assert exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] == (52.0, 31.0, 12.0)
    for content in ("© Büro".encode(), b"maker note", b"2024:05"):
        assert (cleaned.exif or b"").index(content) == block.index(content)


def test_block_of_another_program_is_kept_as_it_reads(camera_exif: Callable[..., bytes]) -> None:
    block = camera_exif()
    cleaned = clean(block)
    assert not cleaned.has_thumbnail
    assert block.startswith((cleaned.exif or b"none").rstrip(b"\0"))


def change_entry(block: bytes, tag: int, code: str, *values: int, at: int = 2) -> bytes:
    """Other bytes in the entry of a tag; the block is big-endian."""
    changed = bytearray(block)
    entry = block.index(struct.pack(">H", tag) + b"\0", len(EXIF_HEADER) + 8)
    struct.pack_into(">" + code, changed, entry + at, *values)
    return bytes(changed)


@pytest.mark.parametrize(
    ("tag", "code", "values", "at", "name", "lost"),
    [
        (EXIF, "HI", (ASCII, 4), 2, "the camera settings", [EXIF]),
        (EXIF, "I", (0xABCDEF,), 8, "the camera settings", [EXIF]),
        (EXIF, "I", (8,), 8, "the camera settings", [EXIF]),
        (GPS_INFO, "I", (0,), 8, "GPS", [GPS_INFO]),
        (COPYRIGHT, "I", (0xFFFFFF,), 8, "Copyright", [COPYRIGHT]),
        (COPYRIGHT, "I", (0x7FFFFFFF,), 4, "Copyright", [COPYRIGHT]),
        (COPYRIGHT, "H", (99,), 2, "Copyright", [COPYRIGHT]),
        (COPYRIGHT, "I", (10,), 8, "Copyright", [COPYRIGHT]),  # over the first directory
        (MAKE, "I", (2,), 8, "Make", [MAKE]),  # over the header
    ],
)
def test_only_the_broken_branch_goes_and_is_named(
    tag: int, code: str, values: tuple[int, ...], at: int, name: str, lost: list[int]
) -> None:
    cleaned = clean(change_entry(camera_block(), tag, code, *values, at=at))
    assert cleaned.broken == (name,)
    assert {MAKE, COPYRIGHT, EXIF, GPS_INFO} - set(parse(cleaned.exif)) == set(lost)


def test_value_in_a_branch_goes_alone() -> None:
    cleaned = clean(change_entry(camera_block(), 0x9003, "I", 0xFFFFFF, at=8))
    assert cleaned.broken == ("DateTimeOriginal",)
    assert set(parse(cleaned.exif).get_ifd(IFD.Exif)) == {MAKER_NOTE}


def test_way_to_the_thumbnail_is_broken_and_its_pixels_go_all_the_same() -> None:
    picture = jpeg()
    block = bytearray(camera_block(thumbnail=picture))
    link = len(EXIF_HEADER) + 8 + 2 + 5 * 12
    for following in (0xABCDEF, 8, 3, len(block) - 40):
        struct.pack_into(">I", block, link, following)
        cleaned = clean(bytes(block))
        assert cleaned.broken[0] == "the thumbnail"
        assert parse(cleaned.exif)[Base.Make] == "Kamera"
        assert picture[-32:] not in (cleaned.exif or b"")


def test_value_that_reaches_into_the_thumbnail_goes() -> None:
    picture = jpeg()
    block = camera_block(thumbnail=picture)
    inside = len(block) - len(EXIF_HEADER) - 40
    cleaned = clean(change_entry(block, COPYRIGHT, "II", 30, inside, at=4))
    assert cleaned.broken == ("Copyright",)
    assert picture[-40:-10] not in (cleaned.exif or b"")


def test_uncompressed_thumbnail_goes() -> None:
    pixels = bytes(range(200))
    block = camera_block(thumbnail=pixels)
    for old, new in ((0x0201, 0x0111), (0x0202, 0x0117)):
        block = block.replace(struct.pack(">HHI", old, LONG, 1), struct.pack(">HHI", new, LONG, 1))
    inside = len(block) - len(EXIF_HEADER) - 100
    cleaned = clean(change_entry(block, COPYRIGHT, "II", 30, inside, at=4))
    assert cleaned.broken == ("Copyright",)
    assert pixels[110:130] not in (cleaned.exif or b"")


@pytest.mark.parametrize("first_byte", [b"\xff", b"\x02"], ids=["whole", "first byte changed"])
@pytest.mark.parametrize("is_cut", [False, True])
def test_previews_in_maker_notes_go_and_the_rest_of_the_note_stays(first_byte: bytes, is_cut: bool) -> None:
    preview = first_byte + jpeg()[1:]
    note = b"settings" + (preview[:-30] if is_cut else preview + b"more settings, no \xff\xd8 picture")
    cleaned = clean(camera_block(maker_note=note))
    kept = parse(cleaned.exif).get_ifd(IFD.Exif)[MAKER_NOTE]
    assert len(kept) == len(note)
    assert kept.startswith(b"settings")
    assert is_cut or kept.endswith(b"more settings, no \xff\xd8 picture")
    assert preview[200:220] not in kept


@pytest.mark.parametrize("tag", [0x0111, 0x014A, 0x0201, 0x02BC, 0x83BB, 0x8649, 0x8773, 0x935C, 0xC634])
def test_what_holds_another_picture_or_is_carried_on_its_own_goes(tag: int) -> None:
    secret = b"unblurred" * 5
    tags = [text(MAKE, "Kamera"), (tag, UNDEFINED, len(secret), secret)]
    cleaned = clean(EXIF_HEADER + b"MM\0*\0\0\0\x08" + directory(">", 8, tags))
    assert secret[:9] not in (cleaned.exif or b"")
    assert list(parse(cleaned.exif)) == [MAKE]


@pytest.mark.parametrize("copies", [2, 5])
def test_orientation_stated_more_than_once_goes_everywhere(copies: int) -> None:
    tags = [text(MAKE, "Kamera"), *[(ORIENTATION, SHORT, 1, b"\0\x06")] * copies]
    cleaned = clean(EXIF_HEADER + b"MM\0*\0\0\0\x08" + directory(">", 8, tags))
    assert list(parse(cleaned.exif)) == [MAKE]


@pytest.mark.parametrize(
    "block", [b"", EXIF_HEADER, b"Exif\0\0nonsense", b"II*\0", b"MM\0+\0\0\0\x08", b"MM\0*\xff\xff\xff\xff\0\0"]
)
def test_no_block_at_all(block: bytes) -> None:
    with pytest.raises(ValueError, match="EXIF"):
        clean(block)


def test_nothing_left_is_no_block() -> None:
    assert (
        clean(EXIF_HEADER + b"MM\0*\0\0\0\x08" + directory(">", 8, [(ORIENTATION, SHORT, 1, b"\0\x06")])).exif is None
    )


def test_many_values_over_one_another_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    monkeypatch.setattr(exif_cleaning, "_end_of_jpeg", lambda _content, _segment, end: searched.append(end) or end)
    tags = [(0xC000 + index, UNDEFINED, 4000 + index, b"") for index in range(300)]
    table = b"".join(struct.pack(">HHII", tag, kind, count, 3700) for tag, kind, count, _ in tags)
    block = EXIF_HEADER + b"MM\0*\0\0\0\x08" + struct.pack(">H", 300) + table + bytes(200) + jpeg() + bytes(9000)
    assert clean(block).exif is not None
    assert len(searched) == 1


@pytest.mark.slow
@pytest.mark.parametrize("order", ["<", ">"])
def test_cut_at_every_byte(order: str) -> None:
    picture = jpeg()
    block = camera_block(order, picture)
    for length in range(len(block)):
        require_safe(block[:length], picture[20:])
    half = clean(block[: len(block) - len(picture)])
    assert parse(half.exif)[Base.Make] == "Kamera"


@pytest.mark.slow
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_bit_outside_of_the_thumbnail_turned(order: str) -> None:
    picture = jpeg()
    block = camera_block(order, picture)
    for position in range(len(block) - len(picture)):
        for mask in (1, 2, 4, 8, 16, 32, 64, 128, 255):
            changed = bytearray(block)
            changed[position] ^= mask
            require_safe(bytes(changed), picture[20:])


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12), st.integers(0, 10_000), st.binary()
)
def test_any_damage(changes: list[tuple[int, int]], length: int, noise: bytes) -> None:
    block = bytearray(camera_block("<", jpeg()))
    for position, value in changes:
        block[position % len(block)] = value
    require_safe(bytes(block[: length + 1]))
    require_safe(b"MM\0*\0\0\0\x08" + noise)
