"""A head with two outputs, of which the second contains the first: the person, and the person with what is held."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_CARRIED_BIAS = -3.0
"""Logit at the start: nothing is carried, so that the subject begins as the person."""


class SubjectHead(nn.Module):
    """A 1×1 convolution to logits of person and carried things; the odds of the subject are the sum of theirs.

    So the subject is nowhere less likely than the person, and both share the outline that either was taught.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.parts = nn.Conv2d(inputs, 2, 1)
        self.parts.bias = nn.Parameter(torch.tensor([0.0, _CARRIED_BIAS]))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) → logits of person and subject, (N, 2, H, W)."""
        person, carried = self.parts(features).split(1, dim=1)
        return torch.cat([person, log_add_exp(person, carried)], dim=1)


def log_add_exp(a: Tensor, b: Tensor) -> Tensor:
    """log(eᵃ + eᵇ), in operations that ONNX has and that do not overflow."""
    return torch.maximum(a, b) + F.softplus(-(a - b).abs())
