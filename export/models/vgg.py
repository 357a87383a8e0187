"""VGG16 (Simonyan & Zisserman 2015, arXiv 1409.1556) as a fully convolutional backbone.

Module names and shapes are those of torchvision's ``vgg16`` and ``vgg16_bn``, so their published weights load by name.
"""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional as F

_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Output channels of the 3×3 convolutions; max pooling by 2 follows each block."""

_HIDDEN_CHANNELS = 4096
_CONVOLVED_SIDE = 7
"""Side of the feature map that VGG16's first fully connected layer covers."""


def vgg_blocks(width_multiplier: float = 1.0) -> tuple[tuple[int, ...], ...]:
    """Channels of the convolutions of VGG16, block by block."""
    return tuple(tuple(scaled_width(channels, width_multiplier) for channels in block) for block in _BLOCKS)


def scaled_width(channels: int, width_multiplier: float) -> int:
    """Channels times the width multiplier; 4 at least."""
    return max(4, round(channels * width_multiplier))


def vgg16_features(width_multiplier: float = 1.0, *, with_batch_norm: bool = False) -> nn.Sequential:
    """The convolutional part of VGG16; the index of each layer is that of torchvision's ``features``.

    Pooling rounds sizes up: (H, W) becomes (⌈H / 32⌉, ⌈W / 32⌉), and no pixel is lost where 32 does not divide them.
    """
    layers: list[nn.Module] = []
    inputs = 3
    for block in vgg_blocks(width_multiplier):
        for outputs in block:
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            if with_batch_norm:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.ReLU(inplace=True))
            inputs = outputs
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    features = nn.Sequential(*layers)
    start_from_he(features)
    return features


def start_from_he(module: nn.Module) -> None:
    """Initialise convolutions that ReLU follows (He et al. 2015, arXiv 1502.01852): deep ones train from scratch."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def run_blocks(features: nn.Sequential, image: Tensor) -> Iterator[Tensor]:
    """Feature maps behind each pooling layer: strides 2, 4, 8, 16 and 32."""
    x = image
    for layer in features:
        x = layer(x)
        if isinstance(layer, nn.MaxPool2d):
            yield x


class ConvolutionalLinear(nn.Linear):
    """A fully connected layer of a classifier, run as the convolution whose kernel covers what the layer looked at.

    The paper on FCN turns a classifier into a dense one by this. The weight keeps the classifier's shape, (outputs,
    inputs · side²), so that published weights load. Padding keeps the size of the map.
    """

    def __init__(self, inputs: int, outputs: int, side: int = 1) -> None:
        super().__init__(inputs * side * side, outputs)
        self.kernel_shape = (outputs, inputs, side, side)
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) → (N, outputs, h, w)."""
        return F.conv2d(x, self.weight.view(self.kernel_shape), self.bias, padding=self.kernel_shape[-1] // 2)


def hidden_width(width_multiplier: float = 1.0) -> int:
    """Outputs of each of VGG16's first two fully connected layers."""
    return scaled_width(_HIDDEN_CHANNELS, width_multiplier)


def vgg16_classifier(inputs: int, width_multiplier: float = 1.0) -> nn.Sequential:
    """The first two fully connected layers of VGG16 as convolutions; keys "0" and "3" as in torchvision."""
    hidden = hidden_width(width_multiplier)
    return nn.Sequential(
        ConvolutionalLinear(inputs, hidden, _CONVOLVED_SIDE),
        nn.ReLU(inplace=True),
        nn.Dropout2d(),
        ConvolutionalLinear(hidden, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout2d(),
    )
