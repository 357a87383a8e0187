"""TrainConfig: every choice of a training run, kept with the checkpoint."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    Attributes
    ----------
    train_dirs, val_dirs
        Data sets: folders with ``images/`` and, where people are labelled, ``masks/`` of the same names.
    out_dir
        Receives checkpoints, figures and samples; a run found there goes on.
    arch, network
        Name in `export.models.ARCHITECTURES` and its keyword arguments.
    initial_weights
        ``.safetensors`` or a checkpoint to start from; tensors whose name and shape fit are taken.
    input_size_px
        Side of the square training pictures.
    epochs, minibatch_size
        Length of the run, pictures per step.
    head_learning_rate, backbone_learning_rate
        Peaks of the schedule; a pretrained backbone wants the smaller one.
    weight_decay, warmup_fraction, gradient_clip_norm
        AdamW and its schedule: linear warm-up over this share of all steps, then cosine to zero.
    ema_decay
        Per step, of the averaged weights that are evaluated and exported.
    threads, workers
        Compute threads of torch; processes that prepare pictures.
    """

    train_dirs: tuple[Path, ...]
    out_dir: Path
    val_dirs: tuple[Path, ...] = ()
    arch: str = "deeplabv3plus_mobilenet_v2"
    network: dict[str, Any] = field(default_factory=dict)
    initial_weights: Path | None = None
    name: str = "portrait-live"
    input_size_px: int = 256
    epochs: int = 14
    minibatch_size: int = 24
    head_learning_rate: float = 2e-3
    backbone_learning_rate: float = 3e-4
    weight_decay: float = 1e-4
    warmup_fraction: float = 0.03
    gradient_clip_norm: float = 1.0
    ema_decay: float = 0.998
    seed: int = 0
    threads: int = 4
    workers: int = 1
    checkpoint_every_steps: int = 60
