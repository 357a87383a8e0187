"""TrainConfig: every choice of a training run, kept with the checkpoint."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the losses of `export.training.losses` and `export.training.consistency`; 0: it is not computed.

    Attributes
    ----------
    entropy
        Binary cross-entropy.
    edge
        Inside that entropy: how many times a pixel at the outline counts.
    iou, lovasz
        Two stand-ins for 1 − IoU of a picture: soft Jaccard index, Lovász hinge.
    laplacian
        Difference of the Laplacian pyramids: sharp outlines at every scale.
    consistency
        Between a picture and its shifted, noised copy: less flicker. Squared differences are small, so 1 to 10;
        the network runs on both, which doubles the time of a step.
    people
        Centres and offsets of the people; for networks that have these outputs.
    distillation
        Towards the teacher where the label is void; counts only with a teacher.
    """

    entropy: float = 1.0
    edge: float = 4.0
    iou: float = 1.0
    lovasz: float = 0.0
    laplacian: float = 0.0
    consistency: float = 0.0
    people: float = 0.0
    distillation: float = 1.0


@dataclass(frozen=True, slots=True)
class Distillation:
    """Who teaches where no label does.

    Attributes
    ----------
    teachers
        ONNX files or checkpoints; several are averaged. None: no distillation.
    scales
        Input sizes to average over, in units of the teacher's own.
    flip
        Average over the picture and its mirror image.
    temperature
        Softens teacher and student (Hinton et al. 2015, arXiv 1503.02531).
    """

    teachers: tuple[Path, ...] = ()
    scales: tuple[float, ...] = (1.0,)
    flip: bool = True
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    Attributes
    ----------
    train_dirs, val_dirs
        Data sets: folders with ``images/`` and, where people are labelled, ``masks/`` of the same names.
    out_dir
        Receives checkpoints, figures and samples; a run found there goes on.
    cache_dir
        Decoded pictures; None: ``out_dir/cache``.
    unlabelled_dirs
        Folders with ``images/`` of which nobody said where people are. They teach through a teacher or consistency.
    arch, network
        Name in `export.models.ARCHITECTURES` and its keyword arguments. ``with_subject`` gives the two outputs of
        `export.data.label_meaning`, ``with_people`` those that tell people apart; one output learns the subject.
    initial_weights
        ``.safetensors`` or a checkpoint to start from, of which the tensors whose name and shape fit are taken; or an
        exported ``.onnx`` file, such as one of the app's networks.
    input_size_px, preset
        Side of the square training pictures, and the name of their augmentation in `export.data.transforms.PRESETS`.
    mixture_exponent, person_free_share, epoch_size
        Which pictures make up an epoch: see `export.data.mixture.Mixture`.
    epochs, minibatch_size
        Length of the run, pictures per step (of all processes together).
    head_learning_rate, backbone_learning_rate
        Peaks of the schedule; a pretrained backbone wants the smaller one.
    weight_decay, warmup_fraction, gradient_clip_norm
        AdamW and its schedule: linear warm-up over this share of all steps, then cosine to zero.
    ema_decay
        Per step, of the averaged weights that are evaluated and exported.
    losses, distillation
        What is minimised.
    device
        "auto" (CUDA where there is one, else the CPU), "cpu" or "cuda".
    threads, workers
        Compute threads of torch in each process, and data-loader workers of each that prepare pictures.
    """

    train_dirs: tuple[Path, ...]
    out_dir: Path
    val_dirs: tuple[Path, ...] = ()
    cache_dir: Path | None = None
    unlabelled_dirs: tuple[Path, ...] = ()
    arch: str = "deeplabv3plus_mobilenet_v2"
    network: dict[str, Any] = field(default_factory=dict)
    initial_weights: Path | None = None
    name: str = "portrait-live"
    input_size_px: int = 256
    preset: str = "plain"
    mixture_exponent: float = 0.5
    person_free_share: float = 0.1
    epoch_size: int | None = None
    epochs: int = 14
    minibatch_size: int = 24
    head_learning_rate: float = 2e-3
    backbone_learning_rate: float = 3e-4
    weight_decay: float = 1e-4
    warmup_fraction: float = 0.03
    gradient_clip_norm: float = 1.0
    ema_decay: float = 0.998
    losses: LossWeights = field(default_factory=LossWeights)
    distillation: Distillation = field(default_factory=Distillation)
    seed: int = 0
    device: str = "auto"
    threads: int = 4
    workers: int = 1
    checkpoint_every_steps: int = 60
