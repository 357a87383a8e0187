"""AdamW with parameter groups, and its learning-rate schedule."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from export.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class Schedule:
    """Learning-rate schedule of a run whose length is counted in steps."""

    steps_per_epoch: int
    epochs: int
    warmup_fraction: float

    @property
    def total_steps(self) -> int:
        """Steps of all epochs."""
        return self.steps_per_epoch * self.epochs

    def apply(self, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Set the learning rate of every group: its peak rate times the factor of this step."""
        factor = learning_rate_factor(step, self.total_steps, self.warmup_fraction)
        for group in optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor


def learning_rate_factor(step: int, total_steps: int, warmup_fraction: float) -> float:
    """Linear warm-up to 1, then cosine annealing to 0 (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    warmup = max(1, round(total_steps * warmup_fraction))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, total_steps - warmup)))


BACKBONE_PREFIXES = ("backbone.", "features.")
"""Names of the parameters that published weights of a classifier may fill, as in `export.models.vgg`."""


def make_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW with four groups: the backbone has a learning rate of its own; biases and norms have no weight decay."""
    groups = []
    for in_backbone, rate in ((True, config.backbone_learning_rate), (False, config.head_learning_rate)):
        named = [p for name, p in network.named_parameters() if name.startswith(BACKBONE_PREFIXES) == in_backbone]
        for decays, decay in ((True, config.weight_decay), (False, 0.0)):
            # Weights of convolutions have four axes, biases and norms one.
            chosen = [p for p in named if (p.ndim > 1) == decays]
            groups.append({"params": chosen, "weight_decay": decay, "lr": rate, "peak_lr": rate})
    return torch.optim.AdamW(groups)
