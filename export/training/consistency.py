"""Consistency loss between an image and its shifted, noised copy, against flicker in videos."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

MAX_SHIFT_PX = 6
MAX_NOISE_STD = 8.0 / 128.0
"""Largest standard deviation of the noise, in units of the normalised input: eight grey levels."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """A random perturbation such as two frames of a still scene show: a small translation and sensor noise."""

    down_px: int
    right_px: int
    noise_std: float

    def apply(self, x: Tensor) -> Tensor:
        """The shifted, noised copy of an input (N, C, H, W); noise is drawn from torch's generator."""
        shifted = self.shift(x)
        return shifted + self.noise_std * torch.randn_like(shifted)

    def shift(self, x: Tensor) -> Tensor:
        """Translate (N, C, H, W) by whole pixels down and right; the uncovered border repeats the edge pixels."""
        height, width = x.shape[2:]
        margin = max(abs(self.down_px), abs(self.right_px))
        top, left = margin - self.down_px, margin - self.right_px
        padded = F.pad(x, (margin,) * 4, mode="replicate")
        return padded[..., top : top + height, left : left + width]

    def is_inside(self, height: int, width: int) -> Tensor:
        """Mask, bool (height, width): True where the shifted copy shows image content, False in its repeated border."""
        rows, columns = torch.arange(height) - self.down_px, torch.arange(width) - self.right_px
        return ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None]


def draw_jitter() -> Jitter:
    """Draw a random perturbation from torch's generator."""
    down_px, right_px = torch.randint(-MAX_SHIFT_PX, MAX_SHIFT_PX + 1, (2,)).tolist()
    return Jitter(down_px, right_px, MAX_NOISE_STD * float(torch.rand(())))


def consistency_loss(logits: Tensor, jittered_logits: Tensor, jitter: Jitter) -> Tensor:
    """Consistency loss: mean squared error between the shifted probability and that of the shifted, noised copy.

    The repeated border is left out. Stability training (Zheng et al. 2016, arXiv 1604.04326). Both probabilities get
    gradients; the supervised losses keep them from collapsing to a constant.

    Parameters
    ----------
    logits, jittered_logits
        float32 (N, 1, H, W) of the images and of their copies, which are ``jitter.apply(images)``.
    """
    inside = jitter.is_inside(*logits.shape[2:]).to(logits.device)
    difference = jitter.shift(logits.sigmoid()) - jittered_logits.sigmoid()
    return difference.square()[..., inside].mean()
