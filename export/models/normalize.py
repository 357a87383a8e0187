"""Input normalisation of the networks trained here: x = (rgb − 128) / 128, as the pretrained backbone expects."""

import torch
from torch import Tensor

_CENTER = 128.0
NORMALIZE = _CENTER / 255.0
"""Mean and also standard deviation of every channel of an image scaled to 0 … 1, in the units of `ModelSpec`."""


def to_input(images: Tensor) -> Tensor:
    """uint8 (N, H, W, 3) RGB → normalised float32 (N, 3, H, W) in channels_last."""
    normalized = (images.permute(0, 3, 1, 2).float() - _CENTER) / _CENTER
    return normalized.contiguous(memory_format=torch.channels_last)
