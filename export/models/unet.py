"""U-Net (Ronneberger, Fischer & Brox 2015, arXiv 1505.04597, doi:10.1007/978-3-319-24574-4_28).

A contracting path and an expanding one of the same depth. At every scale the features of the contracting path are
concatenated to the upsampled ones, so that the decoder sees what is there and where it is.

Shapes: image (N, 3, H, W); features at strides 1 … 16; logits (N, class_count, H, W), for any H and W.

Unlike in the paper, convolutions are padded, so that the result is as large as the image, and have batch norm.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.models.aspp import conv_bn_relu
from export.models.upsampling import crop_like
from export.models.vgg import scaled_width, start_from_he

_CHANNELS = (64, 128, 256, 512, 1024)


class UNet(nn.Module):
    """U-Net.

    Parameters
    ----------
    class_count
        Output channels.
    width_multiplier
        Of all layers; 1 has the paper's 64 … 1024 channels.
    """

    def __init__(self, class_count: int = 1, width_multiplier: float = 1.0) -> None:
        super().__init__()
        widths = [scaled_width(channels, width_multiplier) for channels in _CHANNELS]
        self.encoder = nn.ModuleList(_two_convolutions(a, b) for a, b in pairwise((3, *widths)))
        self.decoder = nn.ModuleList(ExpandingStep(b, a) for a, b in pairwise(widths))
        self.score = nn.Conv2d(widths[0], class_count, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → ``{"out": logits (N, class_count, H, W)}``."""
        x, skips = self.encoder[0](image), []
        for block in self.encoder[1:]:
            skips.append(x)
            x = block(F.max_pool2d(x, 2, ceil_mode=True))
        for step, skip in zip(reversed(self.decoder), reversed(skips), strict=True):
            x = step(x, skip)
        return {"out": self.score(x)}


class ExpandingStep(nn.Module):
    """Transposed convolution by 2, concatenation with the skip's features, two 3×3 convolutions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.upsample = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
        self.refine = _two_convolutions(2 * outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, inputs, ⌈h / 2⌉, ⌈w / 2⌉) and (N, outputs, h, w) → (N, outputs, h, w)."""
        refined: Tensor = self.refine(torch.cat([skip, crop_like(self.upsample(x), skip)], dim=1))
        return refined


def _two_convolutions(inputs: int, outputs: int) -> nn.Sequential:
    block = nn.Sequential(*conv_bn_relu(inputs, outputs, kernel=3), *conv_bn_relu(outputs, outputs, kernel=3))
    start_from_he(block)
    return block
