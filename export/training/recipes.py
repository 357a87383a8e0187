"""The shipped models, each as the stages that it was trained in. One command repeats them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from export.data.data_set import find_data_set
from export.data.sources import find_closed
from export.errors import ExportError
from export.training.averaging import average_checkpoints
from export.training.config import LossWeights, TrainConfig
from export.training.distributed import World, open_world, wait_for_all
from export.training.state import CHECKPOINT_NAME, START_NAME
from export.training.train import train

_UNSET = Path()


@dataclass(frozen=True, slots=True)
class Average:
    """Not a run, but the mean of the weights of stages before it.

    Attributes
    ----------
    name
        Of its folder, after its number.
    shares
        Names of the stages and their shares; ``NAME@start`` stands for the weights that a stage started from.
    input_size_px
        Side of the input that the result is to be run at; None: that of the last stage.
    """

    name: str
    shares: tuple[tuple[str, float], ...]
    input_size_px: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of a recipe. It starts from the averaged weights of the one before, the first from those given.

    Attributes
    ----------
    name
        Of its folder, after its number.
    config
        Its settings; data, folders and the machine's settings come from whoever runs it.
    """

    name: str
    config: TrainConfig


_ADAPT = TrainConfig(
    train_dirs=(),
    out_dir=_UNSET,
    name="portrait-live",
    input_size_px=256,
    epochs=16,
    minibatch_size=24,
    head_learning_rate=2e-3,
    backbone_learning_rate=3e-4,
    weight_decay=1e-4,
    ema_decay=0.998,
    losses=LossWeights(iou=0.5),
    seed=0,
)
_SHARPEN = replace(
    _ADAPT,
    epochs=22,
    head_learning_rate=1e-3,
    backbone_learning_rate=5e-4,
    weight_decay=1e-2,
    ema_decay=0.999,
    losses=LossWeights(iou=1.0),
    seed=1,
)
_STEADY = replace(
    _SHARPEN,
    epochs=4,
    head_learning_rate=4e-4,
    backbone_learning_rate=2e-4,
    ema_decay=0.998,
    losses=LossWeights(iou=0.5),
    person_free_share=0.16,
    seed=3,
)
_PHOTO = replace(
    _STEADY,
    name="portrait-photo",
    input_size_px=384,
    epochs=3,
    minibatch_size=16,
    head_learning_rate=4e-4,
    backbone_learning_rate=1.5e-4,
    seed=2,
)
_LARGE = replace(
    _PHOTO,
    input_size_px=512,
    epochs=2,
    head_learning_rate=2.5e-4,
    backbone_learning_rate=1e-4,
    ema_decay=0.99,
    losses=LossWeights(iou=1.0),
    seed=31,
)
LIVE_INPUT_PX = 288
"""The live network is run a little larger than its first stages were trained: better on every validation set, most of
all on small people, and it still fits a live frame's time.
"""

_CALM = replace(
    _STEADY,
    input_size_px=LIVE_INPUT_PX,
    epochs=2,
    ema_decay=0.995,
    losses=LossWeights(iou=0.5, laplacian=0.5, consistency=5.0),
    seed=11,
)

_WIDEN = TrainConfig(
    train_dirs=(),
    out_dir=_UNSET,
    name="portrait-photo",
    network={"with_subject": True},
    preset="scenes",
    person_free_share=0.2,
    epoch_size=5500,
    epochs=3,
    head_learning_rate=8e-4,
    backbone_learning_rate=2.5e-4,
    losses=LossWeights(iou=0.5, laplacian=0.3),
)
"""On all sets, from a network that knows portraits. What it forgets of these comes back by averaging with the start
(Wortsman et al. 2022, arXiv 2109.01903)."""

_LIVE_STAGES = (
    Stage("adapt", _ADAPT),
    Stage("sharpen", _SHARPEN),
    Average("mean", (("adapt", 0.25), ("sharpen", 0.75)), input_size_px=LIVE_INPUT_PX),
    Stage("calm", _CALM),
    Average("portraits", (("mean", 0.15), ("calm", 0.85)), input_size_px=LIVE_INPUT_PX),
    Stage("widen", replace(_WIDEN, name="portrait-live", epoch_size=4500)),
    Average("end", (("widen@start", 0.65), ("widen", 0.35)), input_size_px=LIVE_INPUT_PX),
)
_PHOTO_STAGES = (
    Stage("adapt", _ADAPT),
    Stage("sharpen", _SHARPEN),
    Stage("steady", _STEADY),
    Average("mean", (("adapt", 0.34), ("sharpen", 0.33), ("steady", 0.33))),
    Stage("photo", _PHOTO),
    Stage("large", _LARGE),
    Average("portraits", (("photo", 0.5), ("large", 0.5)), input_size_px=384),
    Stage("widen", _WIDEN),
    Average("end", (("widen@start", 0.65), ("widen", 0.35)), input_size_px=384),
)

_OPEN_STAGES = (
    Stage(
        "open",
        TrainConfig(
            train_dirs=(),
            out_dir=_UNSET,
            name="portrait-open",
            network={"with_subject": True},
            preset="scenes",
            person_free_share=0.2,
            epoch_size=4200,
            epochs=4,
            losses=LossWeights(iou=0.5, laplacian=0.3),
        ),
    ),
)

OPEN_RECIPE = "open"
"""The recipe that refuses sets whose licence is not open."""

RECIPES: Mapping[str, tuple[Stage | Average, ...]] = MappingProxyType(
    {"live": _LIVE_STAGES, "photo": _PHOTO_STAGES, OPEN_RECIPE: _OPEN_STAGES}
)
"""The first shipped weights were trained while `export.data.transforms` still had faults in its pasting; the recipe
repeats their schedule, not their bits.
"""


def run_recipe(name: str, given: TrainConfig) -> Path:
    """Train a shipped model again, stage by stage, each in ``out_dir/NUMBER-NAME``.

    A finished stage is not repeated, an interrupted one goes on.

    Parameters
    ----------
    name
        In `RECIPES`.
    given
        Its data, ``out_dir``, initial weights, teachers, device, threads and workers are taken; the stages say the
        rest.

    Returns
    -------
    Path of the last stage's checkpoint.

    Raises
    ------
    ExportError
        No initial weights, or a set that the recipe may not use; and as `export.training.train.run_training`.
    DataError
        As `export.training.train.run_training`.
    """
    weights = given.initial_weights
    if weights is None:
        raise ExportError(f"the recipe {name} starts from weights", "give --weights FILE.safetensors")
    if name == OPEN_RECIPE:
        _require_open(given.train_dirs)
    with open_world(given.device) as world:
        for number, stage in enumerate(RECIPES[name], start=1):
            if world.is_first:
                print(f"stage {number} of {len(RECIPES[name])}: {stage.name}", flush=True)
            if isinstance(stage, Average):
                weights = _average(stage, number, name, given.out_dir, world)
            else:
                weights = train(plan_stage(stage, number, weights, given), world)
    return weights


def _require_open(folders: Sequence[Path]) -> None:
    closed = find_closed([find_data_set(folder).name for folder in folders])
    if closed:
        raise ExportError(
            f"the recipe {OPEN_RECIPE} does not train on {', '.join(closed)}: no open licence",
            "leave these sets out, or take another recipe",
        )


def _average(stage: Average, number: int, recipe: str, out_dir: Path, world: World) -> Path:
    path = out_dir / f"{number}-{stage.name}" / CHECKPOINT_NAME
    numbers = {earlier.name: index for index, earlier in enumerate(RECIPES[recipe], start=1)}
    if world.is_first and not path.exists():
        parts = []
        for part, share in stage.shares:
            earlier, _, is_start = part.partition("@")
            file = START_NAME if is_start else CHECKPOINT_NAME
            parts.append((out_dir / f"{numbers[earlier]}-{earlier}" / file, share))
        average_checkpoints(parts, path, stage.input_size_px)
    wait_for_all()
    return path


def plan_stage(stage: Stage, number: int, weights: Path, given: TrainConfig) -> TrainConfig:
    """A stage's settings with the user's data and machine; the stages share one cache."""
    return replace(
        stage.config,
        train_dirs=given.train_dirs,
        val_dirs=given.val_dirs,
        unlabelled_dirs=given.unlabelled_dirs,
        out_dir=given.out_dir / f"{number}-{stage.name}",
        cache_dir=given.cache_dir or given.out_dir / "cache",
        initial_weights=weights,
        distillation=given.distillation,
        device=given.device,
        threads=given.threads,
        workers=given.workers,
        checkpoint_every_steps=given.checkpoint_every_steps,
    )
