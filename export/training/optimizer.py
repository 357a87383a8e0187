"""AdamW in groups, and the course of its learning rate."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from export.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class Schedule:
    """Length of a run in steps, and the learning rate along it."""

    steps_per_epoch: int
    epochs: int
    warmup_fraction: float

    @property
    def total_steps(self) -> int:
        """Steps of all epochs."""
        return self.steps_per_epoch * self.epochs

    def apply(self, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Set every group to its peak times the factor of this step."""
        factor = learning_rate_factor(step, self.total_steps, self.warmup_fraction)
        for group in optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor


def learning_rate_factor(step: int, total_steps: int, warmup_fraction: float) -> float:
    """Linear warm-up to 1, then cosine to 0 (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    warmup = max(1, round(total_steps * warmup_fraction))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, total_steps - warmup)))


def make_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW; the pretrained backbone at its own rate, no decay on biases and norms."""
    groups = []
    for in_backbone, rate in ((True, config.backbone_learning_rate), (False, config.head_learning_rate)):
        named = [p for name, p in network.named_parameters() if name.startswith("backbone.") == in_backbone]
        for decays, decay in ((True, config.weight_decay), (False, 0.0)):
            chosen = [p for p in named if (p.ndim > 1) == decays]
            groups.append({"params": chosen, "weight_decay": decay, "lr": rate, "peak_lr": rate})
    return torch.optim.AdamW(groups)
