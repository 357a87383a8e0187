"""Losses of a person head. Logits are float32 (N, 1, H, W); labels uint8 (N, H, W): 0, 255 person, 128 not judged."""

from torch import Tensor
from torch.nn import functional as F

from export.labels import PERSON_LABEL, VOID_LABEL


def person_loss(
    logits: Tensor, labels: Tensor, edge_weight: float = 4.0, edge_radius_px: int = 3, iou_weight: float = 1.0
) -> Tensor:
    """Binary cross-entropy weighted at the outline, plus soft IoU; unjudged pixels count in neither.

    Returns
    -------
    Scalar tensor.
    """
    target = (labels == PERSON_LABEL).float().unsqueeze(1)
    judged = (labels != VOID_LABEL).float().unsqueeze(1)
    weight = judged * (1.0 + (edge_weight - 1.0) * edge_band(target, edge_radius_px))
    entropy = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum")
    return entropy / weight.sum().clamp_min(1.0) + iou_weight * soft_iou_loss(logits, target, judged)


def edge_band(target: Tensor, radius_px: int) -> Tensor:
    """1 within ``radius_px`` of the outline, else 0: (N, 1, H, W)."""
    return _grow(target, radius_px) + _grow(1.0 - target, radius_px) - 1.0


def _grow(mask: Tensor, radius_px: int) -> Tensor:
    """Maximum over a square, as one over rows of one over columns: a fifth of the time."""
    size = 2 * radius_px + 1
    tall = F.max_pool2d(mask, (size, 1), stride=1, padding=(radius_px, 0))
    return F.max_pool2d(tall, (1, size), stride=1, padding=(0, radius_px))


def soft_iou_loss(logits: Tensor, target: Tensor, judged: Tensor) -> Tensor:
    """1 − soft Jaccard index a picture (Rahman & Wang 2016, doi:10.1007/978-3-319-50835-1_22), averaged.

    The smoothing of 1 % of the picture makes "nobody found, nobody there" a perfect score.
    """
    probability = logits.sigmoid() * judged
    target = target * judged
    smoothing = 0.01 * target[0].numel()
    overlap = (probability * target).sum(dim=(1, 2, 3))
    union = (probability + target - probability * target).sum(dim=(1, 2, 3))
    return (1.0 - (overlap + smoothing) / (union + smoothing)).mean()
