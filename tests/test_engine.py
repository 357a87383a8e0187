import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
import pytest

import portrait
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.matting.subject import has_person
from portrait.engine import PortraitEngine, open_engine
from portrait.errors import ModelError
from portrait.files.system.assets import asset_path
from portrait.inference.segmenter import OnnxSegmenter

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


class NobodySegmenter:
    """A `Segmenter` that finds nobody, by the shape of the fixture's."""

    def __init__(self, other: object) -> None:
        self.spec = other.spec  # type: ignore[attr-defined]
        self.provider = other.provider  # type: ignore[attr-defined]

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        return np.zeros(input_size or (64, 64), np.float32)


def test_process_keeps_the_subject_and_blurs_the_rest(engine: PortraitEngine, portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(180, 240)
    result = engine.process(image, BlurOptions(f_number=1.4), generation=7)
    assert result.generation == 7
    assert result.has_person
    assert set(result.timings_ms) == {"matte", "render"}
    assert (result.image[result.matte == 1.0] == image[result.matte == 1.0]).all()
    assert result.image[alpha == 0.0].astype(float).std() < image[alpha == 0.0].astype(float).std()


def test_no_person_leaves_the_picture_alone(ellipse_segmenter: object, portrait_scene: Scene) -> None:
    image, _ = portrait_scene(60, 80)
    result = PortraitEngine(NobodySegmenter(ellipse_segmenter)).process(image, BlurOptions())
    assert not result.has_person
    np.testing.assert_array_equal(result.image, image)
    assert not np.shares_memory(result.image, image)


def test_fine_averages_the_picture_and_its_mirror(engine: PortraitEngine, portrait_scene: Scene) -> None:
    image, _ = portrait_scene(90, 120)
    fine = engine.find_matte(image, "fine")
    mirrored = engine.find_matte(np.ascontiguousarray(image[:, ::-1]), "fine")
    np.testing.assert_allclose(fine, mirrored[:, ::-1], atol=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (17, 5), (301, 207)])
@pytest.mark.parametrize("quality", ["fast", "fine"])
def test_any_size_works(engine: PortraitEngine, shape: tuple[int, int], quality: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    result = engine.process(image, BlurOptions(), quality=quality)  # type: ignore[arg-type]
    assert result.image.shape == image.shape
    assert result.matte.shape == shape


def test_threads_share_one_engine(engine: PortraitEngine, portrait_scene: Scene) -> None:
    image, _ = portrait_scene(120, 160)
    alone = engine.process(image, BlurOptions()).image
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: engine.process(image, BlurOptions()).image, range(8)))
    assert all((other == alone).all() for other in together)


def test_a_speck_is_nobody() -> None:
    matte = np.zeros((1000, 1000), np.float32)
    matte[:30, :30] = 1.0
    assert not has_person(matte)
    matte[:100, :100] = 1.0
    assert has_person(matte)


@pytest.mark.parametrize("quality", ["fast", "fine"])
@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_nobody_is_in_the_dark(noise: float, quality: str) -> None:
    """Behind a lens cap; a room in which something can be seen is another thing."""
    black = np.abs(np.random.default_rng(3).normal(0.0, noise, (720, 1280, 3))).astype(np.uint8)
    assert not open_engine().find_matte(black, quality).any()


def test_a_dim_subject_is_found(ellipse_segmenter: Any, portrait_scene: Scene) -> None:
    image, _ = portrait_scene(180, 240)
    assert has_person(PortraitEngine(ellipse_segmenter).find_matte(image // 8))


def test_haze_is_nobody() -> None:
    """The portrait of somebody who is nowhere surely seen would be blurred all over."""
    assert not has_person(np.full((100, 100), 0.45, np.float32))


class CountedOpenings(OnnxSegmenter):
    """Notes which files are opened."""

    opened: ClassVar[list[str]] = []

    def __init__(self, path: Path, **options: Any) -> None:
        self.opened.append(path.stem)
        super().__init__(path, **options)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The models that were opened, of a bundle of three."""
    for name in ("portrait-live", "portrait-photo", "portrait-classes"):
        source = "portrait-classes" if name == "portrait-classes" else "portrait-live"
        shutil.copy(asset_path("models", f"{source}.onnx"), tmp_path / f"{name}.onnx")
    monkeypatch.setattr("portrait.engine.asset_path", lambda _: tmp_path)
    monkeypatch.setattr("portrait.inference.networks.OnnxSegmenter", CountedOpenings)
    monkeypatch.setattr(CountedOpenings, "opened", [])
    return CountedOpenings.opened


def test_the_photo_model_is_opened_when_fine_is_asked_for(opened: list[str], portrait_scene: Scene) -> None:
    image, _ = portrait_scene(60, 80)
    engine = open_engine(threads=1)
    engine.find_matte(image, "fast")
    assert opened == ["portrait-live"]
    engine.find_matte(image, "fine")
    engine.find_matte(image, "fine")
    assert opened == ["portrait-live", "portrait-photo"]
    assert engine.segmenter_of("fine") is not engine.segmenter


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        (("person",), ["portrait-live"]),
        (("dog",), ["portrait-classes"]),
        (("person", "dog"), ["portrait-classes", "portrait-live"]),
    ],
)
def test_people_are_found_by_their_network_and_things_by_that_of_classes(
    opened: list[str], subject: tuple[str, ...], names: list[str]
) -> None:
    engine = open_engine(threads=1, subject=subject)
    engine.segmenter.find_probability(np.full((60, 80, 3), 90, np.uint8))
    assert opened == names


@pytest.mark.parametrize("by_path", [False, True])
def test_a_named_model_is_that_of_both_qualities(
    opened: list[str], portrait_scene: Scene, tmp_path: Path, by_path: bool
) -> None:
    engine = open_engine(tmp_path / "portrait-photo.onnx" if by_path else "portrait-photo", threads=1)
    engine.find_matte(portrait_scene(60, 80)[0], "fine")
    assert opened == ["portrait-photo"]
    assert engine.segmenter_of("fine") is engine.segmenter


def test_unknown_model_names_what_there_is() -> None:
    with pytest.raises(ModelError) as caught:
        open_engine("no-such-model")
    assert "portrait-live" in caught.value.hint


def test_public_names_are_there() -> None:
    assert all(getattr(portrait, name) is not None for name in portrait.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = portrait.nonsense


def test_strips_are_run_by_who_was_chosen_for_it(ellipse_segmenter: Any, portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(300, 500)
    plain, options = PortraitEngine(ellipse_segmenter), BlurOptions(f_number=1.4)
    with ThreadPoolExecutor(3) as pool:
        calls: list[object] = []

        def count(function: Any, items: Any) -> Any:
            calls.append(function)
            return pool.map(function, items)

        engine = PortraitEngine(ellipse_segmenter, strip_map=count)
        np.testing.assert_array_equal(engine.render(image, alpha, options), plain.render(image, alpha, options))
        in_photo = len(calls)
        engine.render_live(image, alpha, options)
    assert 0 < in_photo == len(calls)  # live keeps to its own thread


def test_an_error_in_a_strip_reaches_the_caller(ellipse_segmenter: Any, portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(300, 500)

    def refuse(_: object, rows: slice, width: int) -> Any:
        raise MemoryError(f"no memory for {width} columns")

    with ThreadPoolExecutor(3) as pool, patch("portrait.core.blur.levels.BlurredBackground.rows", refuse):
        engine = PortraitEngine(ellipse_segmenter, strip_map=pool.map)
        with pytest.raises(MemoryError, match="500 columns"):
            engine.render(image, alpha, BlurOptions(f_number=1.4))


def test_one_thread_renders_in_the_calling_thread() -> None:
    image, alpha = np.zeros((90, 120, 3), np.uint8), np.zeros((90, 120), np.float32)
    before = threading.active_count()
    engine = open_engine(threads=1)
    engine.render(image, alpha, BlurOptions(f_number=1.4))
    engine.render_live(image, alpha, BlurOptions(f_number=1.4))
    assert threading.active_count() == before


def test_people_are_found_one_by_one(engine: PortraitEngine, portrait_scene: Scene) -> None:
    image, _ = portrait_scene(180, 240)
    (person,) = engine.find_people(image)
    matte = engine.find_matte(image)
    np.testing.assert_allclose(person.matte, matte, atol=1 / 255)
    assert person.area == pytest.approx(float(matte.mean()), rel=0.01)
    both = np.hstack([matte, matte])
    assert [one.box.height for one in engine.find_people(np.hstack([image, image]), matte=both)] == [
        person.box.height
    ] * 2


def test_of_nobody_there_are_no_people(ellipse_segmenter: object, portrait_scene: Scene) -> None:
    assert PortraitEngine(NobodySegmenter(ellipse_segmenter)).find_people(portrait_scene(60, 80)[0]) == ()
