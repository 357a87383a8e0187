"""Quick figures during training. The figures to publish come from `export.evaluate` on the exported file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import nn

from export.data import DataSet, ImageCache
from export.labels import PERSON_LABEL, VOID_LABEL, LabelledImage
from export.normalize import to_input


@dataclass(frozen=True, slots=True)
class Validation:
    """Mean person IoU of each labelled set; share of the picture taken for a person in sets without people."""

    figures: Mapping[str, float]

    def to_row(self) -> dict[str, str]:
        """Columns of the training curve."""
        return {name: f"{value:.4f}" for name, value in self.figures.items()}


@torch.no_grad()
def validate(network: nn.Module, sets: Sequence[DataSet], cache: ImageCache, size_px: int) -> Validation:
    """Run the network, in eval mode, over every picture of the sets."""
    network.eval()
    figures = {}
    for data_set in sets:
        scores = [_score(network, cache.load(item), size_px, data_set.has_people) for item in data_set.items]
        figures[data_set.name] = float(np.mean(scores))
    return Validation(figures)


def _score(network: nn.Module, labelled: LabelledImage, size_px: int, has_people: bool) -> float:
    squashed = cv2.resize(np.ascontiguousarray(labelled[..., :3]), (size_px, size_px), interpolation=cv2.INTER_AREA)
    logits = network(to_input(torch.from_numpy(squashed)[None]))["out"][0, 0].numpy()
    height, width = labelled.shape[:2]
    is_person = cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR) > 0.0
    if not has_people:
        return float(is_person.mean())
    judged, target = labelled[..., 3] != VOID_LABEL, labelled[..., 3] == PERSON_LABEL
    union = ((is_person | target) & judged).sum()
    return float((is_person & target & judged).sum() / union) if union else 1.0
