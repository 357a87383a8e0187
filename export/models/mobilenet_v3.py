"""MobileNetV3-Large as a backbone with output stride 16 (arXiv 1905.02244, table 1 and section 6.4)."""

from functools import partial
from typing import NamedTuple

from torch import Tensor, nn

from export.models.mobilenet_v2 import scaled_channels

_BatchNorm = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)


class BlockShape(NamedTuple):
    """One row of the paper's table 1."""

    kernel_size: int
    expanded_channels: int
    out_channels: int
    with_squeeze: bool
    activation: type[nn.Module]
    stride: int
    atrous_rate: int = 1


# The last three rows run at stride 16 with atrous rate 2 instead of going down to stride 32.
LARGE_BLOCKS = (
    BlockShape(3, 16, 16, False, nn.ReLU, 1),
    BlockShape(3, 64, 24, False, nn.ReLU, 2),
    BlockShape(3, 72, 24, False, nn.ReLU, 1),
    BlockShape(5, 72, 40, True, nn.ReLU, 2),
    BlockShape(5, 120, 40, True, nn.ReLU, 1),
    BlockShape(5, 120, 40, True, nn.ReLU, 1),
    BlockShape(3, 240, 80, False, nn.Hardswish, 2),
    BlockShape(3, 200, 80, False, nn.Hardswish, 1),
    BlockShape(3, 184, 80, False, nn.Hardswish, 1),
    BlockShape(3, 184, 80, False, nn.Hardswish, 1),
    BlockShape(3, 480, 112, True, nn.Hardswish, 1),
    BlockShape(3, 672, 112, True, nn.Hardswish, 1),
    BlockShape(5, 672, 160, True, nn.Hardswish, 1, atrous_rate=2),
    BlockShape(5, 960, 160, True, nn.Hardswish, 1, atrous_rate=2),
    BlockShape(5, 960, 160, True, nn.Hardswish, 1, atrous_rate=2),
)


class SqueezeExcitation(nn.Module):
    """Squeeze-and-excitation (arXiv 1709.01507): channel weights from global average pooling, with a hard sigmoid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = scaled_channels(channels, 0.25)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU(inplace=True)
        self.scale_activation = nn.Hardsigmoid(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        squeezed = self.activation(self.fc1(self.avgpool(features)))
        scale: Tensor = self.scale_activation(self.fc2(squeezed))
        return scale * features


class InvertedResidual(nn.Module):
    """Inverted residual block: expansion, depthwise convolution, squeeze-and-excitation, projection, shortcut."""

    def __init__(self, in_channels: int, shape: BlockShape) -> None:
        super().__init__()
        self.is_residual = shape.stride == 1 and in_channels == shape.out_channels
        layers: list[nn.Module] = []
        if shape.expanded_channels != in_channels:
            layers.append(_conv_unit(in_channels, shape.expanded_channels, 1, activation=shape.activation))
        layers.append(_depthwise_unit(shape))
        if shape.with_squeeze:
            layers.append(SqueezeExcitation(shape.expanded_channels))
        layers.append(_conv_unit(shape.expanded_channels, shape.out_channels, 1, activation=None))
        self.block = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        projected: Tensor = self.block(features)
        return features + projected if self.is_residual else projected


class MobileNetV3LargeBackbone(nn.Sequential):
    """MobileNetV3-Large without its classifier, output stride 16; children "0" … "16" as in torchvision."""

    out_channels = 960
    aux_channels = 40
    aux_index = 4
    """The block that ends at stride 8 with 40 channels: where torchvision takes its auxiliary features."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [_conv_unit(3, 16, 3, stride=2, activation=nn.Hardswish)]
        in_channels = 16
        for shape in LARGE_BLOCKS:
            layers.append(InvertedResidual(in_channels, shape))
            in_channels = shape.out_channels
        layers.append(_conv_unit(in_channels, self.out_channels, 1, activation=nn.Hardswish))
        super().__init__(*layers)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Features of a normalised (N, 3, H, W) image: "out" at stride 16 and "aux" at stride 8."""
        features, aux = image, image
        for index, layer in enumerate(self):
            features = layer(features)
            if index == self.aux_index:
                aux = features
        return {"out": features, "aux": aux}


def _depthwise_unit(shape: BlockShape) -> nn.Sequential:
    channels, rate = shape.expanded_channels, shape.atrous_rate
    padding = (shape.kernel_size - 1) // 2 * rate
    conv = nn.Conv2d(channels, channels, shape.kernel_size, shape.stride, padding, rate, groups=channels, bias=False)
    return nn.Sequential(conv, _BatchNorm(channels), shape.activation(inplace=True))


def _conv_unit(
    in_channels: int, out_channels: int, kernel_size: int, *, stride: int = 1, activation: type[nn.Module] | None
) -> nn.Sequential:
    padding = (kernel_size - 1) // 2
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
    norm = _BatchNorm(out_channels)
    return nn.Sequential(conv, norm) if activation is None else nn.Sequential(conv, norm, activation(inplace=True))
