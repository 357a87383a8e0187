"""DeepLabV3+ (Chen et al. 2018, arXiv 1802.02611) for people, with an optional second, finer skip connection.

A small decoder brings outlines back: DeepLabV3's features are upsampled, concatenated with fine ones and refined by
separable convolutions. The paper's decoder has one skip connection, at stride 4; a second one at stride 2 gives more
precise outlines.

Shapes: image (N, 3, H, W); features at strides 16, 4 and 2; logits (N, class_count, H, W), upsampled bilinearly.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.models.aspp import SeparableAspp, conv_bn_relu, separable_conv
from export.models.depthwise import keep_channels_last
from export.models.mobilenet_v2 import MobileNetV2
from export.models.people_head import PeopleHead
from export.models.subject import SubjectHead


class DecoderStep(nn.Module):
    """Decoder block: upsample, concatenate the projected skip features, refine with a separable convolution."""

    def __init__(self, inputs: int, skip_inputs: int, skip_outputs: int, outputs: int) -> None:
        super().__init__()
        self.skip = conv_bn_relu(skip_inputs, skip_outputs)
        self.refine = separable_conv(inputs + skip_outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        upsampled = F.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=False)
        refined: Tensor = self.refine(torch.cat([upsampled, self.skip(skip)], dim=1))
        return refined


class DeepLabV3Plus(nn.Module):
    """DeepLabV3+: MobileNetV2 at output stride 16, separable ASPP, skips at stride 4 and, by default, 2.

    Parameters
    ----------
    class_count
        Output channels, one logit per class; a single logit is the person's, its sigmoid the probability.
    width_multiplier
        Width multiplier of the backbone.
    aspp_channels
        Width of every ASPP branch.
    atrous_rates
        Atrous rates of the ASPP. Rates 3, 6, 9 suit the feature map of 16 to 24 cells that an input of 256 to 384 px
        has at stride 16; the paper's 6, 12, 18 are made for 513 px and would mostly read padding here. None: the ASPP
        is a 1×1 convolution and image pooling.
    skip_channels, decoder_channels
        Channels at stride 4 and at stride 2. With a single number of skip channels there is no block at stride 2.
    with_subject
        Two outputs instead of ``class_count``: person, and subject, which contains the person.
    with_people
        Three more outputs that tell people apart: see `export.models.people_head`.
    last_atrous_rate
        Atrous rate of the backbone's last blocks, see `MobileNetV2`; 1 to study what it does.
    """

    def __init__(
        self,
        class_count: int = 1,
        width_multiplier: float = 1.0,
        aspp_channels: int = 128,
        atrous_rates: Sequence[int] = (3, 6, 9),
        skip_channels: Sequence[int] = (48, 16),
        decoder_channels: Sequence[int] = (96, 32),
        with_subject: bool = False,
        with_people: bool = False,
        last_atrous_rate: int = 2,
    ) -> None:
        super().__init__()
        self.backbone = MobileNetV2(width_multiplier, last_atrous_rate=last_atrous_rate)
        stride2, stride4, stride16 = self.backbone.channels
        self.aspp = SeparableAspp(stride16, aspp_channels, atrous_rates)
        self.decoder4 = DecoderStep(aspp_channels, stride4, skip_channels[0], decoder_channels[0])
        self.has_stride2_skip = len(skip_channels) > 1
        if self.has_stride2_skip:
            self.narrow = conv_bn_relu(decoder_channels[0], decoder_channels[1])
            self.decoder2 = DecoderStep(decoder_channels[1], stride2, skip_channels[1], decoder_channels[1])
        head_inputs = decoder_channels[1 if self.has_stride2_skip else 0]
        self.people_head = PeopleHead(decoder_channels[0]) if with_people else None
        self.head = SubjectHead(head_inputs) if with_subject else nn.Conv2d(head_inputs, class_count, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → ``{"out": logits (N, class_count or 2, and 3 more, H, W)}``."""
        stride2, stride4, stride16 = self.backbone(image)
        people = None
        x = keep_channels_last(self.decoder4(self.aspp(stride16), stride4))
        if self.people_head is not None:
            people = _upsample(self.people_head(x), image)
        if self.has_stride2_skip:
            x = keep_channels_last(self.decoder2(self.narrow(x), stride2))
        logits = _upsample(self.head(x), image)
        return {"out": logits if people is None else torch.cat([logits, people], dim=1)}


def _upsample(logits: Tensor, image: Tensor) -> Tensor:
    return F.interpolate(logits, size=image.shape[2:], mode="bilinear", align_corners=False)
