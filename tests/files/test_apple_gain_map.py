"""The gain maps of iPhones, in HEIC and in JPEG: read with every form of their numbers, and written for all screens."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from portrait.core.arrays import RgbImage
from portrait.core.gain_map import GainCurve, GainMap
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.files.containers.box_items import item_types
from portrait.files.depth.gain_curve import curve_to_segment
from portrait.files.depth.gain_map import append_gain_map
from portrait.files.image_io import load_photo
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from tests.files.phone_heic import Levels, phone_heic
from tests.files.test_placement import clap
from tests.ultra_hdr import jpeg, xmp

KIND = "urn:com:apple:photo:2020:aux:hdrgainmap"
LEVELS: Levels = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1))
NOT_KEPT = "the gain map for HDR screens could not be kept"
PACKET = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description %s/></x:xmpmeta>"
HEADROOM = PACKET % b'a="urn:com:apple:photo:2020:aux:hdrgainmap" HDRGainMap:HDRGainMapHeadroom="4.0"'


def maker_note(headroom: tuple[int, int], gain: tuple[int, int]) -> bytes:
    """EXIF with a maker note of Apple that states two numbers."""
    values_at = 14 + 2 + 2 * 12 + 4
    entries = [struct.pack(">HHII", tag, 10, 1, values_at + 8 * n) for n, tag in enumerate((0x21, 0x30))]
    directory = struct.pack(">H", 2) + b"".join(entries) + bytes(4) + struct.pack(">4i", *headroom, *gain)
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.MakerNote] = b"Apple iOS\0\0\1MM" + directory
    return exif.tobytes()


def items_of(content: bytes) -> tuple[int, int]:
    """Numbers of the packet and of the gain map."""
    kinds = item_types(io.BytesIO(content))
    images = [item for item, kind in kinds.items() if kind == b"hvc1"]
    return next(item for item, kind in kinds.items() if kind == b"application/rdf+xml"), images[1]


def gain_of(path: Path) -> GainMap:
    photo = load_photo(path)
    assert NOT_KEPT not in photo.warnings
    assert photo.metadata.gain_map is not None
    return photo.metadata.gain_map


def apple_gain(headroom: float) -> np.ndarray:
    """The gain of `LEVELS` by Apple's formula, in stops."""
    level = LEVELS / 255.0
    light = np.where(level < 0.081, level / 4.5, ((level + 0.099) / 1.099) ** (1 / 0.45))
    return np.log2(1.0 + (headroom - 1.0) * light)


@pytest.mark.parametrize(
    ("headroom", "gain", "stops"),
    [((2, 1), (0, 1), 3.0), ((2, 1), (1, 1), 2.0), ((1, 2), (1, 200), 1.7), ((1, 2), (1, 1), 1.5)],
)
def test_the_maker_note_states_the_headroom(
    tmp_path: Path, headroom: tuple[int, int], gain: tuple[int, int], stops: float
) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(phone_heic({KIND: LEVELS}, exif=maker_note(headroom, gain)))
    found = gain_of(path)
    assert found.curve.alternate_headroom_log2 == pytest.approx(stops)
    # Of an 8-bit map that is encoded with a loss twice: here, and as a colour image by the test.
    np.testing.assert_allclose(found.to_log2()[..., 0], apple_gain(2.0**stops), atol=0.04)


def test_the_packet_of_the_map_goes_before_the_maker_note(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    packet, gain_map = items_of(phone_heic({KIND: LEVELS}, exif=maker_note((2, 1), (0, 1)), xmp=HEADROOM))
    described = [(b"cdsc", struct.pack(">3H", packet, 1, gain_map))]
    path.write_bytes(phone_heic({KIND: LEVELS}, described=described, exif=maker_note((2, 1), (0, 1)), xmp=HEADROOM))
    assert gain_of(path).curve.alternate_headroom_log2 == pytest.approx(2.0)


def test_the_numbers_of_the_standard_go_before_apples(tmp_path: Path) -> None:
    curve = GainCurve(most_log2=(2.5,) * 3, alternate_headroom_log2=2.5)
    joined = b"\0" + curve_to_segment(curve)
    item, gain_map = items_of(phone_heic({KIND: LEVELS}, exif=maker_note((2, 1), (0, 1)), xmp=joined))
    made_of = [(b"dimg", struct.pack(">4H", item, 2, 1, gain_map))]
    content = phone_heic({KIND: LEVELS}, described=made_of, exif=maker_note((2, 1), (0, 1)), xmp=joined)
    path = tmp_path / "a.heic"
    at = content.index(b"mime\0application")
    path.write_bytes(content[:at] + b"tmap" + content[at + 4 :])
    assert gain_of(path).curve == curve


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_map_of_a_jpeg(tmp_path: Path, gradient: RgbImage, orientation: int) -> None:
    height, width = gradient.shape[:2]
    levels = np.tile(np.linspace(0, 255, width // 2).astype(np.uint8), (height // 2, 1))
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    path = tmp_path / "a.jpg"
    path.write_bytes(append_gain_map(jpeg(gradient, exif=exif.tobytes()), jpeg(levels, xmp(HEADROOM))))
    found = gain_of(path)
    assert found.curve.alternate_headroom_log2 == pytest.approx(2.0)
    across = (height // 2, width // 2, 1)
    assert found.levels.shape == (across if orientation == 1 else (across[1], across[0], 1))


def cropped() -> bytes:
    return phone_heic({KIND: LEVELS}, [clap(96, 64, 0, 0)], exif=maker_note((2, 1), (0, 1)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: phone_heic({KIND: LEVELS}),
        lambda: phone_heic({KIND: LEVELS}, exif=maker_note((2, 1), (1, 0))),
        lambda: phone_heic({KIND: LEVELS}, exif=maker_note((2, 1), (100, 1))),
        lambda: phone_heic({KIND: LEVELS[:, :40]}, exif=maker_note((2, 1), (0, 1))),
        cropped,
    ],
    ids=["no numbers", "divided by 0", "no headroom", "of another shape", "of more than the photo"],
)
def test_a_map_that_cannot_be_used_is_told(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(make())
    photo = load_photo(path)
    assert photo.metadata.gain_map is None
    assert NOT_KEPT in photo.warnings


def test_the_portrait_of_an_iphone_s_photo_stays_hdr_as_jpeg(tmp_path: Path, engine: PortraitEngine) -> None:
    path, portrait = tmp_path / "a.heic", tmp_path / "b.jpg"
    path.write_bytes(phone_heic({KIND: LEVELS}, exif=maker_note((2, 1), (0, 1))))
    make_portrait_file(engine, path, portrait, FileOptions(BlurOptions(f_number=1.4), quality="fast"))
    found = gain_of(portrait)
    assert found.curve.alternate_headroom_log2 == pytest.approx(3.0)
    assert found.levels.max() > 128
