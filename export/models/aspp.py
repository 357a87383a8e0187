"""Atrous spatial pyramid pooling (ASPP), plain (arXiv 1706.05587, section 3.3) and with separable convolutions (arXiv
1802.02611, section 3.1).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from export.models.depthwise import DepthwiseConv3x3


def conv_bn_relu(inputs: int, outputs: int, kernel: int = 1, atrous_rate: int = 1) -> nn.Sequential:
    """Convolution without bias, batch norm, ReLU; keeps the size. Taps are ``atrous_rate`` pixels apart."""
    padding = kernel // 2 * atrous_rate
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=atrous_rate, bias=False),
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


class Aspp(nn.Module):
    """Atrous spatial pyramid pooling: 1×1, three 3×3 at atrous rates, and image pooling; concatenated and projected."""

    def __init__(self, inputs: int, outputs: int, atrous_rates: Sequence[int]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            (
                conv_bn_relu(inputs, outputs),
                *(conv_bn_relu(inputs, outputs, 3, rate) for rate in atrous_rates),
                nn.Sequential(nn.AdaptiveAvgPool2d(1), *conv_bn_relu(inputs, outputs)),
            )
        )
        self.project = nn.Sequential(*conv_bn_relu(outputs * len(self.convs), outputs), nn.Dropout(0.5))

    def forward(self, features: Tensor) -> Tensor:
        size = features.shape[2:]
        # Image pooling gives a 1×1 map, for which expanding equals bilinear upsampling.
        branches = [conv(features).expand(-1, -1, *size) for conv in self.convs]
        projected: Tensor = self.project(torch.cat(branches, dim=1))
        return projected


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
