"""The lens of a photo: from what the camera wrote, and from the subject's size."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

from portrait.core.arrays import AlphaMatte
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import Lens
from portrait.engine import PortraitEngine
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import PhotoMetadata, load_photo, save_matte
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.rendering import focus_photo
from portrait.photo.report import FileReport

WritePhoto = Callable[..., Path]
MakeReport = Callable[..., FileReport]


def exif_with(**tags: object) -> bytes:
    exif = Image.Exif()
    exif[IFD.Exif] = {getattr(Base, name): value for name, value in tags.items()}
    return exif.tobytes()


def figure(height: int, width: int, share: float) -> AlphaMatte:
    """A head over a trunk, from the upper edge down; ``share`` 1 is a whole figure, more is cut by the frame."""
    matte = np.zeros((height, width), np.float32)
    unit_px = share * height
    for center, half_width, half_height in ((0.08, 0.05, 0.07), (0.3, 0.13, 0.18), (0.65, 0.1, 0.3)):
        axes = (round(half_width * unit_px), round(half_height * unit_px))
        cv2.ellipse(matte, (width // 2, round(center * unit_px) + 4), axes, 0, 0, 360, 1, -1)
    return matte


@pytest.fixture
def make(tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine) -> MakeReport:
    """Make the portrait of a photo with this EXIF block, on a figure of this size if it is given."""

    def run(name: str, exif: bytes = b"", share: float | None = None, options: FileOptions | None = None) -> FileReport:
        source = write_photo(tmp_path / f"{name}.jpg", 240, 320, exif=exif, quality=95)
        options = options or FileOptions(BlurOptions(f_number=2.8), grain="off")
        if share is not None:
            save_matte(tmp_path / f"{name}-matte.png", figure(240, 320, share))
            options = FileOptions(options.blur, grain="off", matte_path=tmp_path / f"{name}-matte.png")
        return make_portrait_file(engine, source, tmp_path / f"{name}-portrait.png", options)

    return run


def detail(report: FileReport) -> float:
    """What is left of the texture in the right fifth, where nobody stands."""
    room = load_photo(report.output).image[:, -64:].astype(np.float32)
    return float(np.square(np.diff(room, axis=0)).mean())


def test_the_photos_own_focal_length_blurs_more_than_the_portrait_lens(make: MakeReport) -> None:
    plain, short, long = (
        make("plain"),
        make("short", exif_with(FocalLengthIn35mmFilm=26)),
        make("long", exif_with(FocalLengthIn35mmFilm=135)),
    )
    assert [report.lens.focal_length_mm for report in (plain, short, long)] == [50.0, 50.0, 135.0]
    assert detail(short) == pytest.approx(detail(plain), rel=0.02)
    assert detail(long) < 0.5 * detail(plain)


def test_a_focal_length_set_by_hand_wins(make: MakeReport) -> None:
    by_hand = FileOptions(BlurOptions(lens=Lens(85.0)))
    report = make("a", exif_with(FocalLengthIn35mmFilm=135), options=by_hand)
    assert report.lens.focal_length_mm == 85.0


def damaged_block() -> bytes:
    """The lens's own focal length lies beyond the end."""
    block = exif_with(FocalLength=IFDRational(17, 1))
    order = "<" if b"II" in block[:8] else ">"
    entry = block.index(struct.pack(order + "HHI", 0x920A, 5, 1))
    return block[: entry + 8] + struct.pack(order + "I", 0x00FFFFF0) + block[entry + 12 :]


@pytest.mark.parametrize(
    "exif",
    [
        exif_with(FocalLengthIn35mmFilm=0),
        exif_with(FocalLengthIn35mmFilm=60_000),
        exif_with(FocalLengthIn35mmFilm="85 mm"),
        exif_with(FocalLength=IFDRational(17, 1)),
        damaged_block(),
    ],
    ids=["zero", "nonsense", "text", "sensor unknown", "damaged"],
)
def test_a_focal_length_that_cannot_be_used_is_that_of_the_portrait_lens(exif: bytes) -> None:
    blur = focus_photo(BlurOptions(), PhotoMetadata(exif=exif), figure(240, 320, 3.0))
    assert blur.lens.focal_length_mm == 50.0


def test_a_damaged_block_still_gives_a_portrait(make: MakeReport) -> None:
    report = make("damaged", damaged_block())
    assert report.status == "done"
    assert report.lens.focal_length_mm == 50.0


def test_a_close_face_blurs_more_than_a_whole_figure(make: MakeReport) -> None:
    face, body = make("face", share=3.0), make("body", share=0.9)
    assert face.lens.focus_distance_m < 0.5 * body.lens.focus_distance_m
    assert detail(face) < 0.5 * detail(body)


def test_a_whole_figure_is_taken_with_a_longer_lens() -> None:
    """So that what is far behind it is blurred like what is behind head and chest."""
    near, whole = (focus_photo(BlurOptions(), PhotoMetadata(), figure(480, 640, share)) for share in (1.4, 0.8))
    assert whole.lens.focal_length_mm > 1.5 * near.lens.focal_length_mm
    by_portrait_lens = focus_photo(BlurOptions(lens=Lens(50.0)), PhotoMetadata(), figure(480, 640, 0.8))
    assert whole.blur_radius_px(480, 640) > 2.0 * by_portrait_lens.blur_radius_px(480, 640)
    assert whole.blur_radius_px(480, 640) == pytest.approx(near.blur_radius_px(480, 640), rel=0.1)


def test_a_longer_lens_that_was_used_stays() -> None:
    blur = focus_photo(BlurOptions(), PhotoMetadata(exif=exif_with(FocalLengthIn35mmFilm=180)), figure(240, 320, 1.0))
    assert blur.lens.focal_length_mm == 180.0


def test_a_distance_set_by_hand_wins(make: MakeReport) -> None:
    options = FileOptions(BlurOptions(lens=Lens(focus_distance_m=5.0)))
    report = make("a", share=3.0, options=options)
    assert report.lens == Lens(50.0, 5.0)


def test_the_report_says_which_lens_was_used(make: MakeReport) -> None:
    values = json.loads(json.dumps(make("a", exif_with(FocalLengthIn35mmFilm=85)).to_json_dict()))
    assert values["focal_length_mm"] == 85.0
    assert 0.4 < values["subject_distance_m"] < 17.0


@pytest.mark.parametrize(
    "options",
    [
        FileOptions(blur_radius_px=5.0),
        FileOptions(background=BackgroundChoice("mono")),
        FileOptions(background=BackgroundChoice("color", "#00B140")),
    ],
    ids=["radius", "mono", "colour"],
)
def test_no_lens_is_named_where_none_made_the_blur(make: MakeReport, options: FileOptions) -> None:
    values = make("a", exif_with(FocalLengthIn35mmFilm=85), options=options).to_json_dict()
    assert values["focal_length_mm"] is None
    assert values["subject_distance_m"] is None


def test_nobody_there_is_no_distance(tmp_path: Path, write_photo: WritePhoto, nobody_engine: PortraitEngine) -> None:
    report = make_portrait_file(nobody_engine, write_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg", FileOptions())
    assert report.lens is None
    assert report.to_json_dict()["subject_distance_m"] is None
