"""Training, read top to bottom: data, network, schedule, steps, evaluation, checkpoint.

Every random choice is a function of the seed and the step, so a run that is killed goes on from its last checkpoint
with the numbers that it would have had.
"""

import csv
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from export.checkpoint import load_initial_state, read_checkpoint, save_checkpoint
from export.config import TrainConfig
from export.data import DataSet, EpochSampler, ImageCache, TrainSamples, find_data_set
from export.errors import DataError
from export.losses import person_loss
from export.models import build_network
from export.normalize import NORMALIZE, to_input
from export.samples import save_sample_sheet
from export.transforms import TrainPreset
from export.validate import Validation, validate
from portrait.core.model_spec import ModelSpec

CHECKPOINT_NAME = "checkpoint.pt"


@dataclass(slots=True)
class TrainState:
    """What changes from step to step, and so what a checkpoint holds."""

    network: nn.Module
    ema: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0


def run_training(config: TrainConfig) -> Path:
    """Train to the end of the schedule, going on from the checkpoint in ``out_dir`` where there is one.

    Returns
    -------
    Path of the last checkpoint.

    Raises
    ------
    DataError
        A data set or the initial weights cannot be used.
    """
    torch.set_num_threads(config.threads)
    config.out_dir.mkdir(parents=True, exist_ok=True)
    samples, val_sets, cache = open_data(config)
    steps_per_epoch = samples.epoch_length() // config.minibatch_size
    if steps_per_epoch == 0:
        raise DataError("fewer pictures than one minibatch", "give more data or a smaller --minibatch-size")
    state = start_state(config)
    loader = open_loader(samples, config, state.step)
    for epoch, losses in train_epochs(state, loader, config, steps_per_epoch):
        validation = validate(state.ema, val_sets, cache, config.input_size_px)
        write_row(config.out_dir / "curve.csv", epoch, losses, validation)
        save_state(state, config)
        save_sample_sheet(config.out_dir / f"samples-{epoch:03d}.png", samples, state.ema, epoch)
    return config.out_dir / CHECKPOINT_NAME


def open_data(config: TrainConfig) -> tuple[TrainSamples, list[DataSet], ImageCache]:
    """Training samples, validation sets and the cache that both read from."""
    cache = ImageCache(config.out_dir / "cache", long_side_px=2 * config.input_size_px)
    train_sets = [find_data_set(folder) for folder in config.train_dirs]
    samples = TrainSamples(train_sets, cache, TrainPreset(config.input_size_px), config.seed)
    return samples, [find_data_set(folder) for folder in config.val_dirs], cache


def make_spec(config: TrainConfig) -> ModelSpec:
    """The contract of the network being trained."""
    return ModelSpec(
        name=config.name,
        input_height=config.input_size_px,
        input_width=config.input_size_px,
        size_multiple=16,
        normalize_mean=(NORMALIZE,) * 3,
        normalize_std=(NORMALIZE,) * 3,
        training_id=f"{config.arch}-{config.input_size_px}px-{config.epochs}ep-seed{config.seed}",
        licence="Apache-2.0",
    )


def start_state(config: TrainConfig) -> TrainState:
    """A fresh network from the initial weights, or the state of the checkpoint in ``out_dir``."""
    torch.manual_seed(config.seed)
    network = build_network(config.arch, **config.network)
    if config.initial_weights is not None:
        load_fitting(network, config.initial_weights)
    ema = build_network(config.arch, **config.network)
    ema.load_state_dict(network.state_dict())
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = TrainState(network, ema.eval(), make_optimizer(network, config))
    path = config.out_dir / CHECKPOINT_NAME
    if path.exists():
        restore_state(state, path)
    return state


def load_fitting(network: nn.Module, path: Path) -> None:
    """Take every tensor whose name and shape fit; the rest keeps its random start.

    Raises
    ------
    DataError
        Nothing fits.
    ExportError
        The file cannot be read.
    """
    given = load_initial_state(path)
    own = network.state_dict()
    fitting = {name: tensor for name, tensor in given.items() if name in own and own[name].shape == tensor.shape}
    if not fitting:
        raise DataError(f"no tensor of {path} fits this network", "check --arch and the width of the backbone")
    network.load_state_dict(fitting, strict=False)
    print(f"initial weights: {len(fitting)} of {len(own)} tensors from {path.name}", flush=True)


def make_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW; the pretrained backbone at its own rate, no decay on biases and norms."""
    groups = []
    for in_backbone, rate in ((True, config.backbone_learning_rate), (False, config.head_learning_rate)):
        named = [p for name, p in network.named_parameters() if name.startswith("backbone.") == in_backbone]
        for decays, decay in ((True, config.weight_decay), (False, 0.0)):
            chosen = [p for p in named if (p.ndim > 1) == decays]
            groups.append({"params": chosen, "weight_decay": decay, "lr": rate, "peak_lr": rate})
    return torch.optim.AdamW(groups)


def open_loader(samples: TrainSamples, config: TrainConfig, first_step: int) -> DataLoader[Any]:
    """Minibatches from ``first_step`` to the end of the schedule."""
    sampler = EpochSampler(samples.epoch_length(), config.minibatch_size, config.epochs, first_step)
    return DataLoader(
        samples,
        batch_sampler=sampler,
        num_workers=config.workers,
        worker_init_fn=_start_worker,
        prefetch_factor=6 if config.workers else None,
    )


def _start_worker(_: int) -> None:
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def train_epochs(
    state: TrainState, loader: DataLoader[Any], config: TrainConfig, steps_per_epoch: int
) -> Iterator[tuple[int, list[float]]]:
    """Yield (epoch, losses since the start or resume of that epoch) after each epoch."""
    losses: list[float] = []
    total_steps = steps_per_epoch * config.epochs
    started_s = time.monotonic()
    first_step = state.step
    for images, labels in loader:
        losses.append(train_step(state, images, labels, config, total_steps))
        if state.step % config.checkpoint_every_steps == 0:
            save_state(state, config)
            pace = (state.step - first_step) * config.minibatch_size / (time.monotonic() - started_s)
            left_min = (total_steps - state.step) * config.minibatch_size / pace / 60.0
            recent = float(np.mean(losses[-config.checkpoint_every_steps :]))
            print(
                f"step {state.step}/{total_steps} loss {recent:.4f} {pace:.1f} images/s {left_min:.0f} min left",
                flush=True,
            )
        if state.step % steps_per_epoch == 0:
            yield state.step // steps_per_epoch - 1, losses
            losses = []


def train_step(state: TrainState, images: Tensor, labels: Tensor, config: TrainConfig, total_steps: int) -> float:
    """One optimiser step on uint8 images (N, H, W, 3) and labels (N, H, W); returns the loss."""
    torch.manual_seed(config.seed * 1_000_003 + state.step)
    set_learning_rate(state.optimizer, learning_rate_factor(state.step, total_steps, config.warmup_fraction))
    state.network.train()
    x = to_input(images)
    with torch.autocast(x.device.type, dtype=torch.bfloat16):
        logits = state.network(x)["out"]
    loss = person_loss(logits.float(), labels)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), config.gradient_clip_norm)
    state.optimizer.step()
    state.step += 1
    update_ema(state.ema, state.network, min(config.ema_decay, (1 + state.step) / (10 + state.step)))
    return float(loss.detach())


def learning_rate_factor(step: int, total_steps: int, warmup_fraction: float) -> float:
    """Linear warm-up to 1, then cosine to 0 (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    warmup = max(1, round(total_steps * warmup_fraction))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, total_steps - warmup)))


def set_learning_rate(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set every group to its peak times ``factor``."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak_lr"] * factor


@torch.no_grad()
def update_ema(ema: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the averaged weights and batch statistics towards the network's."""
    for averaged, current in zip(ema.state_dict().values(), network.state_dict().values(), strict=True):
        if averaged.is_floating_point():
            averaged.lerp_(current, 1.0 - decay)
        else:
            averaged.copy_(current)


def save_state(state: TrainState, config: TrainConfig) -> None:
    """Write the checkpoint, atomically."""
    payload = {
        "arch": config.arch,
        "config": dict(config.network),
        "spec": make_spec(config).to_json(),
        "model": state.network.state_dict(),
        "ema": state.ema.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "step": state.step,
        "train_config": {key: str(value) for key, value in asdict(replace(config, network={})).items()},
    }
    save_checkpoint(config.out_dir / CHECKPOINT_NAME, payload)


def restore_state(state: TrainState, path: Path) -> None:
    """Continue from a checkpoint."""
    payload = read_checkpoint(path)
    state.network.load_state_dict(payload["model"])
    state.ema.load_state_dict(payload["ema"])
    state.optimizer.load_state_dict(payload["optimizer"])
    state.step = payload["step"]
    print(f"resumed at step {state.step}", flush=True)


def write_row(path: Path, epoch: int, losses: list[float], validation: Validation) -> None:
    """Append an epoch's figures to the curve."""
    row = {"epoch": epoch + 1, "loss": f"{np.mean(losses):.5f}", **validation.to_row()}
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)
