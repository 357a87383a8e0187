"""Quick validation after an epoch. Figures to publish come from `export.evaluation.evaluate` on the exported file."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import nn

from export.data.data_set import DataItem, DataSet, ImageCache
from export.data.label_meaning import channel_of
from export.data.labels import VOID_LABEL, LabelledImage
from export.models.normalize import to_input
from portrait.core.metrics.matte_metrics import count_confusion, false_person_fraction


@dataclass(frozen=True, slots=True)
class Validation:
    """Mean figures of each data set, by its name.

    Attributes
    ----------
    person_iou
        Of sets with people: intersection over union of the output channel that the set's labels describe.
    false_person_fraction
        Of sets without people: share of the pixels that are taken for a subject.
    """

    person_iou: dict[str, float]
    false_person_fraction: dict[str, float]


@torch.no_grad()
def validate(network: nn.Module, sets: Sequence[DataSet], cache: ImageCache, size_px: int) -> Validation:
    """Run the network, in eval mode, over every image of the sets."""
    network.eval()
    validation = Validation({}, {})
    for data_set in sets:
        scores = [_score(network, item, cache.load(item), size_px) for item in data_set.items]
        figures = validation.person_iou if data_set.has_people else validation.false_person_fraction
        figures[data_set.name] = float(np.mean(scores))
    return validation


def _score(network: nn.Module, item: DataItem, labelled: LabelledImage, size_px: int) -> float:
    """Person IoU of one image, or its false person fraction where the set has no masks."""
    # Run the network on the square input and take the channel of the label.
    squashed = cv2.resize(np.ascontiguousarray(labelled[..., :3]), (size_px, size_px), interpolation=cv2.INTER_AREA)
    device = next(network.parameters()).device
    outputs = network(to_input(torch.from_numpy(squashed)[None].to(device)))["out"][0].cpu().numpy()
    logits = outputs[min(channel_of(item.meaning), len(outputs) - 1)]
    height, width = labelled.shape[:2]
    is_person = np.asarray(cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR) > 0.0)
    if item.mask_path is None:
        return false_person_fraction(is_person)
    label = np.asarray(labelled[..., 3])
    return count_confusion(is_person, label > VOID_LABEL, label != VOID_LABEL).person_iou
