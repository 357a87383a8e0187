"""SegNet (Badrinarayanan, Kendall & Cipolla 2017, arXiv 1511.00561, doi:10.1109/TPAMI.2016.2644615).

An encoder without fully connected layers and a decoder that mirrors it. The decoder puts each value back where max
pooling found it: only the positions are kept from the encoder, not its features, and outlines come back at no cost.

Shapes: image (N, 3, H, W); encoder at strides 2 … 32; logits (N, class_count, H, W), for any H and W.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.models.aspp import conv_bn_relu
from export.models.vgg import start_from_he, vgg16_features, vgg_blocks


class SegNet(nn.Module):
    """SegNet on VGG16 with batch norm; ``features`` has the keys of torchvision's ``vgg16_bn``.

    Parameters
    ----------
    class_count
        Output channels.
    width_multiplier
        Width multiplier of encoder and decoder; published weights fit 1.
    """

    def __init__(self, class_count: int = 1, width_multiplier: float = 1.0) -> None:
        super().__init__()
        self.features = vgg16_features(width_multiplier, with_batch_norm=True)
        blocks = vgg_blocks(width_multiplier)
        # Each decoder block has the channels of its encoder block, backwards, and ends with those of the next one.
        finer = [block[-1] for block in blocks[:-1]]
        ends = [finer[0], *finer]
        self.decoder = nn.ModuleList(
            nn.Sequential(*(conv_bn_relu(a, b, kernel=3) for a, b in pairwise((*block[::-1], end))))
            for block, end in zip(blocks, ends, strict=True)
        )
        start_from_he(self.decoder)
        self.score = nn.Conv2d(ends[0], class_count, 3, padding=1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) normalised RGB → ``{"out": logits (N, class_count, H, W)}``."""
        x, pooled = image, []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                before = x
                x, indices = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
                pooled.append((indices, before))
            else:
                x = layer(x)
        for block, (indices, before) in zip(reversed(self.decoder), reversed(pooled), strict=True):
            x = block(unpool(x, indices, before))
        return {"out": self.score(x)}


def unpool(x: Tensor, indices: Tensor, before: Tensor) -> Tensor:
    """Max unpooling: values go to the positions that the maximum was found at, all others are zero.

    Written as a scatter along the flattened image, which ONNX has (ScatterElements); it has no unpooling of such sizes.

    Parameters
    ----------
    x, indices
        (N, C, h, w): values, and positions in the flattened H · W as `torch.nn.functional.max_pool2d` returns them.
    before
        (N, C, H, W): what was pooled; only its size counts.

    Returns
    -------
    (N, C, H, W).
    """
    zeros = torch.zeros_like(before, dtype=x.dtype).flatten(2)
    return zeros.scatter(2, indices.flatten(2), x.flatten(2)).view_as(before)
