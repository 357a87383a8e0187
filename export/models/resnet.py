"""ResNet with atrous convolutions in place of the last strides (arXiv 1512.03385; arXiv 1706.05587, section 3.1)."""

from torch import Tensor, nn

EXPANSION = 4


class Bottleneck(nn.Module):
    """Bottleneck block: 1×1, 3×3 and 1×1 convolutions with a shortcut; the 3×3 has the stride ("ResNet v1.5")."""

    def __init__(self, in_channels: int, width: int, *, stride: int, atrous_rate: int, with_projection: bool) -> None:
        super().__init__()
        out_channels = width * EXPANSION
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=atrous_rate, dilation=atrous_rate, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        if with_projection:
            projection = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(out_channels))

    def forward(self, features: Tensor) -> Tensor:
        inner = self.relu(self.bn1(self.conv1(features)))
        inner = self.relu(self.bn2(self.conv2(inner)))
        residual: Tensor = self.downsample(features)
        activated: Tensor = self.relu(self.bn3(self.conv3(inner)) + residual)
        return activated


class ResNetBackbone(nn.Module):
    """ResNet without its classifier, output stride 8.

    ``layer3`` and ``layer4`` keep the resolution of ``layer2``. Their atrous rates are 2 and 4, except that the first
    block of each has the rate of the layer before it (1 and 2). Rates and state-dict keys are those of torchvision.

    Parameters
    ----------
    depths
        Blocks of the four layers: (3, 4, 6, 3) is ResNet-50, (3, 4, 23, 3) ResNet-101.
    """

    out_channels = 2048
    aux_channels = 1024

    def __init__(self, depths: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _make_layer(64, 64, depths[0], stride=1, atrous_rates=(1, 1))
        self.layer2 = _make_layer(256, 128, depths[1], stride=2, atrous_rates=(1, 1))
        self.layer3 = _make_layer(512, 256, depths[2], stride=1, atrous_rates=(1, 2))
        self.layer4 = _make_layer(1024, 512, depths[3], stride=1, atrous_rates=(2, 4))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Features of a normalised (N, 3, H, W) image: "out" from layer4 and "aux" from layer3, both at stride 8."""
        features = self.maxpool(self.relu(self.bn1(self.conv1(image))))
        aux = self.layer3(self.layer2(self.layer1(features)))
        return {"out": self.layer4(aux), "aux": aux}


def _make_layer(
    in_channels: int, width: int, depth: int, *, stride: int, atrous_rates: tuple[int, int]
) -> nn.Sequential:
    """One of the four layers; ``atrous_rates`` are those of its first block and of the others."""
    first = Bottleneck(in_channels, width, stride=stride, atrous_rate=atrous_rates[0], with_projection=True)
    others = (
        Bottleneck(width * EXPANSION, width, stride=1, atrous_rate=atrous_rates[1], with_projection=False)
        for _ in range(depth - 1)
    )
    return nn.Sequential(first, *others)
