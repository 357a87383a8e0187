"""Timing of the app's stages on this machine, beside a plain Gaussian blur timed in the same run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from portrait.benchmark.baselines import whole_frame_gaussian
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.ground_plane import Ground
from portrait.core.matting.refinement import FAST, FINE, refine
from portrait.core.matting.temporal import TemporalSmoother
from portrait.core.render.look import Background, Look
from portrait.core.resize import downsample_to_long_side, resize
from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo, save_photo
from portrait.files.system.assets import asset_path

PHOTO_MEGAPIXELS = 12.0
PREVIEW_LONG_SIDE_PX = 1280
LIVE_HEIGHT_PX, LIVE_WIDTH_PX = 720, 1280

BLUR = BlurOptions(blur_radius_fraction=0.02)
"""100 pixels of a 12-megapixel photo, 29 of a 720p frame."""

SMALL_BLUR_F_NUMBERS = (4.0, 8.0, 16.0)
"""Apertures with less blur, for which the renderer takes other code paths."""

FLOOR = Ground(near=0.95, far=0.9, horizon=0.3)
"""A floor and the part of it that is in focus, for blur by depth."""

_GRAIN_TILE_PX, _GRAIN_SIGMA = 256, 2.5


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of work to time, and a baseline to compare it with where there is one."""

    name: str
    run: Callable[[], object]
    baseline: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class StageTime:
    """Median times of a stage and of its baseline over the rounds; None where there is no baseline."""

    name: str
    median_ms: float
    baseline_ms: float | None = None

    @property
    def ratio(self) -> float | None:
        """Time of the stage over that of the baseline."""
        return None if self.baseline_ms is None else self.median_ms / self.baseline_ms

    def to_json_dict(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "stage": self.name,
            "median_ms": round(self.median_ms, 3),
            "baseline_ms": None if self.baseline_ms is None else round(self.baseline_ms, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
        }


def time_stages(
    stages: Sequence[Stage], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> tuple[StageTime, ...]:
    """Median times of all stages over ``rounds`` rounds, after one round to warm up that does not count.

    Each stage is followed at once by its baseline, so that a machine that grows hot or busy slows both.

    Parameters
    ----------
    clock
        Monotonic seconds.

    Raises
    ------
    ValueError
        Fewer than one round.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be 1 or more, got {rounds}")
    rounds_ms: list[list[tuple[float, float | None]]] = [[] for _ in stages]
    for _ in range(rounds + 1):
        for stage, times_ms in zip(stages, rounds_ms, strict=True):
            own_ms = _time_ms(stage.run, clock)
            times_ms.append((own_ms, None if stage.baseline is None else _time_ms(stage.baseline, clock)))
    return tuple(_to_stage_time(stage, times_ms[1:]) for stage, times_ms in zip(stages, rounds_ms, strict=True))


def photo_stages(engine: PortraitEngine, folder: Path, megapixels: float = PHOTO_MEGAPIXELS) -> tuple[Stage, ...]:
    """The stages of a photo: decode, matte in both qualities, render, save, and the previews of the window.

    Parameters
    ----------
    engine
        Engine to time.
    folder
        Folder for the photo that is decoded and the portrait that is saved.
    megapixels
        Size of the photo.
    """
    # Make a photo of this size, its matte, and the network's probability, which is refined alone.
    height = round((megapixels * 1e6 * 0.75) ** 0.5)
    source, target = folder / "photo.jpg", folder / "portrait.jpg"
    image = sample_image(height, round(height / 0.75))
    save_photo(source, image)
    matte = engine.find_matte(image)
    probability = engine.segmenter.find_probability(image)
    return (
        Stage("decode", lambda: load_photo(source)),
        Stage("matte fast", lambda: engine.find_matte(image, "fast")),
        Stage("matte fine", lambda: engine.find_matte(image, "fine")),
        Stage("  refine fast", lambda: refine(probability, image, FAST)),
        Stage("  refine fine", lambda: refine(probability, image, FINE)),
        _render_stage("render", engine.render, image, matte),
        *_depth_stages(engine.render, image, matte),
        Stage("save", lambda: save_photo(target, image)),
        *_preview_stages(engine, image, matte),
    )


def _preview_stages(engine: PortraitEngine, image: RgbImage, matte: AlphaMatte) -> tuple[Stage, ...]:
    """Stages of the window's preview: estimation of the layers, drafts while settings change, the final preview."""
    preview = np.ascontiguousarray(downsample_to_long_side(image, PREVIEW_LONG_SIDE_PX))
    preview_matte = downsample_to_long_side(matte, PREVIEW_LONG_SIDE_PX)
    layers = engine.find_layers(preview, preview_matte)
    draw, render = (partial(of_engine, layers=layers) for of_engine in (engine.render_live, engine.render))
    return (
        Stage("preview layers", lambda: engine.find_layers(preview, preview_matte)),
        *_aperture_stages("preview draft", draw, preview, preview_matte),
        *_aperture_stages("preview render", render, preview, preview_matte),
        *_depth_stages(render, preview, preview_matte),
    )


def live_stages(engine: PortraitEngine) -> tuple[Stage, ...]:
    """Stages of the live view at 720p: a whole frame in one thread, and its parts."""
    image = sample_image(LIVE_HEIGHT_PX, LIVE_WIDTH_PX)
    matte = engine.find_matte(image)
    smoother = TemporalSmoother()

    def make_frame() -> RgbImage:
        return engine.render_live(image, smoother.smooth(image, engine.find_matte(image)), BLUR)

    return (
        Stage("live frame", make_frame),
        Stage("  matte", lambda: engine.find_matte(image)),
        Stage("  smooth", lambda: smoother.smooth(image, matte)),
        *_aperture_stages("  render", engine.render_live, image, matte),
        _render_stage("  render lights", engine.render_live, image, matte, replace(BLUR, highlight_boost=0.5)),
        Stage("  render stage", lambda: engine.render_live(image, matte, Look(background=Background("stage")))),
    )


def sample_image(height: int, width: int) -> RgbImage:
    """Crop and upsample the bundled sample photo to a size, and add noise: uint8 (height, width, 3).

    Without noise an upsampled image would be too smooth: decoding and saving would look faster than they are.
    """
    # Crop to the aspect of the result.
    sample = load_photo(asset_path("samples", "astronaut.jpg")).image
    scale = max(height / sample.shape[0], width / sample.shape[1])
    cut = sample[: round(height / scale), : round(width / scale)]
    # Tile a patch of Gaussian noise over the image.
    tile = np.random.default_rng(21).normal(0.0, _GRAIN_SIGMA, (_GRAIN_TILE_PX, _GRAIN_TILE_PX, 1)).astype(np.float32)
    repeats = (-(-height // _GRAIN_TILE_PX), -(-width // _GRAIN_TILE_PX), 1)
    grain = np.tile(tile, repeats)[:height, :width]
    # Upsample and add the noise.
    grainy = resize(np.ascontiguousarray(cut), height, width).astype(np.float32) + grain
    return np.asarray(np.rint(np.clip(grainy, 0.0, 255.0)), dtype=np.uint8)


def _aperture_stages(
    name: str, render: Callable[..., RgbImage], image: RgbImage, matte: AlphaMatte
) -> tuple[Stage, ...]:
    """Rendering with the standard blur and at each smaller aperture."""
    stopped_down = (
        _render_stage(f"{name} f/{f_number:g}", render, image, matte, BlurOptions(f_number=f_number))
        for f_number in SMALL_BLUR_F_NUMBERS
    )
    return (_render_stage(name, render, image, matte), *stopped_down)


def _render_stage(
    name: str,
    render: Callable[[RgbImage, AlphaMatte, BlurOptions], RgbImage],
    image: RgbImage,
    matte: AlphaMatte,
    blur: BlurOptions = BLUR,
) -> Stage:
    """Rendering with one blur, beside a whole-frame Gaussian of the same radius."""
    radius_px = blur.blur_radius_px(*matte.shape)
    return Stage(name, lambda: render(image, matte, blur), lambda: whole_frame_gaussian(image, matte, radius_px))


def _depth_stages(render: Callable[..., RgbImage], image: RgbImage, matte: AlphaMatte) -> tuple[Stage, Stage]:
    """Blur by depth: of a floor, whose defocus changes by row alone, and of a map that changes along both axes."""
    height, width = matte.shape
    floor = FLOOR.defocus_map(height, width)
    slope = np.linspace(-0.3, 1.0, width, dtype=np.float32)
    everywhere = np.clip(floor + slope, -1.0, 1.0)
    return (
        Stage("  on a floor", lambda: render(image, matte, BLUR, floor)),
        Stage("  with depth", lambda: render(image, matte, BLUR, everywhere)),
    )


def _time_ms(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Wall time of one call."""
    started_s = clock()
    run()
    return 1000.0 * (clock() - started_s)


def _to_stage_time(stage: Stage, times_ms: Sequence[tuple[float, float | None]]) -> StageTime:
    baseline_ms = [baseline for _, baseline in times_ms if baseline is not None]
    return StageTime(stage.name, median(own for own, _ in times_ms), median(baseline_ms) if baseline_ms else None)
