"""Consistency of the network between a picture and its shifted, noised copy, so that it flickers less in a video."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

MAX_SHIFT_PX = 6
MAX_NOISE_STD = 8.0 / 128.0
"""Of the network's input: eight grey levels."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """What changes from one frame to the next although nothing happens: a small shift, new noise."""

    down_px: int
    right_px: int
    noise_std: float

    def apply(self, x: Tensor) -> Tensor:
        """The shifted, noised copy of an input (N, C, H, W); noise is drawn from torch's generator."""
        shifted = self.shift(x)
        return shifted + self.noise_std * torch.randn_like(shifted)

    def shift(self, x: Tensor) -> Tensor:
        """Move (N, C, H, W) down and right; its border is repeated where nothing moves in."""
        height, width = x.shape[2:]
        margin = max(abs(self.down_px), abs(self.right_px))
        top, left = margin - self.down_px, margin - self.right_px
        padded = F.pad(x, (margin,) * 4, mode="replicate")
        return padded[..., top : top + height, left : left + width]

    def is_inside(self, height: int, width: int) -> Tensor:
        """Which pixels of the copy show the picture, bool (height, width), and not its repeated border."""
        rows, columns = torch.arange(height) - self.down_px, torch.arange(width) - self.right_px
        return ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None]


def draw_jitter() -> Jitter:
    """A random one, from torch's generator."""
    down_px, right_px = torch.randint(-MAX_SHIFT_PX, MAX_SHIFT_PX + 1, (2,)).tolist()
    return Jitter(down_px, right_px, MAX_NOISE_STD * float(torch.rand(())))


def consistency_loss(logits: Tensor, jittered_logits: Tensor, jitter: Jitter) -> Tensor:
    """Mean squared difference of the two probabilities, the first one shifted; void where shifted out.

    Stability training (Zheng et al. 2016, arXiv 1604.04326). Both sides get the gradient; what keeps them from agreeing
    on nothing is the loss on labels.

    Parameters
    ----------
    logits, jittered_logits
        float32 (N, 1, H, W) of the pictures and of what ``jitter`` made of them.
    """
    inside = jitter.is_inside(*logits.shape[2:]).to(logits.device)
    difference = jitter.shift(logits.sigmoid()) - jittered_logits.sigmoid()
    return difference.square()[..., inside].mean()
