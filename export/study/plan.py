"""What is studied: the networks, the claims of their papers, and the budget that all of them get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

FigureName = Literal["person_iou", "boundary_iou"]


@dataclass(frozen=True, slots=True)
class StudiedNetwork:
    """A network of the study: its title, and how `export.models.build_network` makes it."""

    title: str
    arch: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a paper says of two networks, as a difference that can be measured.

    Attributes
    ----------
    key
        Of its text in `export.study.texts`.
    better, worse
        Titles of the networks.
    figure, size
        Where the first must be better: which figure, on people of which size.
    """

    key: str
    better: str
    worse: str
    figure: FigureName
    size: str


@dataclass(frozen=True, slots=True)
class Budget:
    """How much every network learns from, and how it is measured.

    Attributes
    ----------
    networks
        What is trained.
    input_size_px, epochs, epoch_size, minibatch_size
        As `export.training.config.TrainConfig` has them.
    timed_rounds, gradient_images
        Runs that are timed, and images for the effective receptive field.
    """

    networks: tuple[StudiedNetwork, ...]
    input_size_px: int = 224
    epochs: int = 3
    epoch_size: int | None = 1200
    minibatch_size: int = 16
    timed_rounds: int = 20
    gradient_images: int = 24


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A study: the same data and budget for every network.

    Attributes
    ----------
    train_dirs, val_dirs
        Data sets with people.
    out_dir
        Receives a run a network, which goes on where it was stopped; figures and pictures.
    budget
        Of each network.
    photos
        Whose label maps are shown.
    weights
        To start the MobileNetV2 backbones from; None: all from random weights.
    seed, threads
        As `export.training.config.TrainConfig` has them.
    """

    train_dirs: tuple[Path, ...]
    val_dirs: tuple[Path, ...]
    out_dir: Path
    budget: Budget
    photos: tuple[Path, ...] = ()
    weights: Path | None = None
    seed: int = 0
    threads: int = 2


def networks_of(width: float) -> tuple[StudiedNetwork, ...]:
    """The networks in the order of their papers; one output, the person's.

    ``width`` is the width multiplier of MobileNetV2; SegNet and U-Net, which have a backbone of their own, get a
    quarter of it.
    """
    mobile = {"class_count": 1, "width_multiplier": width}
    whole = {"class_count": 1, "width_multiplier": width / 4}
    plus = {**mobile, "skip_channels": (48,), "decoder_channels": (96,)}
    return (
        *(StudiedNetwork(f"FCN-{stride}s", f"fcn{stride}s_mobilenet_v2", mobile) for stride in (32, 16, 8)),
        StudiedNetwork("SegNet", "segnet", whole),
        StudiedNetwork("U-Net", "unet", whole),
        StudiedNetwork("DeepLabV3", "deeplabv3_mobilenet_v2", mobile),
        StudiedNetwork(
            "V3+, rates 1", "deeplabv3plus_mobilenet_v2", {**plus, "atrous_rates": (1, 1, 1), "last_atrous_rate": 1}
        ),
        StudiedNetwork("V3+, no atrous branches", "deeplabv3plus_mobilenet_v2", {**plus, "atrous_rates": ()}),
        StudiedNetwork("DeepLabV3+", "deeplabv3plus_mobilenet_v2", plus),
    )


FULL = Budget(networks_of(1.0))
"""For the committed page: at most two hours on two cores."""

QUICK = Budget(networks_of(0.25), 64, 1, 32, 8, timed_rounds=4, gradient_images=2)
"""For a run of minutes that tries everything and teaches the networks little."""

CLAIMS = (
    Claim("small", "DeepLabV3+", "FCN-32s", "person_iou", "small"),
    Claim("large", "DeepLabV3+", "FCN-32s", "person_iou", "large"),
    Claim("skip16", "FCN-16s", "FCN-32s", "boundary_iou", "all"),
    Claim("skip8", "FCN-8s", "FCN-16s", "boundary_iou", "all"),
    Claim("indices", "U-Net", "SegNet", "boundary_iou", "all"),
    Claim("atrous", "DeepLabV3+", "V3+, rates 1", "person_iou", "large"),
    Claim("aspp", "DeepLabV3+", "V3+, no atrous branches", "person_iou", "all"),
    Claim("decoder", "DeepLabV3+", "DeepLabV3", "boundary_iou", "all"),
)
