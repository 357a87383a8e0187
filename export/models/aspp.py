"""Atrous spatial pyramid pooling with depthwise-separable convolutions (arXiv 1802.02611, section 3.1)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from export.models.depthwise import DepthwiseConv3x3


def conv_bn_relu(inputs: int, outputs: int, kernel: int = 1) -> nn.Sequential:
    """Convolution without bias, batch norm, ReLU; keeps the size."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def separable_conv(inputs: int, outputs: int, atrous_rate: int = 1) -> nn.Sequential:
    """Depthwise 3×3 at an atrous rate, then pointwise 1×1, each with batch norm and ReLU; keeps the size."""
    return nn.Sequential(
        DepthwiseConv3x3(inputs, atrous_rate=atrous_rate),
        nn.BatchNorm2d(inputs),
        nn.ReLU(inplace=True),
        *conv_bn_relu(inputs, outputs),
    )


class SeparableAspp(nn.Module):
    """ASPP with separable convolutions: 1×1 branch, one atrous branch per rate, image pooling; concatenated, projected.

    Image pooling has no batch norm: it gives one value per channel and image, too few for statistics of a minibatch.
    """

    def __init__(self, inputs: int, outputs: int, atrous_rates: Sequence[int]) -> None:
        super().__init__()
        self.pointwise = conv_bn_relu(inputs, outputs)
        self.atrous = nn.ModuleList(separable_conv(inputs, outputs, rate) for rate in atrous_rates)
        self.image_pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inputs, outputs, 1), nn.ReLU())
        self.project = conv_bn_relu(outputs * (len(atrous_rates) + 2), outputs)

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.image_pooling(x).expand(-1, -1, x.shape[2], x.shape[3])
        branches = [self.pointwise(x), *(branch(x) for branch in self.atrous), pooled]
        projected: Tensor = self.project(torch.cat(branches, dim=1))
        return projected
