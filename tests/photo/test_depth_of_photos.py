"""What the blur of a photo follows: its depth, the floor, or one distance."""

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.core.render.look import Background, Look
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import load_photo
from portrait.photo.defocus import PhotoDefocus, PhotoDepth
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.session import find_photo_matte, open_photo

SIZE = 240, 96
OPTIONS = FileOptions(BlurOptions(f_number=1.4), grain="off")
CREATOR = b"<dc:creator><rdf:Seq><rdf:li>Anna</rdf:li></rdf:Seq></dc:creator>"


def changes(before: Path, after: Path) -> NDArray[np.float64]:
    """How much each pixel has changed."""
    return np.abs(load_photo(after).image.astype(float) - load_photo(before).image).mean(axis=2)


@pytest.fixture
def phone_photo(write_phone_photo: Callable[..., Path], tmp_path: Path, half_near: NDArray[np.uint8]) -> Path:
    return write_phone_photo(tmp_path / "phone.jpg", half_near)


def test_depth_inside_the_photo_blurs_what_is_far(phone_photo: Path, tmp_path: Path, engine: PortraitEngine) -> None:
    report = make_portrait_file(engine, phone_photo, tmp_path / "out.png", OPTIONS)
    changed = changes(phone_photo, report.output)
    assert (report.depth, report.warnings) == ("photo", ())
    assert changed[:, 80:].mean() > 8.0
    assert changed[:, :16].mean() < 2.0


@pytest.mark.parametrize(
    ("ground", "depth", "source"),
    [("auto", "auto", "photo"), ("off", "auto", "photo"), ("auto", "off", "ground"), ("off", "off", "none")],
)
def test_depth_goes_before_the_floor(
    phone_photo: Path, tmp_path: Path, engine: PortraitEngine, ground: Any, depth: Any, source: str
) -> None:
    options = replace(OPTIONS, ground=ground, depth=depth)
    report = make_portrait_file(engine, phone_photo, tmp_path / "out.png", options)
    assert report.to_json_dict()["depth"] == source


def test_the_floor_stays_sharp_at_the_feet_alone(phone_photo: Path, tmp_path: Path, engine: PortraitEngine) -> None:
    auto, off = (replace(OPTIONS, ground=ground, depth="off") for ground in ("auto", "off"))
    floor, far = (
        changes(phone_photo, make_portrait_file(engine, phone_photo, tmp_path / f"{name}.png", options).output)
        for name, options in (("floor", auto), ("far", off))
    )
    feet, eyes = np.s_[209:216, :20], np.s_[20:60, :20]
    assert floor[feet].mean() < 3.0 < 8.0 < far[feet].mean()
    assert floor[eyes].mean() == pytest.approx(far[eyes].mean(), rel=0.2)


def test_a_focus_blurs_the_person_and_a_range_keeps_more_sharp(
    phone_photo: Path, tmp_path: Path, engine: PortraitEngine
) -> None:
    """The person is as near as the left side; the right side is far."""
    focused = {"far": replace(OPTIONS, focus=(0.95, 0.5)), "wide": replace(OPTIONS, focal_range=0.9), "auto": OPTIONS}
    reports = {
        name: make_portrait_file(engine, phone_photo, tmp_path / f"{name}.png", options)
        for name, options in focused.items()
    }
    changed = {name: changes(phone_photo, report.output) for name, report in reports.items()}
    right, seen = np.s_[:, 84:], find_photo_matte(engine, open_photo(phone_photo, 1.0), "fast").matte > 0.99
    assert changed["far"][seen].mean() > 4.0 * changed["auto"][seen].mean(), "its outline: it has one colour"
    assert changed["far"][right].mean() < 0.25 * changed["auto"][right].mean()
    assert changed["wide"][:, 60:76].mean() <= changed["auto"][:, 60:76].mean()
    mono = replace(OPTIONS, focus=(0.9, 0.1), depth="off", ground="off")
    assert "no distances" in make_portrait_file(engine, phone_photo, tmp_path / "m.png", mono).warnings[0]


def test_who_does_not_stand_has_no_floor(
    tmp_path: Path, write_photo: Callable[..., Path], engine: PortraitEngine
) -> None:
    report = make_portrait_file(engine, write_photo(tmp_path / "a.png"), tmp_path / "out.png", OPTIONS)
    assert report.depth == "none"


def test_broken_depth_is_said_and_not_used(
    write_phone_photo: Callable[..., Path], tmp_path: Path, engine: PortraitEngine
) -> None:
    source = write_phone_photo(tmp_path / "phone.jpg", b"no picture")
    report = make_portrait_file(engine, source, tmp_path / "out.png", OPTIONS)
    assert (report.status, report.depth) == ("done", "ground")
    assert len(report.warnings) == 1
    assert "is damaged; it was not used" in report.warnings[0]
    unread = {"a": replace(OPTIONS, depth="off"), "b": replace(OPTIONS, background=BackgroundChoice("mono"))}
    for name, options in unread.items():
        assert make_portrait_file(engine, source, tmp_path / f"{name}.png", options).warnings == ()


def test_a_depth_map_of_its_own_goes_before_what_the_phone_stored(
    phone_photo: Path, tmp_path: Path, engine: PortraitEngine, half_near: NDArray[np.uint8]
) -> None:
    mirrored = tmp_path / "depth.png"
    Image.fromarray(255 - half_near[:, ::-1]).save(mirrored)
    options = replace(OPTIONS, depth_path=mirrored, depth_near_is_dark=True)
    report = make_portrait_file(engine, phone_photo, tmp_path / "out.png", options)
    changed = changes(phone_photo, report.output)
    assert report.depth == "file"
    assert changed[:, 80:].mean() < 2.0
    assert changed[:, :16].mean() > 8.0
    with pytest.raises(ImageFileError, match="would overwrite the depth map"):
        make_portrait_file(engine, phone_photo, mirrored, options)


@pytest.mark.parametrize(
    "change", [{"background": BackgroundChoice("mono")}, {"background": BackgroundChoice("stage")}, {"depth": "off"}]
)
def test_a_depth_map_that_nothing_follows_is_said_and_not_read(
    phone_photo: Path, tmp_path: Path, engine: PortraitEngine, change: dict[str, Any]
) -> None:
    options = replace(OPTIONS, depth_path=tmp_path / "missing.png", **change)
    report = make_portrait_file(engine, phone_photo, tmp_path / "out.png", options)
    assert report.depth != "file"
    assert len(report.warnings) == 1
    assert "missing.png was not read" in report.warnings[0]


def test_depth_that_has_the_person_behind_is_said_and_not_used(
    standing_scene: Any, tmp_path: Path, engine: PortraitEngine, half_near: NDArray[np.uint8]
) -> None:
    depth, source = tmp_path / "depth.png", tmp_path / "phone.jpg"
    Image.fromarray(half_near).save(depth)  # in Google's metadata, and with near_is_dark, bright is far
    xmp = b'<x:xmpmeta><rdf:Description GDepth:Data="%s"/></x:xmpmeta>' % base64.b64encode(depth.read_bytes())
    Image.fromarray(standing_scene[0]).save(source, xmp=xmp)
    turned = replace(OPTIONS, depth_path=depth, depth_near_is_dark=True)
    for name, options, said in (("a", turned, "--depth-near dark"), ("b", OPTIONS, "stored in the photo")):
        report = make_portrait_file(engine, source, tmp_path / f"{name}.png", options)
        assert (report.status, report.depth) == ("done", "ground")
        assert len(report.warnings) == 1
        assert said in report.warnings[0]


def test_a_portrait_does_not_carry_the_photo_as_it_was(
    write_phone_photo: Callable[..., Path], tmp_path: Path, engine: PortraitEngine, half_near: NDArray[np.uint8]
) -> None:
    unblurred = b"<GImage:Mime>image/jpeg</GImage:Mime><GImage:Data>/9j/unblurred</GImage:Data>"
    source = write_phone_photo(tmp_path / "phone.jpg", half_near, CREATOR + unblurred)
    report = make_portrait_file(engine, source, tmp_path / "out.jpg", OPTIONS)
    content = report.output.read_bytes()
    assert report.depth == "photo"
    assert CREATOR in content
    assert not any(name in content for name in (b"GImage", b"GDepth", b"unblurred"))
    assert open_photo(report.output, 1.0).depth.source == "none"


def test_a_map_is_found_when_asked_for_and_once(standing_scene: Any, half_near: NDArray[np.uint8]) -> None:
    depth = PhotoDepth(DepthMap(half_near.astype(np.float32)), "photo")
    defocus = PhotoDefocus(*standing_scene, depth)
    for kind in ("mono", "stage", "transparent"):
        assert defocus.choose(Look(background=Background(kind))) == (None, "none")
    measured, floor = defocus.choose(Look())[0], defocus.choose(Look(depth="off"))[0]
    assert measured is not None
    assert floor is not None
    assert not np.array_equal(measured, floor)
    assert defocus.choose(Look(BlurOptions(f_number=8.0)))[0] is measured
    assert defocus.choose(Look(depth="off", grain="off"))[0] is floor


def test_depth_that_does_not_tell_the_subject_from_the_rest_leaves_the_floor(standing_scene: Any) -> None:
    flat = PhotoDepth(DepthMap(np.ones((24, 10), np.float32)), "photo")
    assert PhotoDefocus(*standing_scene, flat).choose(Look())[1] == "ground"
    assert PhotoDefocus(*standing_scene, flat).choose(Look(ground="off")) == (None, "none")
