"""The state of a training run: weights, optimiser and progress; how it starts, is saved and is restored."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn

from export.data.label_meaning import TARGET_NAMES
from export.errors import ExportError
from export.models import build_network
from export.models.checkpoint import read_checkpoint, save_checkpoint
from export.models.normalize import NORMALIZE
from export.training.config import TrainConfig
from export.training.curves import EpochFigures
from export.training.distributed import World, make_replica, synchronise_batch_norm
from export.training.initial_weights import load_initial_weights
from export.training.optimizer import Schedule, make_optimizer
from portrait.core.model_spec import PEOPLE_CHANNELS, ModelSpec

CHECKPOINT_NAME = "checkpoint.pt"
START_NAME = "start.pt"
"""What a run started from, to be averaged with where it ended."""

_MAY_CHANGE = frozenset(
    {
        *("train_dirs", "val_dirs", "unlabelled_dirs", "out_dir", "cache_dir", "initial_weights"),
        *("device", "threads", "workers", "checkpoint_every_steps"),
    }
)
"""Settings that may differ when a run is continued: they name places and set the speed, not the result."""


@dataclass(slots=True)
class TrainState:
    """A run after ``step`` steps.

    Attributes
    ----------
    network, replica
        The network being trained, and the module that the training step calls: the network itself or, in a run of
        several processes, its ``DistributedDataParallel`` wrapper.
    ema
        The network with exponentially averaged weights, in eval mode.
    optimizer
        AdamW with its moments.
    step, loss_sum
        Steps done in all, and the sum of the losses over the steps of the current epoch.
    epochs
        Figures of the epochs done.
    """

    network: nn.Module
    replica: nn.Module
    ema: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    loss_sum: float = 0.0
    epochs: list[EpochFigures] = field(default_factory=list)


def start_state(config: TrainConfig, schedule: Schedule, world: World, inputs: Iterable[Tensor]) -> TrainState:
    """A network from the initial weights, or the state of the checkpoint in ``out_dir``.

    Parameters
    ----------
    config, schedule, world
        Of the run.
    inputs
        Minibatches of normalised images of the run; drawn only where the initial weights are an exported network's.

    Raises
    ------
    DataError
        Nothing in the initial weights fits.
    ExportError
        A file cannot be read, or the run in ``out_dir`` has other settings.
    """
    # The network, from the initial weights unless a checkpoint is there to continue from.
    torch.manual_seed(config.seed)
    path = config.out_dir / CHECKPOINT_NAME
    network = build_network(config.arch, **config.network)
    if config.initial_weights is not None and not path.exists():
        taken = load_initial_weights(network, config.initial_weights, inputs)
        if world.is_first:
            print(f"{taken} of {len(network.state_dict())} tensors from {config.initial_weights}", flush=True)
    # The averaged copy starts from the same weights.
    ema = build_network(config.arch, **config.network)
    ema.load_state_dict(network.state_dict())
    network = synchronise_batch_norm(network, world)
    network.to(world.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = TrainState(network, network, ema.eval().to(world.device), make_optimizer(network, config))
    # Continue from a checkpoint where there is one, then wrap the network for distributed training.
    if path.exists():
        restore_state(state, config, schedule)
    state.replica = make_replica(network, world)
    return state


@torch.no_grad()
def update_ema(ema: nn.Module, network: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights and batch-norm statistics; integer buffers are copied."""
    for averaged, current in zip(ema.state_dict().values(), network.state_dict().values(), strict=True):
        if averaged.is_floating_point():
            averaged.lerp_(current, 1.0 - decay)
        else:
            averaged.copy_(current)


def save_state(state: TrainState, config: TrainConfig, schedule: Schedule, name: str = CHECKPOINT_NAME) -> None:
    """Write a checkpoint of this name, atomically."""
    payload = {
        "arch": config.arch,
        "config": dict(config.network),
        "spec": make_spec(config).to_json(),
        "model": state.network.state_dict(),
        "ema": state.ema.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "step": state.step,
        "loss_sum": state.loss_sum,
        "epochs": [asdict(figures) for figures in state.epochs],
        "train_config": _describe(config, schedule),
    }
    save_checkpoint(config.out_dir / name, payload)


def restore_state(state: TrainState, config: TrainConfig, schedule: Schedule) -> None:
    """Continue from the checkpoint in ``out_dir``.

    Raises
    ------
    ExportError
        It cannot be read, or its run had other settings or data.
    """
    payload = read_checkpoint(config.out_dir / CHECKPOINT_NAME)
    _require_same_run(payload.get("train_config", {}), config, schedule)
    state.network.load_state_dict(payload["model"])
    state.ema.load_state_dict(payload["ema"])
    state.optimizer.load_state_dict(payload["optimizer"])
    state.step = payload["step"]
    state.loss_sum = payload["loss_sum"]
    state.epochs = [EpochFigures(**figures) for figures in payload["epochs"]]


def _require_same_run(before: dict[str, str], config: TrainConfig, schedule: Schedule) -> None:
    changed = [
        f"{name} was {before.get(name, 'not set')} and is now {value}"
        for name, value in _describe(config, schedule).items()
        if name not in _MAY_CHANGE and before.get(name) != value
    ]
    if changed:
        raise ExportError(
            f"the run in {config.out_dir} has other settings: {'; '.join(changed)}",
            "repeat them, or choose another --out and start from this one's checkpoint with --weights",
        )


def _describe(config: TrainConfig, schedule: Schedule) -> dict[str, str]:
    """All settings as text, with the steps per epoch: another number there means that the data changed."""
    described = {name: str(value) for name, value in asdict(config).items()}
    return {**described, "steps_per_epoch": str(schedule.steps_per_epoch)}


def make_spec(config: TrainConfig) -> ModelSpec:
    """The contract of the network being trained."""
    names = TARGET_NAMES if config.network.get("with_subject") else ("person",)
    kept = len(names) - 1
    if config.network.get("with_people"):
        names = (*names, *PEOPLE_CHANNELS)
    return ModelSpec(
        name=config.name,
        class_names=names,
        person_class_index=kept,
        input_height=config.input_size_px,
        input_width=config.input_size_px,
        size_multiple=16,
        normalize_mean=(NORMALIZE,) * 3,
        normalize_std=(NORMALIZE,) * 3,
        training_id=f"{config.arch}-{config.input_size_px}px-{config.epochs}ep-seed{config.seed}",
    )
