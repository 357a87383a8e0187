"""Depthwise convolution that trains fast on a CPU too, and a hook that keeps gradients in channels-last layout."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DepthwiseConv3x3(nn.Conv2d):
    """Depthwise 3×3 convolution without bias; padding keeps the size at stride 1.

    In evaluation, in export and on accelerators it is the plain convolution. WORKAROUND (torch 2.13): on a CPU the
    backward pass of a strided or atrous depthwise convolution in bfloat16 is three to seven times slower than need be.
    Training on a CPU so computes a convolution of rate 2 as one of rate 1 on four interleaved sub-grids, and strided
    ones and those of larger rates in float32.
    """

    def __init__(self, channels: int, stride: int = 1, atrous_rate: int = 1) -> None:
        super().__init__(
            channels, channels, 3, stride, padding=atrous_rate, dilation=atrous_rate, groups=channels, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, ⌈H / stride⌉, ⌈W / stride⌉)."""
        rate = int(self.dilation[0])
        if not self.training or x.device.type != "cpu" or (rate == 1 and self.stride[0] == 1):
            return super().forward(x)
        if rate == 2:
            return _on_sub_grids(x, self.weight, rate)
        with torch.autocast("cpu", enabled=False):
            return super().forward(x.float()).to(x.dtype)


def _on_sub_grids(x: Tensor, weight: Tensor, rate: int) -> Tensor:
    """Atrous convolution as a dense one on the sub-grids of every ``rate``-th pixel (arXiv 1606.00915, section 3.1)."""
    # Split into rate² sub-grids, stacked in the batch axis.
    count, channels, height, width = x.shape
    rows, columns = -(-height // rate), -(-width // rate)
    padded = F.pad(x, (0, columns * rate - width, 0, rows * rate - height)).permute(0, 2, 3, 1)
    split = padded.reshape(count, rows, rate, columns, rate, channels).permute(0, 2, 4, 1, 3, 5)
    grids = split.reshape(count * rate * rate, rows, columns, channels).permute(0, 3, 1, 2)
    # Convolve and interleave the sub-grids again.
    filtered = F.conv2d(grids, weight, padding=1, groups=channels).permute(0, 2, 3, 1)
    joined = filtered.reshape(count, rate, rate, rows, columns, channels).permute(0, 3, 1, 4, 2, 5)
    return joined.reshape(count, rows * rate, columns * rate, channels).permute(0, 3, 1, 2)[..., :height, :width]


def keep_channels_last(x: Tensor) -> Tensor:
    """Return the tensor unchanged, with a hook that makes its gradient channels-last.

    The gradient of a one-channel output has no definite memory layout; without the hook the backward pass of the whole
    decoder would run in the slow contiguous layout.
    """
    if x.requires_grad and x.is_contiguous(memory_format=torch.channels_last):
        x.register_hook(_to_channels_last)  # type: ignore[no-untyped-call]
    return x


def _to_channels_last(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)
