"""Quick figures during training. The figures to publish come from `export.evaluation.evaluate` on the exported file."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import nn

from export.data.data_set import DataSet, ImageCache
from export.data.labels import VOID_LABEL, LabelledImage
from export.models.normalize import to_input
from portrait.core.metrics.matte_metrics import count_confusion, false_person_fraction


@dataclass(frozen=True, slots=True)
class Validation:
    """Figures by set: mean person IoU of the labelled ones, mean share taken for a person in those without people."""

    person_iou: dict[str, float]
    false_person_fraction: dict[str, float]


@torch.no_grad()
def validate(network: nn.Module, sets: Sequence[DataSet], cache: ImageCache, size_px: int) -> Validation:
    """Run the network, in eval mode, over every picture of the sets."""
    network.eval()
    validation = Validation({}, {})
    for data_set in sets:
        scores = [_score(network, cache.load(item), size_px, data_set.has_people) for item in data_set.items]
        figures = validation.person_iou if data_set.has_people else validation.false_person_fraction
        figures[data_set.name] = float(np.mean(scores))
    return validation


def _score(network: nn.Module, labelled: LabelledImage, size_px: int, has_people: bool) -> float:
    squashed = cv2.resize(np.ascontiguousarray(labelled[..., :3]), (size_px, size_px), interpolation=cv2.INTER_AREA)
    device = next(network.parameters()).device
    logits = network(to_input(torch.from_numpy(squashed)[None].to(device)))["out"][0, 0].cpu().numpy()
    height, width = labelled.shape[:2]
    is_person = np.asarray(cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR) > 0.0)
    if not has_people:
        return false_person_fraction(is_person)
    label = np.asarray(labelled[..., 3])
    return count_confusion(is_person, label > VOID_LABEL, label != VOID_LABEL).person_iou
