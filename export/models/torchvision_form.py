"""Torchvision's form of segmentation networks: backbone, ``classifier`` and ``aux_classifier``, with its key names."""

from torch import Tensor, nn
from torch.nn import functional as F

from export.models.aspp import conv_bn_relu
from export.models.mobilenet_v3 import MobileNetV3LargeBackbone
from export.models.resnet import ResNetBackbone


class TorchvisionSegmentation(nn.Module):
    """An atrous backbone and a head whose logits are upsampled bilinearly to the input's size.

    State-dict keys and outputs equal those of torchvision's networks.

    Parameters
    ----------
    backbone
        Its "out" features feed the head, its "aux" features the auxiliary head.
    classifier
        The head: features to logits.
    class_count
        Output channels.
    with_aux
        Whether there is an ``aux_classifier``: a fully convolutional head on earlier features, for an auxiliary loss in
        training.
    """

    def __init__(
        self,
        backbone: ResNetBackbone | MobileNetV3LargeBackbone,
        classifier: nn.Module,
        class_count: int,
        with_aux: bool,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier
        self.aux_classifier = fcn_head(backbone.aux_channels, class_count) if with_aux else None

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → "out" and, with an auxiliary head, "aux": logits (N, class_count, H, W)."""
        size = image.shape[2:]
        features = self.backbone(image)
        logits = {"out": self.classifier(features["out"])}
        if self.aux_classifier is not None:
            logits["aux"] = self.aux_classifier(features["aux"])
        return {
            name: F.interpolate(coarse, size=size, mode="bilinear", align_corners=False)
            for name, coarse in logits.items()
        }


def fcn_head(inputs: int, class_count: int) -> nn.Sequential:
    """Fully convolutional head: a 3×3 convolution to a quarter of the channels, and one logit per class."""
    hidden = inputs // 4
    return nn.Sequential(*conv_bn_relu(inputs, hidden, kernel=3), nn.Dropout(0.1), nn.Conv2d(hidden, class_count, 1))
