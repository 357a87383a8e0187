"""DeepLabV3 (Chen et al. 2017, arXiv 1706.05587): torchvision's form, with its key names, and Google's mobile form.

Atrous convolutions keep the resolution of the last layers and yet see far. Atrous spatial pyramid pooling (ASPP) looks
at every point at several scales at once, the whole image among them.

Shapes: image (N, 3, H, W); features at output stride 8 or 16; logits (N, class_count, H, W), upsampled bilinearly.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.models.aspp import Aspp, conv_bn_relu
from export.models.mobilenet_v2 import MobileNetV2
from export.models.mobilenet_v3 import MobileNetV3LargeBackbone
from export.models.resnet import ResNetBackbone
from export.models.torchvision_form import TorchvisionSegmentation

TORCHVISION_ATROUS_RATES = (12, 24, 36)
HEAD_CHANNELS = 256


class DeepLabV3(TorchvisionSegmentation):
    """DeepLabV3: atrous backbone, ASPP, a 3×3 convolution and one logit per class, upsampled to the input's size.

    Parameters
    ----------
    backbone, class_count, with_aux
        As in `TorchvisionSegmentation`.
    atrous_rates
        Rates of the three 3×3 branches of the ASPP; torchvision has 12, 24, 36 for every backbone.
    """

    def __init__(
        self,
        backbone: ResNetBackbone | MobileNetV3LargeBackbone,
        class_count: int = 21,
        with_aux: bool = True,
        atrous_rates: Sequence[int] = TORCHVISION_ATROUS_RATES,
    ) -> None:
        head = nn.Sequential(
            Aspp(backbone.out_channels, HEAD_CHANNELS, atrous_rates),
            *conv_bn_relu(HEAD_CHANNELS, HEAD_CHANNELS, kernel=3),
            nn.Conv2d(HEAD_CHANNELS, class_count, 1),
        )
        super().__init__(backbone, head, class_count, with_aux)


class LightHead(nn.Module):
    """Head of Google's mobile models: ASPP reduced to a 1×1 branch and image pooling, without batch norm."""

    def __init__(self, inputs: int, class_count: int) -> None:
        super().__init__()
        self.aspp0 = nn.Conv2d(inputs, HEAD_CHANNELS, 1)
        self.image_pooling = nn.Conv2d(inputs, HEAD_CHANNELS, 1)
        self.concat_projection = nn.Conv2d(2 * HEAD_CHANNELS, HEAD_CHANNELS, 1)
        self.logits = nn.Conv2d(HEAD_CHANNELS, class_count, 1)

    def forward(self, features: Tensor) -> Tensor:
        local = F.relu(self.aspp0(features))
        pooled = F.relu(self.image_pooling(F.adaptive_avg_pool2d(features, 1))).expand_as(local)
        projected = F.relu(self.concat_projection(torch.cat([pooled, local], dim=1)))
        logits: Tensor = self.logits(projected)
        return logits


class DeepLabV3Light(nn.Module):
    """Google's mobile DeepLabV3 on MobileNetV2: output stride 16, `LightHead`, upsampled with aligned corners."""

    def __init__(self, class_count: int = 21, width_multiplier: float = 1.0) -> None:
        super().__init__()
        self.backbone = MobileNetV2(width_multiplier)
        self.head = LightHead(self.backbone.channels[-1], class_count)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → ``{"out": logits (N, class_count, H, W)}``."""
        logits = self.head(self.backbone(image)[-1])
        return {"out": F.interpolate(logits, size=image.shape[2:], mode="bilinear", align_corners=True)}


def deeplabv3_mobilenet_v3_large(class_count: int = 21, with_aux: bool = True) -> DeepLabV3:
    """DeepLabV3 on MobileNetV3-Large: output stride 16, atrous rates 12, 24, 36, auxiliary head at stride 8."""
    return DeepLabV3(MobileNetV3LargeBackbone(), class_count, with_aux)


def deeplabv3_resnet50(class_count: int = 21, with_aux: bool = True) -> DeepLabV3:
    """DeepLabV3 on ResNet-50: output stride 8, atrous rates 12, 24, 36, auxiliary head on ``layer3``."""
    return DeepLabV3(ResNetBackbone((3, 4, 6, 3)), class_count, with_aux)


def deeplabv3_resnet101(class_count: int = 21, with_aux: bool = True) -> DeepLabV3:
    """DeepLabV3 on ResNet-101: output stride 8, atrous rates 12, 24, 36, auxiliary head on ``layer3``."""
    return DeepLabV3(ResNetBackbone((3, 4, 23, 3)), class_count, with_aux)
