"""One picture from every door: window, command line, folder run and Python make the same of one photo."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import portrait
from portrait import app
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.strokes import Stroke
from portrait.core.model_spec import ModelSpec
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.image_io import load_photo
from portrait.inference.providers import ProviderReport
from portrait.photo.edits import PhotoEdits
from portrait.photo.one_call import make_portrait
from portrait.settings import Settings, replace_settings

SHAPE = (416, 256)
MAIN, BYSTANDER = np.s_[30:388, 90:174], np.s_[160:260, 16:46]


class StandingSegmenter:
    """Sees a person who stands on a floor, and a smaller one farther back."""

    spec = ModelSpec(name="two", input_height=SHAPE[0], input_width=SHAPE[1], size_multiple=8)
    provider = ProviderReport(requested="cpu", active="cpu", reason="")

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        probability = np.zeros(SHAPE, np.float32)
        probability[MAIN] = probability[BYSTANDER] = 1.0
        return probability


@pytest.fixture
def engine() -> PortraitEngine:
    return PortraitEngine(StandingSegmenter())


@pytest.fixture
def image() -> RgbImage:
    """Texture with grain, so that floor, bystander and noise all show in the result."""
    rng = np.random.default_rng(3)
    image = np.repeat(np.repeat(rng.integers(40, 200, (4, 4, 3)), 104, axis=0), 64, axis=1)
    image[MAIN], image[BYSTANDER] = (200, 80, 70), (60, 70, 200)
    return np.clip(image + rng.normal(0.0, 3.0, image.shape), 0, 255).astype(np.uint8)


def pixels(path: Path) -> NDArray[Any]:
    return load_photo(path).colors


def test_window_command_line_folder_and_python_make_one_picture(
    open_window: Callable[..., Any],
    engine: PortraitEngine,
    image: RgbImage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = tmp_path / "in" / "a.png"
    photo.parent.mkdir()
    Image.fromarray(image).save(photo)
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    assert app.main(["photo", str(photo), "-o", str(tmp_path / "cli.png")]) == 0
    assert app.main(["batch", str(photo.parent), str(tmp_path / "folder")]) == 0
    window = open_window(lambda: engine, Settings())
    window.open_photos(photo)
    window.window.photo_page.save_to(tmp_path / "window.png")
    window.wait((tmp_path / "window.png").exists)
    from_python = portrait.make_portrait(portrait.PortraitEngine(StandingSegmenter()), image)
    for path in (tmp_path / "cli.png", tmp_path / "folder" / "a.png", tmp_path / "window.png"):
        np.testing.assert_array_equal(pixels(path), from_python, err_msg=path.name)
    assert not np.array_equal(from_python, image)


def test_changes_by_hand_give_one_picture_from_every_door(
    open_window: Callable[..., Any],
    engine: PortraitEngine,
    image: RgbImage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Strokes, a part, a person who is kept, and a look: drawn in the window, made again by ``--edits``."""
    photo, saved = tmp_path / "in" / "a.png", tmp_path / "in" / "a-portrait.png"
    photo.parent.mkdir()
    Image.fromarray(image).save(photo)
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    window = open_window(lambda: engine, Settings())
    window.open_photos(photo)
    strokes = (Stroke("add", ((0.8, 0.2), (0.9, 0.3)), 0.05), Stroke("remove", ((0.5, 0.3),), 0.04, 0.9))
    window.window.photo_page.editing.history.push(PhotoEdits(strokes, (1, 2)), "all of it")
    window.shell.model.set_value("blur.f_number", 4.0)
    window.wait(lambda: not window.shell.bridge.photo.stages)
    window.window.photo_page.save_to(saved)
    window.wait(lambda: window.window.photo_page.save_banner.kind == "done")
    kept = f"{saved}.edits.json"
    assert app.main(["photo", str(photo), "-o", str(tmp_path / "cli.png"), "--edits", kept]) == 0
    assert app.main(["batch", str(photo.parent), str(tmp_path / "out"), "--edits", "--include", "a.png"]) == 0
    for path in (tmp_path / "cli.png", tmp_path / "out" / "a.png"):
        np.testing.assert_array_equal(pixels(path), pixels(saved), err_msg=path.name)
    # What is given counts more than what was kept; without the option nothing is made again.
    assert app.main(["photo", str(photo), "-o", str(tmp_path / "16.png"), "--edits", kept, "--f-number", "16"]) == 0
    assert app.main(["batch", str(photo.parent), str(tmp_path / "plain"), "--include", "a.png"]) == 0
    for path in (tmp_path / "16.png", tmp_path / "plain" / "a.png"):
        assert not np.array_equal(pixels(path), pixels(saved))
    # Strokes are those of one photo; a look fits any.
    other = photo.with_name("b.png")
    Image.fromarray(image[:, ::-1].copy()).save(other)
    capsys.readouterr()
    assert app.main(["photo", str(other), "-o", str(tmp_path / "b.png"), "--edits", kept]) == 1
    assert "belong to another photo" in capsys.readouterr().err
    assert (
        app.main(["photo", str(other), "-o", str(tmp_path / "b.png"), "--edits", str(tmp_path / "plain" / "a.png")])
        == 0
    )
    assert load_photo(tmp_path / "b.png").metadata.record["blur.f_number"] == "2"
    assert app.main(["photo", str(other), "-o", str(tmp_path / "c.png"), "--edits", str(photo)]) == 1
    assert "No changes are kept" in capsys.readouterr().err


def test_options_are_those_of_the_command_line(
    engine: PortraitEngine, image: RgbImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16 bits too, everybody sharp."""
    deep = image.astype(np.uint16) * 257 + 3
    photo = tmp_path / "deep.ppm"
    photo.write_bytes(b"P6\n%d %d\n65535\n" % (SHAPE[1], SHAPE[0]) + deep.astype(">u2").tobytes())
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    words = ["photo", str(photo), "-o", str(tmp_path / "out.png"), "--f-number", "8", "--people", "all"]
    assert app.main(words) == 0
    made = make_portrait(engine, deep, portrait.BlurOptions(f_number=8.0), people="all")
    assert made.dtype == np.uint16
    np.testing.assert_array_equal(pixels(tmp_path / "out.png"), made)


def test_focus_and_range_give_one_picture_from_every_door(
    open_window: Callable[..., Any], engine: PortraitEngine, image: RgbImage, tmp_path: Path, monkeypatch: Any
) -> None:
    """Focused on the floor behind, so that the person is blurred."""
    photo = tmp_path / "in" / "a.png"
    photo.parent.mkdir()
    Image.fromarray(image).save(photo)
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    words = ["--focus", "0.9,0.5", "--focal-range", "0.1", "--f-number", "1.4"]
    assert app.main(["photo", str(photo), "-o", str(tmp_path / "cli.png"), *words]) == 0
    assert app.main(["batch", str(photo.parent), str(tmp_path / "folder"), *words]) == 0
    values = {"focus": "0.9,0.5", "focal_range": 0.1, "blur.f_number": 1.4}
    window = open_window(lambda: engine, replace_settings(Settings(), values))
    window.open_photos(photo)
    window.window.photo_page.save_to(tmp_path / "window.png")
    window.wait((tmp_path / "window.png").exists)
    look = portrait.Look(portrait.BlurOptions(f_number=1.4), focus=(0.9, 0.5), focal_range=0.1)
    from_python = make_portrait(engine, image, look)
    for path in (tmp_path / "cli.png", tmp_path / "folder" / "a.png", tmp_path / "window.png"):
        np.testing.assert_array_equal(pixels(path), from_python, err_msg=path.name)
    assert np.abs(from_python.astype(int) - image)[MAIN].mean() > 1.0


def test_the_ground_the_grain_and_the_bystander_are_in_it(engine: PortraitEngine, image: RgbImage) -> None:
    """Each of the three is what the two bare steps lack. The stub sees whole pictures only, as fast does."""
    made = make_portrait(engine, image, quality="fast").astype(int)
    for look, people in (
        (portrait.Look(ground="off"), "main"),
        (portrait.Look(grain="off"), "main"),
        (portrait.Look(), "all"),
    ):
        assert not np.array_equal(made, make_portrait(engine, image, look, people=people, quality="fast"))
    feet = np.s_[382:412, 106:150]
    assert np.abs(made - image)[feet].mean() < np.abs(made - image)[220:240, 190:220].mean()
    assert np.abs(made - image)[BYSTANDER].mean() > 4.0


def test_nobody_leaves_a_copy(
    engine: PortraitEngine, image: RgbImage, portrait_scene: Callable[..., tuple[RgbImage, AlphaMatte]]
) -> None:
    black = np.zeros_like(image)
    made = make_portrait(engine, black)
    np.testing.assert_array_equal(made, black)
    assert made is not black
    with pytest.raises(PortraitError, match="3"):
        make_portrait(engine, image, people="3")
    with pytest.raises(ValueError, match="main"):
        make_portrait(engine, image, people="everybody")
    with pytest.raises(TypeError, match="uint8"):
        make_portrait(engine, image.astype(np.float32))  # type: ignore[arg-type]
