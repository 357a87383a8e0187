"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) as a dense-prediction backbone.

Module names are those of torchvision's ``mobilenet_v2().features[0:18]``, so its published weights can be loaded.
"""

from torch import Tensor, nn

from export.models.depthwise import DepthwiseConv3x3

_EXPANSION_CHANNELS_REPEATS_STRIDE = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def scaled_channels(channels: int, width_multiplier: float, divisor: int = 8) -> int:
    """Channels times the width multiplier, rounded to a multiple of ``divisor`` that is at most 10 % smaller."""
    wanted = channels * width_multiplier
    rounded = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * wanted else rounded


class ConvBnRelu6(nn.Sequential):
    """Convolution, batch norm and ReLU6."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU6(inplace=True))


class InvertedResidual(nn.Module):
    """Inverted residual block: 1×1 expansion, depthwise 3×3, linear 1×1 projection; shortcut where shapes allow it."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, atrous_rate: int = 1) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.has_shortcut = stride == 1 and inputs == outputs
        expand = [ConvBnRelu6(nn.Conv2d(inputs, hidden, 1, bias=False))] if expansion != 1 else []
        self.conv = nn.Sequential(
            *expand,
            ConvBnRelu6(DepthwiseConv3x3(hidden, stride, atrous_rate)),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.has_shortcut else y


class MobileNetV2(nn.Module):
    """MobileNetV2 backbone with features at output strides 2, 4 and 16, or 8, 16 and 32.

    Parameters
    ----------
    width_multiplier
        Factor on the channels of every layer.
    output_stride
        32, as for classification; or 16: in place of the last stride of 2, the blocks from the 14th on have atrous
        rate 2 (arXiv 1706.05587).
    last_atrous_rate
        Atrous rate of these blocks at output stride 16; at 32 it is 1.

    Attributes
    ----------
    channels
        Channels of the three feature maps that `forward` gives.
    coarse_channels
        Channels of those that `coarse_features` gives.
    """

    def __init__(self, width_multiplier: float = 1.0, output_stride: int = 16, last_atrous_rate: int = 2) -> None:
        super().__init__()
        # Output channels of the stages, and the stem.
        widths = [scaled_channels(row[1], width_multiplier) for row in _EXPANSION_CHANNELS_REPEATS_STRIDE]
        self.channels = (widths[0], widths[1], widths[-1])
        self.coarse_channels = (widths[2], widths[4], widths[-1])
        inputs = scaled_channels(32, width_multiplier)
        layers: list[nn.Module] = [ConvBnRelu6(nn.Conv2d(3, inputs, 3, stride=2, padding=1, bias=False))]
        # Inverted residual blocks, stage by stage; the stride of a stage is that of its first block.
        rate = 1
        for (expansion, _, repeats, first_stride), outputs in zip(
            _EXPANSION_CHANNELS_REPEATS_STRIDE, widths, strict=True
        ):
            stride = first_stride
            if len(layers) == 14 and output_stride == 16:  # stride 16 is reached: dilate instead of going on to 32
                stride, rate = 1, last_atrous_rate
            for i in range(repeats):
                layers.append(InvertedResidual(inputs, outputs, stride if i == 0 else 1, expansion, rate))
                inputs = outputs
        self.features = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 3, H, W) → feature maps at strides 2, 4 and 16."""
        stride2 = self.features[:2](image)
        stride4 = self.features[2:4](stride2)
        return stride2, stride4, self.features[4:](stride4)

    def coarse_features(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 3, H, W) → feature maps at strides 8, 16 and the output stride."""
        stride8 = self.features[:7](image)
        stride16 = self.features[7:14](stride8)
        return stride8, stride16, self.features[14:](stride16)
