"""Segmentation head with two nested outputs: the person, and the subject, which is the person with carried things."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_CARRIED_BIAS = -3.0
"""Initial logit of carried things: improbable, so that the subject starts as the person alone."""

_NOTHING_CARRIED_BIAS = -6.0
"""The same behind a person's head that is trained: its small probabilities are not raised by more than 1/400."""


class SubjectHead(nn.Module):
    """A 1×1 convolution to logits of person and carried things; the odds of the subject are the sum of their odds.

    The subject is therefore nowhere less probable than the person. Labels of either output train the outline of both.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.parts = nn.Conv2d(inputs, 2, 1)
        self.parts.bias = nn.Parameter(torch.tensor([0.0, _CARRIED_BIAS]))

    def start_from_person(self, weight: Tensor, bias: Tensor) -> None:
        """Take over a head with one output, (1, C, 1, 1) and (1,): it is the person, and nothing is carried."""
        nothing_carried = bias.new_tensor([_NOTHING_CARRIED_BIAS])
        self.parts.load_state_dict(
            {"weight": torch.cat([weight, torch.zeros_like(weight)]), "bias": torch.cat([bias, nothing_carried])}
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) → logits of person and subject, (N, 2, H, W)."""
        person, carried = self.parts(features).split(1, dim=1)
        return torch.cat([person, log_add_exp(person, carried)], dim=1)


def log_add_exp(a: Tensor, b: Tensor) -> Tensor:
    """Log-sum-exp of two tensors, log(eᵃ + eᵇ), without overflow and in operations that ONNX has."""
    return torch.maximum(a, b) + F.softplus(-(a - b).abs())
