"""Upsampling of class scores by transposed convolution, and the sum with the scores of a finer layer."""

import torch
from torch import Tensor, nn


def bilinear_kernel(factor: int) -> Tensor:
    """Kernel (2 · factor, 2 · factor) by which a transposed convolution of that stride interpolates bilinearly."""
    taps = torch.arange(2 * factor, dtype=torch.float32)
    triangle = 1.0 - (taps - (factor - 0.5)).abs() / factor
    return torch.outer(triangle, triangle)


class BilinearTranspose(nn.ConvTranspose2d):
    """Transposed convolution by channel that starts as bilinear interpolation (arXiv 1411.4038, section 3.3).

    Parameters
    ----------
    channels
        Each has a kernel of its own, as every class is upsampled by itself.
    factor
        Even; how many times larger the result is.
    is_fixed
        Whether it stays bilinear. The paper fixes the last upsampling and lets the others learn.
    """

    def __init__(self, channels: int, factor: int, *, is_fixed: bool = False) -> None:
        super().__init__(
            channels, channels, 2 * factor, stride=factor, padding=factor // 2, groups=channels, bias=False
        )
        with torch.no_grad():
            self.weight.copy_(bilinear_kernel(factor).expand_as(self.weight))
        self.weight.requires_grad_(not is_fixed)


def crop_like(x: Tensor, wanted: Tensor) -> Tensor:
    """The upper left part of (…, h, w) that is as large as another tensor's last two axes."""
    return x[..., : wanted.shape[-2], : wanted.shape[-1]]


class ScoreFusion(nn.Module):
    """Skip connection by a sum: coarse class scores, upsampled by 2, plus scores of a finer layer.

    The finer layer's scores start at zero, so that a network begins as the one without this skip.
    """

    def __init__(self, skip_inputs: int, class_count: int) -> None:
        super().__init__()
        self.upsample = BilinearTranspose(class_count, 2)
        self.score = zero_scores(skip_inputs, class_count)

    def forward(self, scores: Tensor, skip: Tensor) -> Tensor:
        """Scores (N, C, ⌈h / 2⌉, ⌈w / 2⌉) and features (N, K, h, w) → scores (N, C, h, w)."""
        fused: Tensor = crop_like(self.upsample(scores), skip) + self.score(skip)
        return fused


def zero_scores(inputs: int, class_count: int) -> nn.Conv2d:
    """A 1×1 convolution to class scores that starts at zero."""
    score = nn.Conv2d(inputs, class_count, 1)
    nn.init.zeros_(score.weight)
    nn.init.zeros_(score.bias)  # type: ignore[arg-type]
    return score
