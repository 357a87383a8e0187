"""Photos without depth of their own get it by a network, through every door alike."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine
from portrait.errors import ModelError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import load_photo
from portrait.inference.depth_network import OnnxDepthNetwork
from portrait.photo.one_call import make_portrait
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file

OPTIONS = FileOptions(BlurOptions(f_number=1.4), grain="off")


@pytest.fixture
def model(write_depth_model: Callable[..., Path]) -> str:
    return str(write_depth_model("midas"))


@pytest.fixture
def photo(standing_scene: tuple[NDArray[np.uint8], NDArray[np.float32]], tmp_path: Path) -> Path:
    """The red person, and what is left of the middle is as red as he: as near."""
    image = standing_scene[0].copy()
    image[:, :48, 0] = 220
    path = tmp_path / "photo.png"
    Image.fromarray(image).save(path)
    return path


def changes(before: Path, after: Path) -> NDArray[np.float64]:
    """How much each pixel has changed."""
    return np.abs(load_photo(after).image.astype(float) - load_photo(before).image).mean(axis=2)


def test_what_the_network_sees_near_stays_sharp(
    photo: Path, model: str, tmp_path: Path, engine: PortraitEngine
) -> None:
    report = make_portrait_file(engine, photo, tmp_path / "out.png", replace(OPTIONS, depth_model=model))
    changed = changes(photo, report.output)
    assert (report.depth, report.warnings) == ("model", ())
    assert changed[:, :12].mean() < 2.0 < 8.0 < changed[:, 84:].mean()


def test_file_and_array_are_one_picture(photo: Path, model: str, tmp_path: Path, engine: PortraitEngine) -> None:
    report = make_portrait_file(engine, photo, tmp_path / "out.png", replace(OPTIONS, depth_model=model))
    look = Look(OPTIONS.blur, grain="off")
    array = make_portrait(engine, load_photo(photo).image, look, depth_model=model)
    np.testing.assert_array_equal(load_photo(report.output).image, array)


def test_depth_inside_the_photo_goes_before_the_network(
    write_phone_photo: Callable[..., Path], half_near: NDArray[np.uint8], model: str, tmp_path: Path,
    engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(OnnxDepthNetwork, "find_depth", lambda *_: pytest.fail("the network was run"))
    phone = write_phone_photo(tmp_path / "phone.jpg", half_near)
    report = make_portrait_file(engine, phone, tmp_path / "a.png", replace(OPTIONS, depth_model=model))
    assert report.depth == "photo"
    off = replace(OPTIONS, depth_model=model, depth="off")
    assert make_portrait_file(engine, phone, tmp_path / "b.png", off).depth == "ground"
    mono = replace(OPTIONS, depth_model=model, background=BackgroundChoice("mono"))
    assert make_portrait_file(engine, phone, tmp_path / "c.png", mono).depth == "none"


def test_a_network_that_sees_the_person_behind_is_said_and_not_used(
    standing_scene: tuple[NDArray[np.uint8], NDArray[np.float32]], model: str, tmp_path: Path, engine: PortraitEngine
) -> None:
    source = tmp_path / "photo.png"
    Image.fromarray(255 - standing_scene[0]).save(source)
    report = make_portrait_file(engine, source, tmp_path / "out.png", replace(OPTIONS, depth_model=model))
    assert report.depth == "ground"
    assert "it was not used" in report.warnings[0]


def test_a_missing_network_is_told_before_the_photo_is_read(tmp_path: Path, engine: PortraitEngine) -> None:
    options = replace(OPTIONS, depth_model=str(tmp_path / "none.onnx"))
    with pytest.raises(ModelError, match=r"none\.onnx"):
        make_portrait_file(engine, tmp_path / "no photo.png", tmp_path / "out.png", options)


def test_a_network_is_opened_once(photo: Path, model: str, engine: PortraitEngine, tmp_path: Path) -> None:
    first = engine.depth_network(model)
    make_portrait_file(engine, photo, tmp_path / "out.png", replace(OPTIONS, depth_model=model))
    assert engine.depth_network(model) is first
