"""Training, read top to bottom: data, state, steps, loss, evaluation, checkpoint.

Every random choice is a function of the seed and the step, and the checkpoint holds the figures of the epochs done, so
a run that is killed goes on with the numbers that it would have had: on a CPU to the last bit, on CUDA as far as its
kernels repeat themselves.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from export.atomic import replacing
from export.data.data_set import DataSet, ImageCache, find_data_set
from export.data.label_meaning import TARGET_NAMES
from export.data.mixture import Mixture
from export.data.train_samples import EpochSampler, TrainSamples
from export.data.transforms import PRESETS
from export.data.unlabelled import MixedSamples, Samples
from export.errors import DataError
from export.models.normalize import to_input
from export.training.config import TrainConfig
from export.training.consistency import consistency_loss, draw_jitter
from export.training.curves import EpochFigures, write_curves
from export.training.distributed import RankSampler, World, mean_over_ranks, open_world, wait_for_all
from export.training.losses import distillation_loss, people_loss, person_loss
from export.training.optimizer import Schedule
from export.training.precision import computes_bfloat16
from export.training.sample_sheet import save_sample_sheet
from export.training.selection import BEST_NAME, is_best
from export.training.state import CHECKPOINT_NAME, START_NAME, TrainState, save_state, start_state, update_ema
from export.training.teachers import Teacher, ask_where_void, open_teacher
from export.training.validate import validate


def run_training(config: TrainConfig) -> Path:
    """Train to the end of the schedule, going on from the checkpoint in ``out_dir`` where there is one.

    Alone, or as one of the processes that ``torchrun`` started.

    Returns
    -------
    Path of the last checkpoint.

    Raises
    ------
    DataError
        A data set or the initial weights cannot be used.
    ExportError
        The device, a teacher or the checkpoint cannot be used, or the processes do not divide the minibatch.
    """
    with open_world(config.device) as world:
        return train(config, world)


def train(config: TrainConfig, world: World) -> Path:
    """One process's part of `run_training`."""
    world.require_divides(config.minibatch_size)
    torch.set_num_threads(config.threads)
    config.out_dir.mkdir(parents=True, exist_ok=True)
    run = open_run(config, world)
    if world.is_first and run.state.step:
        print(f"resumed at step {run.state.step} of {run.schedule.total_steps}", flush=True)
    if world.is_first and config.initial_weights is not None and not run.state.step:
        save_state(run.state, config, run.schedule, START_NAME)
    if world.is_first and run.state.epochs:
        write_curves(config.out_dir, run.state.epochs)  # a kill may have come between checkpoint and curves
    pace = Pace(run.state.step)
    for minibatch in open_loader(run):
        train_step(run, *(tensor.to(world.device) for tensor in minibatch))
        if world.is_first:
            keep(run, pace)
    wait_for_all()
    path = config.out_dir / CHECKPOINT_NAME
    if world.is_first:
        print(path, flush=True)
    return path


@dataclass(frozen=True, slots=True)
class Run:
    """A training run with everything that it needs."""

    config: TrainConfig
    world: World
    schedule: Schedule
    samples: Samples
    val_sets: tuple[DataSet, ...]
    cache: ImageCache
    state: TrainState
    teacher: Teacher | None


def open_run(config: TrainConfig, world: World) -> Run:
    """Data, network and teacher, ready for the next step."""
    cache = ImageCache(config.cache_dir or config.out_dir / "cache", long_side_px=2 * config.input_size_px)
    samples = open_samples(config, cache)
    steps_per_epoch = samples.epoch_length() // config.minibatch_size
    if steps_per_epoch == 0:
        raise DataError("fewer pictures than one minibatch", "give more data or a smaller --minibatch-size")
    schedule = Schedule(steps_per_epoch, config.epochs, config.warmup_fraction)
    return Run(
        config=config,
        world=world,
        schedule=schedule,
        samples=samples,
        val_sets=tuple(find_data_set(folder) for folder in config.val_dirs),
        cache=cache,
        state=start_state(config, schedule, world, draw_inputs(samples, config.minibatch_size)),
        teacher=open_teacher(config.distillation, world.device, config.threads),
    )


def open_samples(config: TrainConfig, cache: ImageCache) -> Samples:
    """The labelled sets, and the unlabelled ones among them.

    Raises
    ------
    DataError
        A data set cannot be used, or unlabelled pictures that nothing would be learned from.
    """
    preset = replace(PRESETS[config.preset], size_px=config.input_size_px)
    mixture = Mixture(config.mixture_exponent, config.person_free_share, config.epoch_size)
    sets = [find_data_set(folder) for folder in config.train_dirs]
    labelled = TrainSamples(sets, cache, preset, config.seed, mixture)
    if not config.unlabelled_dirs:
        return labelled
    if not config.distillation.teachers and not config.losses.consistency:
        raise DataError("nothing is learned from unlabelled pictures", "give --teacher, or --loss consistency=1")
    unlabelled = [find_data_set(folder) for folder in config.unlabelled_dirs]
    return MixedSamples(labelled, unlabelled, cache, preset, config.seed)


def draw_inputs(samples: Samples, minibatch_size: int, count: int = 12) -> Iterator[Tensor]:
    """The first minibatches of normalised images that the run will see, float32 (N, 3, H, W)."""
    for minibatch in islice(EpochSampler(samples.epoch_length(), minibatch_size, 1), count):
        yield to_input(torch.from_numpy(np.stack([samples[key][0] for key in minibatch]))).float()


def open_loader(run: Run) -> DataLoader[Any]:
    """This process's share of the minibatches from the next step to the end of the schedule."""
    config = run.config
    minibatches = EpochSampler(run.samples.epoch_length(), config.minibatch_size, config.epochs, run.state.step)
    return DataLoader(
        run.samples,
        batch_sampler=RankSampler(minibatches, run.world),
        num_workers=config.workers,
        worker_init_fn=_start_worker,
        prefetch_factor=6 if config.workers else None,
        pin_memory=run.world.device.type == "cuda",
    )


def _start_worker(_: int) -> None:
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def train_step(run: Run, images: Tensor, labels: Tensor, people: Tensor) -> None:
    """One optimiser step on this process's share of a minibatch.

    Parameters
    ----------
    images, labels, people
        uint8 (N, H, W, 3), uint8 (N, 2, H, W) and float32 (N, 4, H/4, W/4), see `export.data.transforms.TargetSample`.
    """
    config, state = run.config, run.state
    torch.manual_seed(config.seed * 1_000_003 + state.step + 500_009 * run.world.rank)
    run.schedule.apply(state.optimizer, state.step)
    state.network.train()
    loss = minibatch_loss(run, images, labels, people)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), config.gradient_clip_norm)
    state.optimizer.step()
    state.step += 1
    state.loss_sum += float(mean_over_ranks(loss.detach()))
    update_ema(state.ema, state.network, min(config.ema_decay, (1 + state.step) / (10 + state.step)))


def minibatch_loss(run: Run, images: Tensor, labels: Tensor, people: Tensor) -> Tensor:
    """What the labels, the people's centres, the teacher and consistency ask for, weighted; bfloat16 where it can."""
    weights, x = run.config.losses, to_input(images)
    jitter = draw_jitter() if weights.consistency else None
    # One pass over both copies: their batch statistics are shared, and DDP sees one forward a step.
    seen = x if jitter is None else torch.cat([x, jitter.apply(x)])
    with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=computes_bfloat16(x.device.type)):
        logits = run.state.replica(seen)["out"]
    logits, jittered_logits = logits[: len(x)].float(), logits[len(x) :].float()
    masks = logits[:, : len(TARGET_NAMES)]
    loss = person_loss(masks, labels[:, -masks.shape[1] :], weights)  # a network with one output learns the subject
    if weights.people:
        loss = loss + weights.people * people_loss(logits[:, len(TARGET_NAMES) :], people)
    if run.teacher is not None:
        probability, taught = ask_where_void(run.teacher, images, labels[:, -1])
        temperature = run.config.distillation.temperature
        loss = loss + weights.distillation * distillation_loss(masks[:, -1:], probability, taught, temperature)
    if jitter is not None:
        loss = loss + weights.consistency * consistency_loss(logits, jittered_logits, jitter)
    return loss


def keep(run: Run, pace: "Pace") -> None:
    """Evaluate and write at the end of an epoch; between, write a checkpoint from time to time."""
    steps_in_epoch = run.state.step % run.schedule.steps_per_epoch
    if steps_in_epoch == 0:
        end_epoch(run)
    elif run.state.step % run.config.checkpoint_every_steps == 0:
        save_state(run.state, run.config, run.schedule)
        print(pace.tell(run, run.state.loss_sum / steps_in_epoch), flush=True)


def end_epoch(run: Run) -> None:
    """Figures and samples of the epoch just done; the checkpoint holds its figures, so that none is lost or doubled."""
    config, state = run.config, run.state
    found = validate(state.ema, run.val_sets, run.cache, config.input_size_px)
    epoch = len(state.epochs)
    loss = state.loss_sum / run.schedule.steps_per_epoch
    state.epochs.append(EpochFigures(epoch + 1, loss, found.person_iou, found.false_person_fraction))
    state.loss_sum = 0.0
    save_sample_sheet(config.out_dir / f"samples-{epoch:03d}.png", run.samples, state.ema, epoch)
    save_state(state, config, run.schedule)
    if is_best(state.epochs):
        with replacing(config.out_dir / BEST_NAME) as partial:
            shutil.copyfile(config.out_dir / CHECKPOINT_NAME, partial)
    write_curves(config.out_dir, state.epochs)
    print(" ".join(f"{key}={value}" for key, value in state.epochs[-1].to_row().items()), flush=True)


class Pace:
    """How fast this process has gone since it started or resumed."""

    def __init__(self, first_step: int) -> None:
        self._first_step = first_step
        self._started_s = time.monotonic()

    def tell(self, run: Run, loss: float) -> str:
        """One line of progress; ``loss`` is the mean of this epoch so far."""
        step, total = run.state.step, run.schedule.total_steps
        steps_per_s = (step - self._first_step) / (time.monotonic() - self._started_s)
        left_min = (total - step) / steps_per_s / 60.0
        speed = steps_per_s * run.config.minibatch_size
        return f"step {step}/{total} loss {loss:.4f} {speed:.1f} images/s {left_min:.0f} min left"
