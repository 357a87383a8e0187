"""Effective receptive field of a network: which pixels its answer at the centre depends on, and how much."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


def measure_receptive_field(network: nn.Module, images: Tensor) -> NDArray[np.float32]:
    """Mean absolute gradient of the logit at the centre by the pixels (Luo et al. 2016, arXiv 1701.04128).

    Parameters
    ----------
    network
        In eval mode; its weights are not changed.
    images
        (N, 3, H, W), normalised.

    Returns
    -------
    float32 (H, W), which adds up to 1; all zero for a network that depends on nothing.
    """
    height, width = images.shape[2:]
    total = torch.zeros(height, width)
    for image in images:
        pixels = image[None].clone().requires_grad_()
        logit = network(pixels)["out"][0, 0, height // 2, width // 2]
        (gradient,) = torch.autograd.grad(logit, pixels)
        total += gradient[0].abs().sum(dim=0)
    sum_ = float(total.sum())
    return np.asarray(total / sum_ if sum_ > 0.0 else total, np.float32)


def square_holding(field: NDArray[np.float32], share: float) -> float:
    """Side, as a share of the image's, of the smallest square around the centre that holds a share of the field."""
    height, width = field.shape
    half = max(height, width) // 2
    for radius in range(half):
        top, left = max(0, height // 2 - radius), max(0, width // 2 - radius)
        held = float(field[top : height // 2 + radius + 1, left : width // 2 + radius + 1].sum())
        if held >= share:
            return float((2 * radius + 1) / max(field.shape))
    return 1.0
