"""Contact sheets: what the network sees, what it was told, what it finds."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from export.data import TrainSamples
from export.labels import PERSON_LABEL, VOID_LABEL
from export.normalize import to_input

TINT = np.array([0, 200, 80], dtype=np.float32)


@torch.no_grad()
def save_sample_sheet(path: Path, samples: TrainSamples, network: nn.Module, epoch: int, columns: int = 10) -> None:
    """Write a PNG with one column a sample: picture, label (unjudged pixels grey), the network's probability."""
    cells = []
    for position in range(columns):
        image, label = samples[(epoch, position)]
        probability = network(to_input(torch.from_numpy(image)[None]))["out"].sigmoid()[0, 0].numpy()
        told = np.where(
            (label == VOID_LABEL)[..., None], 128.0, _tint(image, (label == PERSON_LABEL).astype(np.float32))
        )
        cells.append(np.vstack([image, told, _tint(image, probability)]))
    Image.fromarray(np.hstack(cells).astype(np.uint8)).save(path)


def _tint(image: NDArray[np.uint8], share: NDArray[np.float32]) -> NDArray[np.float32]:
    weight = 0.6 * share[..., None]
    tinted: NDArray[np.float32] = image * (1.0 - weight) + TINT * weight
    return tinted
