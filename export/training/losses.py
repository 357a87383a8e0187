"""Training losses: cross-entropy, soft IoU, Lovász hinge, Laplacian pyramid, distillation.

Logits are float32 (N, C, H, W), labels uint8 (N, C, H, W) as in `export.data.labels`. Every channel has its own label
and is treated as an image of its own: channels are folded into the batch axis.

The functions that compare with a label take ``target``, the person's opacity 0 … 1, and ``judged``, which is 1 where
the label is valid and 0 where it is void; both are float32 (N × C, 1, H, W).

In distributed training every loss is an average over the whole minibatch. Each process has the same number of images,
so a mean over images is right as it is; a sum over pixels is divided by a pixel count averaged over the processes.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from export.data.labels import PERSON_LABEL, VOID_LABEL
from export.data.people_targets import CENTER_PLANE, OFFSET_PLANES, PEOPLE_STRIDE, VALID_PLANE
from export.models.people_head import to_offset
from export.training.config import LossWeights
from export.training.distributed import mean_over_ranks

EDGE_RADIUS_PX = 3
LAPLACIAN_LEVELS = 5
CENTER_WEIGHT, OFFSET_WEIGHT = 50.0, 5.0
_DEFAULT_WEIGHTS = LossWeights()


def person_loss(logits: Tensor, labels: Tensor, weights: LossWeights = _DEFAULT_WEIGHTS) -> Tensor:
    """Weighted sum of the supervised losses; void pixels of the label are ignored in each of them.

    Returns
    -------
    Scalar tensor.
    """
    logits, labels = (x.flatten(0, 1).unsqueeze(1) for x in (logits, labels))
    judged = (labels != VOID_LABEL).float()
    target = judged * labels / PERSON_LABEL
    loss = logits.new_zeros(())
    if weights.entropy:
        loss = loss + weights.entropy * edge_weighted_cross_entropy(logits, target, judged, weights.edge)
    if weights.iou:
        loss = loss + weights.iou * soft_iou_loss(logits, target, judged)
    if weights.lovasz:
        loss = loss + weights.lovasz * lovasz_hinge_loss(logits, target, judged)
    if weights.laplacian:
        loss = loss + weights.laplacian * laplacian_loss(logits, target, judged)
    return loss


def edge_weighted_cross_entropy(logits: Tensor, target: Tensor, judged: Tensor, edge_weight: float) -> Tensor:
    """Binary cross-entropy; pixels within `EDGE_RADIUS_PX` of the outline have the weight ``edge_weight``, others 1."""
    weight = judged * (1.0 + (edge_weight - 1.0) * edge_band(target, EDGE_RADIUS_PX))
    entropy = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum")
    return entropy / mean_over_ranks(weight.sum()).clamp_min(1.0)


def edge_band(target: Tensor, radius_px: int) -> Tensor:
    """Morphological gradient, dilation minus erosion: 1 near a hard outline, 0 in flat areas; (N, 1, H, W).

    The erosion of the target is written as 1 − dilation(1 − target).
    """
    return _dilate(target, radius_px) + _dilate(1.0 - target, radius_px) - 1.0


def _dilate(mask: Tensor, radius_px: int) -> Tensor:
    """Grey-scale dilation by a square, separated into columns and rows, which takes a fifth of the time."""
    size = 2 * radius_px + 1
    tall = F.max_pool2d(mask, (size, 1), stride=1, padding=(radius_px, 0))
    return F.max_pool2d(tall, (1, size), stride=1, padding=(0, radius_px))


def soft_iou_loss(logits: Tensor, target: Tensor, judged: Tensor) -> Tensor:
    """Soft IoU loss: 1 − soft Jaccard index (Rahman & Wang 2016, doi:10.1007/978-3-319-50835-1_22), mean over images.

    Intersection and union are the sums of the pixelwise minimum and maximum of probability p and target t, not of p·t
    and p + t − p·t. Both forms agree on binary masks, but only minimum and maximum reach their optimum at p = t where
    t is fractional alpha (Wang et al. 2023, arXiv 2302.05666). The smoothing term, 1 % of the pixels, makes the loss 0
    where the image shows nobody and nobody is found.
    """
    probability = logits.sigmoid() * judged
    target = target * judged
    smoothing = 0.01 * target[0].numel()
    overlap = torch.minimum(probability, target).sum(dim=(1, 2, 3))
    union = torch.maximum(probability, target).sum(dim=(1, 2, 3))
    return (1.0 - (overlap + smoothing) / (union + smoothing)).mean()


def lovasz_hinge_loss(logits: Tensor, target: Tensor, judged: Tensor) -> Tensor:
    """Lovász hinge loss, mean over images: a convex surrogate of 1 − IoU (Berman et al. 2018, arXiv 1705.08790).

    The hinge errors of an image are sorted in descending order; the weight of each is the drop in IoU when its pixel is
    misclassified in addition to those before it. In an image without people all weight is on the largest error. Alpha
    is cut to a mask at one half.
    """
    # Hinge errors against labels of −1 and 1; void pixels sort last and have no error.
    target, judged = (target.flatten(1) > 0.5).float(), judged.flatten(1)
    errors = 1.0 - logits.flatten(1) * (2.0 * target - 1.0)
    errors = errors.masked_fill(judged == 0.0, -torch.inf)
    # Sort in descending order; the stable sort makes the order of ties, and so the gradient, the same in every run.
    errors, order = errors.sort(dim=1, descending=True, stable=True)
    # Weight the errors by the gradient of the Lovász extension.
    share = _lovasz_gradient(target.gather(1, order), judged.gather(1, order))
    return (errors.relu() * share).sum(dim=1).mean()


def _lovasz_gradient(target: Tensor, judged: Tensor) -> Tensor:
    """Gradient of the Lovász extension: the increase of 1 − IoU with each further wrong pixel, (N, pixels), sorted."""
    target = target * judged
    people = target.sum(dim=1, keepdim=True)
    intersection = people - target.cumsum(dim=1)
    union = people + ((1.0 - target) * judged).cumsum(dim=1)
    lost = 1.0 - intersection / union.clamp_min(1.0)
    return lost.diff(dim=1, prepend=torch.zeros_like(people))


def laplacian_loss(logits: Tensor, target: Tensor, judged: Tensor) -> Tensor:
    """Laplacian pyramid loss: mean absolute difference per level, the weight doubling from each level to the coarser.

    As in matting (Hou & Liu 2019, arXiv 1909.09725), after Burt & Adelson 1983 (doi:10.1109/TCOM.1983.1095851). The
    pyramid is linear, so it is built once, from the difference of probability and target. That difference is set to 0
    at void pixels.
    """
    difference = (logits.sigmoid() - target) * judged
    loss = difference.new_zeros(())
    for level in range(LAPLACIAN_LEVELS):
        if min(difference.shape[2:]) < 4:
            break
        smaller = _downsample_by_two(difference)
        coarse = F.interpolate(smaller, size=difference.shape[2:], mode="bilinear", align_corners=False)
        loss = loss + 2.0**level * (difference - coarse).abs().mean()
        difference = smaller
    return loss


def _downsample_by_two(x: Tensor) -> Tensor:
    """Downsample by 2 with a binomial filter of four taps; an even tap count suits bilinear upsampling's pixel grid."""
    taps = x.new_tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(F.conv2d(padded, taps.view(1, 1, 4, 1), stride=(2, 1)), taps.view(1, 1, 1, 4), stride=(1, 2))


def people_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of the centres' heat map and mean absolute error of the offsets (arXiv 1911.10194, 3.1).

    Parameters
    ----------
    logits
        float32 (N, 3, H, W): centre, and offsets down and right.
    targets
        float32 (N, 4, h, w), as `export.data.people_targets.to_people_targets` makes them.
    """
    start = PEOPLE_STRIDE // 2
    found = logits[..., start::PEOPLE_STRIDE, start::PEOPLE_STRIDE].sigmoid()
    judged = targets[:, VALID_PLANE]
    centers = judged * (found[:, 0] - targets[:, CENTER_PLANE]).square()
    offsets = targets[:, OFFSET_PLANES]
    on_person = judged.unsqueeze(1) * offsets.isfinite()
    ways = on_person * (to_offset(found[:, 1:]) - offsets.nan_to_num()).abs()
    center_loss = centers.sum() / mean_over_ranks(judged.sum()).clamp_min(1.0)
    offset_loss = ways.sum() / mean_over_ranks(on_person.sum()).clamp_min(1.0)
    return CENTER_WEIGHT * center_loss + OFFSET_WEIGHT * offset_loss


def distillation_loss(logits: Tensor, teacher_probability: Tensor, taught: Tensor, temperature: float = 1.0) -> Tensor:
    """Knowledge distillation: Kullback–Leibler divergence of the student from the teacher (Hinton et al. 2015).

    The divergence counts where ``taught`` and its sum is divided by the number of all pixels. The logits of both are
    divided by the temperature T, and the loss is multiplied by T², which keeps the size of its gradient (arXiv
    1503.02531). The loss is 0 where student and teacher agree.

    Parameters
    ----------
    logits
        float32 (N, 1, H, W), of the student.
    teacher_probability
        float32 (N, H, W), 0 … 1.
    taught
        bool (N, H, W): where the student learns from the teacher.
    temperature
        Above 0; 1 compares the probabilities as they are.
    """
    # The divergence is the cross-entropy less the teacher's own entropy.
    softened = (teacher_probability.logit(eps=1e-6) / temperature).sigmoid().unsqueeze(1)
    own_entropy = F.binary_cross_entropy(softened, softened, reduction="none")
    divergence = F.binary_cross_entropy_with_logits(logits / temperature, softened, reduction="none") - own_entropy
    return temperature**2 * (divergence * taught.unsqueeze(1)).mean()
