"""Golden images: a portrait of each kind looks as it did.

Small, drawn or in the public domain, and tolerant of another processor. After a change that is meant to move them:
``pytest tests/golden --update-golden``, and look at each before it is committed. A failure leaves a picture of the
wanted image, the found one and their difference eight times as strong.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import portrait
from portrait.benchmark.scenes.floor_scenes import make_floor_scene
from portrait.benchmark.scenes.portrait_scenes import SCENE_SPECS, make_scene
from portrait.core.arrays import AlphaMatte, DeepRgbImage, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.floor import find_floor
from portrait.core.render.live import render_live
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import render
from portrait.files.image_io import load_photo, save_photo

FOLDER = Path(__file__).parent
SAMPLES = FOLDER.parents[1] / "assets" / "samples"
HEIGHT = 160

LARGEST_MEAN, LARGEST_STEP, STEP_SHARE = 0.25, 6, 0.002
"""In levels of 255: the mean difference, and the difference that at most so small a share of the values may exceed."""

Golden = RgbImage | DeepRgbImage


def _drawn(background: str) -> tuple[RgbImage, AlphaMatte]:
    index = next(index for index, spec in enumerate(SCENE_SPECS) if spec.background == background)
    scene = make_scene(index, HEIGHT)
    return scene.image, scene.alpha


def _blur(**options: object) -> BlurOptions:
    return BlurOptions(blur_radius_fraction=0.03, **options)  # type: ignore[arg-type]


def _city_by_blades() -> Golden:
    blades = _blur(aperture_shape="hexagon", cats_eye=0.7, highlight_boost=1.0)
    return render(*_drawn("city"), blades)


def _by_depth() -> Golden:
    scene = make_floor_scene("fence", HEIGHT, 6.0)
    return render(scene.image, scene.alpha, Look(_blur()), scene.defocus_map)


def _by_ground() -> Golden:
    scene = make_floor_scene("street", HEIGHT, 6.0)
    return render(scene.image, scene.alpha, Look(_blur()), find_floor(scene.alpha))


def _with_grain() -> Golden:
    image, alpha = _drawn("city")
    noise = np.random.default_rng(1).normal(0.0, 4.0, (4 * HEIGHT, 4 * image.shape[1], 3))
    large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) // 2 + 60
    matte = np.clip(cv2.resize(alpha, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR), 0.0, 1.0)
    grainy = render(np.clip(np.rint(large + noise), 0, 255).astype(np.uint8), matte, Look(_blur(), grain="match"))
    return np.ascontiguousarray(grainy[:HEIGHT, : image.shape[1]])


def _sixteen_bits() -> Golden:
    image, alpha = _drawn("bulbs")
    return render(image.astype(np.uint16) * 257, alpha, Look(_blur()))


def _live_frame() -> Golden:
    return render_live(*_drawn("city"), _blur())


def _in_place_of_the_room(kind: str) -> Golden:
    background = Background("color", color=(0, 177, 64)) if kind == "color" else Background(kind)  # type: ignore[arg-type]
    return render(*_drawn("bulbs"), Look(_blur(), background))


def _through_the_network(quality: str) -> Golden:
    with Image.open(SAMPLES / "astronaut.jpg") as opened:
        image = np.asarray(opened.convert("RGB").resize((256, 256), Image.Resampling.BOX))
    engine = portrait.open_engine()
    matte = engine.find_matte(image, quality)  # type: ignore[arg-type]
    return engine.render(image, matte, Look(_blur(), Background("color", color=(0, 177, 64))))


GOLDEN: Mapping[str, Callable[[], Golden]] = {
    "blades": _city_by_blades,
    "depth": _by_depth,
    "ground": _by_ground,
    "grain": _with_grain,
    "sixteen-bits": _sixteen_bits,
    "live": _live_frame,
    "mono": lambda: _in_place_of_the_room("mono"),
    "stage": lambda: _in_place_of_the_room("stage"),
    "color": lambda: _in_place_of_the_room("color"),
    "network-fast": lambda: _through_the_network("fast"),
    "network-fine": lambda: _through_the_network("fine"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_portrait_looks_as_it_did(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    found, path = GOLDEN[name](), FOLDER / f"{name}.png"
    if request.config.getoption("--update-golden"):
        save_photo(path, found)
    wanted = load_photo(path).colors
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    difference = np.abs(found.astype(np.float32) - wanted) * (255.0 / np.iinfo(found.dtype).max)
    is_alike = difference.mean() <= LARGEST_MEAN and (difference > LARGEST_STEP).mean() <= STEP_SHARE
    assert is_alike, _tell(name, wanted, found, difference, tmp_path)


def _tell(name: str, wanted: Golden, found: Golden, difference: np.ndarray, folder: Path) -> str:
    """A histogram of the difference, and where to look at it."""
    levels = [cv2.convertScaleAbs(image, alpha=255.0 / np.iinfo(image.dtype).max) for image in (wanted, found)]
    path = folder / f"{name}.png"
    Image.fromarray(np.hstack([*levels, np.clip(8.0 * difference, 0, 255).astype(np.uint8)])).save(path)
    edges = np.array([0, 0.5, 1.5, 3.5, 6.5, 12.5, 25.5, 256])
    shares = np.histogram(difference, edges)[0] / difference.size
    histogram = ", ".join(f"{edge:g}+: {share:.2%}" for edge, share in zip(edges, shares, strict=False))
    return f"{name}: mean {difference.mean():.2f}, levels {histogram}; look at {path}"
