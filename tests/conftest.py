"""Shared fixtures: a synthetic scene with a known person, and an engine that needs no trained model."""

import base64
import io
import multiprocessing
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.model_spec import METADATA_KEY, ModelSpec
from portrait.engine import PortraitEngine
from portrait.inference.model_library import LIBRARY_DIR_VARIABLE
from portrait.inference.provider_choice import PROVIDER_VARIABLE
from portrait.inference.providers import ProviderReport
from portrait.language import current_language, environment_language, set_language
from portrait.photo.made_files import STATE_DIR_VARIABLE

# PyMatting, the slow reference of one test, would compile for longer than a small scene takes without.
os.environ["NUMBA_DISABLE_JIT"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write golden images and scores anew.")
    parser.addoption("--fuzz-files", type=int, default=500, help="Mutated files that the loader is given.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The scores, which take longest, come first: at the end one process would work on them and all others wait."""
    items.sort(key=lambda item: item.path.name != "test_scores.py")


def draw_ellipse_matte(height: int, width: int) -> AlphaMatte:
    """A soft ellipse in the middle: float32 (H, W), 0 … 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot((x - width / 2) / (0.25 * width + 1e-3), (y - height / 2) / (0.4 * height + 1e-3))
    return np.clip((1.05 - distance) * 10.0, 0.0, 1.0).astype(np.float32)


@pytest.fixture(autouse=True)
def _record_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests make is noted where no user's record lies."""
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path_factory.mktemp("state")))


@pytest.fixture(autouse=True)
def _on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks run where their figures were measured, whatever this machine has besides."""
    monkeypatch.setenv(PROVIDER_VARIABLE, "cpu")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Texts are English in whatever language the machine speaks, and after a test that changed the language."""
    if environment_language(os.environ) != "en":
        for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(variable, raising=False)
    yield
    if current_language() != "en":
        set_language("en")


class EllipseSegmenter:
    """A `Segmenter` that sees a person-shaped ellipse in the middle of every picture."""

    def __init__(self) -> None:
        self.spec = ModelSpec(name="ellipse", input_height=64, input_width=64, size_multiple=16)
        self.provider = ProviderReport(requested="cpu", active="cpu", reason="")
        self.calls = 0

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        self.calls += 1
        return draw_ellipse_matte(*(input_size or (64, 64)))


@pytest.fixture
def ellipse_segmenter() -> EllipseSegmenter:
    return EllipseSegmenter()


@pytest.fixture
def engine(ellipse_segmenter: EllipseSegmenter) -> PortraitEngine:
    return PortraitEngine(ellipse_segmenter)


@pytest.fixture
def developed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Camera raw files are developed in this process, as in a worker of a batch, which is faster than to start one."""
    monkeypatch.setattr(multiprocessing.current_process(), "_config", {"daemon": True})


@pytest.fixture
def portrait_scene() -> Callable[[int, int], tuple[RgbImage, AlphaMatte]]:
    """Make (image, true alpha): a red "person" before a textured green and blue background."""

    def make(height: int = 96, width: int = 128) -> tuple[RgbImage, AlphaMatte]:
        rng = np.random.default_rng(7)
        texture = rng.integers(0, 256, (max(1, height // 8), max(1, width // 8), 3), dtype=np.uint8)
        background = cv2.resize(texture, (width, height), interpolation=cv2.INTER_NEAREST)
        background[..., 0] = 0
        alpha = draw_ellipse_matte(height, width)
        person = np.zeros_like(background)
        person[..., 0] = 220
        mixed = alpha[..., None] * person + (1.0 - alpha[..., None]) * background
        return np.ascontiguousarray(np.rint(mixed).astype(np.uint8)), alpha

    return make


@pytest.fixture
def standing_scene(portrait_scene: Callable[[int, int], tuple[RgbImage, AlphaMatte]]) -> tuple[RgbImage, AlphaMatte]:
    """A "person" so slender that it stands on its feet, 240 × 96, and its alpha."""
    return portrait_scene(240, 96)


@pytest.fixture
def half_near(standing_scene: tuple[RgbImage, AlphaMatte]) -> NDArray[np.uint8]:
    """Depth of the standing scene as a grey picture: what is left of the middle is as near as the person, 255."""
    depth = np.where(standing_scene[1] > 0.02, 255, 0).astype(np.uint8)
    depth[:, :48] = 255
    return depth


@pytest.fixture
def write_phone_photo(standing_scene: tuple[RgbImage, AlphaMatte]) -> Callable[..., Path]:
    """Write the standing scene as a JPEG with depth as Google's metadata holds it, as bytes or 255 near … 0 far."""

    def write(path: Path, depth: NDArray[np.uint8] | bytes, elements: bytes = b"") -> Path:
        if not isinstance(depth, bytes):
            buffer = io.BytesIO()
            Image.fromarray(255 - depth).save(buffer, "PNG")
            depth = buffer.getvalue()
        near_and_far = b'GDepth:Near="1" GDepth:Far="9" GDepth:Format="RangeInverse"'
        data = b'<rdf:Description %s GDepth:Data="%s">' % (near_and_far, base64.b64encode(depth))
        xmp = b"<x:xmpmeta><rdf:RDF>" + data + elements + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(standing_scene[0]).save(path, quality=95, subsampling=0, xmp=xmp)
        return path

    return write


@pytest.fixture
def write_photo(portrait_scene: Callable[[int, int], tuple[RgbImage, AlphaMatte]]) -> Callable[..., Path]:
    """Write the scene to a path, in the format of its suffix; folders are made."""

    def write(path: Path, height: int = 48, width: int = 64, **options: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(portrait_scene(height, width)[0]).save(path, **options)
        return path

    return write


class NobodySegmenter:
    """Finds nobody anywhere."""

    def __init__(self, segmenter: object) -> None:
        self.spec = segmenter.spec  # type: ignore[attr-defined]
        self.provider = segmenter.provider  # type: ignore[attr-defined]

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        return np.zeros(input_size or (64, 64), np.float32)


@pytest.fixture
def nobody_engine(ellipse_segmenter: object) -> PortraitEngine:
    return PortraitEngine(NobodySegmenter(ellipse_segmenter))


@pytest.fixture(autouse=True)
def model_library(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library of models is nobody's real one, and empty."""
    folder = tmp_path_factory.mktemp("models")
    monkeypatch.setenv(LIBRARY_DIR_VARIABLE, str(folder))
    return folder


@pytest.fixture
def write_depth_model(tmp_path: Path) -> Callable[..., Path]:
    """Write a network for depth that finds the redder the nearer: (red − mean) / std, as a published one is fed."""

    def write(
        name: str = "midas", sides: tuple[int | str, int | str] = ("h", "w"), spec: ModelSpec | None = None
    ) -> Path:
        import onnx
        from onnx import TensorProto, helper

        weight = np.array([1.0, 0.0, 0.0], np.float32).reshape(1, 3, 1, 1)
        axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["image", "weight"], ["plane"]),
                helper.make_node("Squeeze", ["plane", "axes"], ["depth"]),
            ],
            "depth",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, *sides])],
            [helper.make_tensor_value_info("depth", TensorProto.FLOAT, [1, *sides])],
            [helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel()), axes],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        if spec is not None:
            helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
        path = tmp_path / f"{name}.onnx"
        onnx.save(model, path)
        return path

    return write
