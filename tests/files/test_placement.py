"""Crop, turn and mirror that the boxes of HEIC and AVIF files ask for."""

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from portrait.core.arrays import RgbImage
from portrait.errors import ImageFileError
from portrait.files.containers.boxes import read_box, read_items, split_boxes
from portrait.files.depth.depth_map_file import load_depth
from portrait.files.image_io import load_photo
from portrait.files.matte_io import load_matte

Property = tuple[bytes, bytes]
CROP_SIZE, CROP_RIGHT_BY, CROP_DOWN_BY = (24, 32), 8, -4
DEPTH_TYPE = b"urn:mpeg:hevc:2015:auxid:2\0"


def clap(width: int, height: int, right_by: int, down_by: int, below: int = 1) -> Property:
    return b"clap", struct.pack(">IIIIiIiI", width, 1, height, below, right_by, below, down_by, below)


STEPS = {
    "clap": clap(CROP_SIZE[1], CROP_SIZE[0], CROP_RIGHT_BY, CROP_DOWN_BY),
    "irot": (b"irot", b"\1"),
    "imir 0": (b"imir", b"\0"),
    "imir 1": (b"imir", b"\1"),
}
COMBINATIONS = [
    [], ["clap"], ["irot"], ["imir 0"], ["imir 1"], ["clap", "irot", "imir 0"], ["clap", "irot", "imir 1"],
    ["irot", "imir 0"], ["irot", "clap"], ["imir 0", "irot"],
]  # fmt: skip


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def with_properties(content: bytes, item: int, properties: list[Property], references: bytes = b"") -> bytes:
    """The file with these properties added, in this order, to one of its items, and these references."""
    parts = list(split_boxes(content))
    meta = dict(parts)[b"meta"]

    held_boxes = list(split_boxes(meta[4:]))
    if b"iref" not in dict(held_boxes) and references:
        held_boxes.append((b"iref", bytes(4)))

    def build(shift: int) -> bytes:
        changed = {
            b"iprp": lambda held: _add_properties(held, item, properties),
            b"iloc": lambda held: _shift(held, shift),
            b"iref": lambda held: held + references,
        }
        boxes = [box(kind, changed.get(kind, bytes)(held)) for kind, held in held_boxes]
        return box(b"meta", meta[:4] + b"".join(boxes))

    grown = len(build(0)) - len(meta) - 8
    return b"".join(build(grown) if kind == b"meta" else box(kind, held) for kind, held in parts)


def _add_properties(iprp: bytes, item: int, properties: list[Property]) -> bytes:
    parts = dict(split_boxes(iprp))
    first = len(list(split_boxes(parts[b"ipco"]))) + 1
    ipma = parts[b"ipma"]
    assert not ipma[0]
    assert not ipma[3] & 1
    result, at = ipma[:8], 8
    for _ in range(int.from_bytes(ipma[4:8])):
        number, count = struct.unpack_from(">HB", ipma, at)
        indices = ipma[at + 3 : at + 3 + count]
        at += 3 + count
        if number == item:
            indices += bytes(0x80 | (first + place) for place in range(len(properties)))
        result += struct.pack(">HB", number, len(indices)) + indices
    added = b"".join(box(*each) for each in properties)
    return box(b"ipco", parts[b"ipco"] + added) + box(b"ipma", result)


def _shift(iloc: bytes, shift: int) -> bytes:
    """Offsets of version 0 or 1 with no base, moved (ISO/IEC 14496-12, 8.11.3)."""
    changed, version = bytearray(iloc), iloc[0]
    offset_bytes, length_bytes, base_bytes = iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4
    assert version in (0, 1)
    at = 8
    for _ in range(int.from_bytes(iloc[6:8])):
        method = iloc[at + 3] & 15 if version else 0
        at += (6 if version else 4) + base_bytes
        extents = int.from_bytes(iloc[at : at + 2])
        at += 2
        for _ in range(extents):
            if method == 0:
                moved = int.from_bytes(iloc[at : at + offset_bytes]) + shift
                changed[at : at + offset_bytes] = moved.to_bytes(offset_bytes)
            at += offset_bytes + length_bytes
    return bytes(changed)


def encoded(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    finest = {"quality": 100, "subsampling": "4:4:4"} if file_format == "AVIF" else {"quality": -1, "chroma": 444}
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **finest, **options)
    return buffer.getvalue()


def shown(array: NDArray[Any], steps: list[str]) -> NDArray[Any]:
    for step in steps:
        if step == "clap":
            top = (array.shape[0] - CROP_SIZE[0]) // 2 + CROP_DOWN_BY
            left = (array.shape[1] - CROP_SIZE[1]) // 2 + CROP_RIGHT_BY
            array = array[top : top + CROP_SIZE[0], left : left + CROP_SIZE[1]]
        else:
            array = {"irot": np.rot90, "imir 0": np.flipud, "imir 1": np.fliplr}[step](array)
    return array


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_file(picture: Image.Image, file_format: str, properties: list[Property], **options: Any) -> Path:
        path = tmp_path / f"a.{'avif' if file_format == 'AVIF' else 'heic'}"
        path.write_bytes(with_properties(encoded(picture, file_format, **options), 1, properties))
        return path

    return write_file


@pytest.mark.parametrize("steps", COMBINATIONS, ids=" ".join)
@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_crop_turn_and_mirror_are_applied_in_their_order(
    write: Callable[..., Path], gradient: RgbImage, file_format: str, steps: list[str]
) -> None:
    photo = load_photo(write(Image.fromarray(gradient), file_format, [STEPS[step] for step in steps]))
    expected = shown(gradient, steps)
    assert photo.image.shape == expected.shape
    assert np.abs(photo.image.astype(int) - expected).mean() < 2.0
    assert photo.warnings == ()


def test_transparency_follows(write: Callable[..., Path], gradient: RgbImage) -> None:
    alpha = np.where(np.arange(64) < 40, 255, 0).astype(np.uint8) * np.ones((48, 1), np.uint8)
    steps = ["clap", "irot"]
    path = write(Image.fromarray(np.dstack([gradient, alpha])), "AVIF", [STEPS[step] for step in steps])
    transparency = load_photo(path).metadata.transparency
    assert transparency is not None
    assert np.abs(transparency.astype(int) - shown(alpha, steps)).mean() < 2.0


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_the_orientation_in_exif_turns_nothing_twice(
    write: Callable[..., Path], gradient: RgbImage, file_format: str
) -> None:
    """The encoders write the orientation 6 as a box; here it stands in the EXIF block beside the box."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    content = encoded(Image.fromarray(gradient), file_format, exif=_with_two_bytes_of(exif))
    path = write(Image.fromarray(gradient), file_format, [])
    path.write_bytes(content.replace(b"\x12\x01\x03\x00\x01\x00\x00\x00\x01", b"\x12\x01\x03\x00\x01\x00\x00\x00\x06"))
    photo = load_photo(path)
    assert np.abs(photo.image.astype(int) - gradient).mean() < 2.0


def _with_two_bytes_of(exif: Image.Exif) -> bytes:
    """A block whose orientation is 1, to be made 6 in the file."""
    exif[Base.Orientation] = 1
    exif[Base.Make] = "Kamera"
    return exif.tobytes()


@pytest.mark.parametrize(
    "damaged",
    [
        clap(65, 24, 0, 0),
        clap(32, 24, 17, 0),
        clap(32, 24, 0, -13),
        clap(0, 24, 0, 0),
        clap(32, 24, 0, 0, below=0),
        (b"clap", b"short"),
        (b"irot", b""),
    ],
)
def test_a_crop_that_cannot_be_is_refused(write: Callable[..., Path], gradient: RgbImage, damaged: Property) -> None:
    path = write(Image.fromarray(gradient), "AVIF", [damaged])
    with pytest.raises(ImageFileError):
        load_photo(path)


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_mattes_and_depth_are_cropped_and_turned_alike(
    write: Callable[..., Path], gradient: RgbImage, file_format: str
) -> None:
    steps = ["clap", "irot"]
    grey = np.repeat(gradient[..., :1], 3, axis=2)
    path = write(Image.fromarray(grey[..., 0]), file_format, [STEPS[step] for step in steps])
    expected = shown(grey[..., 0], steps)
    matte = load_matte(path, (32, 24))
    assert np.abs(255.0 * matte - expected).mean() < 2.0
    assert np.abs(load_depth(path, (32, 24)).nearness - expected).mean() < 2.0
    with pytest.raises(ImageFileError, match="24 × 32 pixels, the photo 64 × 48"):
        load_matte(path, (48, 64))


@pytest.mark.parametrize(("photo_crop", "depth_crop"), [(False, False), (True, False), (True, True)])
def test_the_depth_of_a_cropped_photo_is_used_only_where_it_is_cropped_too(
    tmp_path: Path, gradient: RgbImage, photo_crop: bool, depth_crop: bool
) -> None:
    buffer = io.BytesIO()
    main, depth = Image.fromarray(gradient), Image.fromarray(gradient[..., 0])
    main.save(buffer, "HEIF", save_all=True, append_images=[depth], quality=-1, chroma=444)
    reference = box(b"auxl", struct.pack(">3H", 2, 1, 1))
    crop = [clap(32, 24, 0, 0)]
    content = with_properties(buffer.getvalue(), 1, crop if photo_crop else [])
    auxiliary = [(b"auxC", bytes(4) + DEPTH_TYPE), *(crop if depth_crop else [])]
    path = tmp_path / "a.heic"
    path.write_bytes(with_properties(content, 2, auxiliary, reference))
    size = load_photo(path).image.shape[:2]
    assert size == ((24, 32) if photo_crop else (48, 64))
    if photo_crop != depth_crop:
        (warning,) = load_photo(path, with_depth=True).stored_depth.warnings
        assert "cropped" in warning
        return
    found = load_photo(path, with_depth=True).stored_depth.map
    assert found is not None
    expected = gradient[12:36, 16:48, 0] if photo_crop else gradient[..., 0]
    assert np.abs(found.nearness - expected).mean() < 2.0


def test_boxes_of_every_kind_of_length() -> None:
    long = struct.pack(">I4sQ", 1, b"long", 18) + b"ab"
    content = box(b"ftyp", b"x") + long + struct.pack(">I4s", 0, b"last") + b"the rest"
    file = io.BytesIO(content)
    assert read_box(file, b"long") == b"ab"
    assert read_box(file, b"last") == b"the rest"
    assert read_box(file, b"none") is None
    assert list(split_boxes(content)) == [(b"ftyp", b"x"), (b"long", b"ab"), (b"last", b"the rest")]
    assert read_box(io.BytesIO(struct.pack(">I4s", 4, b"tiny") + bytes(8)), b"tiny") is None


@pytest.mark.parametrize(
    "content", [struct.pack(">I4s", 20, b"meta"), struct.pack(">I4s", 4, b"meta") + bytes(8), b"x"]
)
def test_boxes_without_an_end_are_told(content: bytes) -> None:
    with pytest.raises(struct.error):
        list(split_boxes(content))


def _cuts(content: bytes) -> Iterator[bytes]:
    for length in range(0, len(content), 7):
        yield content[:length]


def test_a_file_cut_anywhere_is_told(gradient: RgbImage) -> None:
    for content in _cuts(encoded(Image.fromarray(gradient), "AVIF")[:700]):
        try:
            read_items(io.BytesIO(content))
        except (struct.error, LookupError):
            continue
