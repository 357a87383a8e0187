"""A head that tells people apart by their centres (Panoptic-DeepLab, Cheng et al. 2020, arXiv 1911.10194)."""

import torch
from torch import Tensor, nn

from export.models.aspp import separable_conv

HIDDEN_CHANNELS = 48
_CENTER_BIAS = -4.0
"""Logit at the start: a pixel is hardly ever a centre."""


class PeopleHead(nn.Module):
    """A separable convolution and a 1×1 convolution, at stride 4, to three logits.

    After a sigmoid: a heat map of the people's centres of mass, and the vertical and horizontal offset from each pixel
    to the centre of its person, encoded as 0 … 1, which `to_offset` decodes.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.refine = separable_conv(inputs, HIDDEN_CHANNELS)
        self.parts = nn.Conv2d(HIDDEN_CHANNELS, 3, 1)
        self.parts.bias = nn.Parameter(torch.tensor([_CENTER_BIAS, 0.0, 0.0]))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, h, w) → logits of centre, vertical and horizontal offset, (N, 3, h, w)."""
        logits: Tensor = self.parts(self.refine(features))
        return logits


def to_offset(value: Tensor) -> Tensor:
    """From an output, 0 … 1, to −1 … 1 of the image's height or width."""
    return 2.0 * value - 1.0
