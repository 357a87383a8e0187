"""FCN (Long, Shelhamer & Darrell 2015, arXiv 1411.4038, doi:10.1109/CVPR.2015.7298965).

A classifier without its last layer becomes a dense predictor: fully connected layers are convolutions, a 1×1
convolution scores every class, and transposed convolutions bring the scores to the size of the image. Scores of finer
layers are added on the way: none in FCN-32s, stride 16 in FCN-16s, strides 16 and 8 in FCN-8s.

Shapes: image (N, 3, H, W); scores at stride 32, 16, 8; logits (N, class_count, H, W), for any H and W.

Unlike in the paper, convolutions are padded to keep the size instead of the image by 100 px, and each class is
upsampled by a kernel of its own.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from export.models.aspp import conv_bn_relu
from export.models.mobilenet_v2 import MobileNetV2
from export.models.resnet import ResNetBackbone
from export.models.torchvision_form import TorchvisionSegmentation, fcn_head
from export.models.upsampling import BilinearTranspose, ScoreFusion, crop_like, zero_scores
from export.models.vgg import hidden_width, run_blocks, vgg16_classifier, vgg16_features, vgg_blocks


class SkipScores(nn.Module):
    """Head of FCN: scores of the coarsest features, fused with those of finer ones, upsampled to the image.

    Parameters
    ----------
    channels
        Of the feature maps that are scored, the coarsest (stride 32) first; 16s has two of them, 8s three.
    class_count
        Output channels.
    """

    def __init__(self, channels: Sequence[int], class_count: int) -> None:
        super().__init__()
        self.score = zero_scores(channels[0], class_count)
        self.fusions = nn.ModuleList(ScoreFusion(inputs, class_count) for inputs in channels[1:])
        self.upsample = BilinearTranspose(class_count, 32 >> (len(channels) - 1), is_fixed=True)

    def forward(self, features: Sequence[Tensor], image: Tensor) -> Tensor:
        """Feature maps, the coarsest first, → logits at the size of the image."""
        scores: Tensor = self.score(features[0])
        for fusion, skip in zip(self.fusions, features[1:], strict=True):
            scores = fusion(scores, skip)
        return crop_like(self.upsample(scores), image)


class FcnVgg16(nn.Module):
    """FCN on VGG16, as in the paper. Children ``features`` and ``classifier`` have the keys of torchvision's VGG16.

    Parameters
    ----------
    skips
        0 for FCN-32s, 1 for FCN-16s, 2 for FCN-8s.
    class_count
        Output channels.
    width_multiplier
        Width multiplier of VGG16; published weights fit 1.
    """

    def __init__(self, skips: int, class_count: int = 1, width_multiplier: float = 1.0) -> None:
        super().__init__()
        ends = [block[-1] for block in vgg_blocks(width_multiplier)]
        self.features = vgg16_features(width_multiplier)
        self.classifier = vgg16_classifier(ends[4], width_multiplier)
        self.head = SkipScores((hidden_width(width_multiplier), ends[3], ends[2])[: skips + 1], class_count)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → ``{"out": logits (N, class_count, H, W)}``."""
        _, _, stride8, stride16, stride32 = run_blocks(self.features, image)
        used = (self.classifier(stride32), stride16, stride8)[: len(self.head.fusions) + 1]
        return {"out": self.head(used, image)}


class FcnMobileNetV2(nn.Module):
    """FCN on MobileNetV2 at output stride 32; a 1×1 convolution takes the place of the fully connected layers."""

    def __init__(self, skips: int, class_count: int = 1, width_multiplier: float = 1.0) -> None:
        super().__init__()
        self.backbone = MobileNetV2(width_multiplier, output_stride=32)
        stride8, stride16, stride32 = self.backbone.coarse_channels
        self.hidden = conv_bn_relu(stride32, stride32)
        self.head = SkipScores((stride32, stride16, stride8)[: skips + 1], class_count)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → ``{"out": logits (N, class_count, H, W)}``."""
        stride8, stride16, stride32 = self.backbone.coarse_features(image)
        used = (self.hidden(stride32), stride16, stride8)[: len(self.head.fusions) + 1]
        return {"out": self.head(used, image)}


fcn32s, fcn16s, fcn8s = (partial(FcnVgg16, skips) for skips in range(3))
fcn32s_mobilenet_v2, fcn16s_mobilenet_v2, fcn8s_mobilenet_v2 = (partial(FcnMobileNetV2, skips) for skips in range(3))


def fcn_resnet50(class_count: int = 21, with_aux: bool = True) -> TorchvisionSegmentation:
    """Torchvision's FCN on ResNet-50: atrous backbone at output stride 8, a 3×3 and a 1×1 convolution, no skips."""
    return _fcn_resnet((3, 4, 6, 3), class_count, with_aux)


def fcn_resnet101(class_count: int = 21, with_aux: bool = True) -> TorchvisionSegmentation:
    """Torchvision's FCN on ResNet-101, otherwise as `fcn_resnet50`."""
    return _fcn_resnet((3, 4, 23, 3), class_count, with_aux)


def _fcn_resnet(depths: tuple[int, int, int, int], class_count: int, with_aux: bool) -> TorchvisionSegmentation:
    backbone = ResNetBackbone(depths)
    return TorchvisionSegmentation(backbone, fcn_head(backbone.out_channels, class_count), class_count, with_aux)
