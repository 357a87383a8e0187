"""Contact sheet of training samples: input image, label and predicted probability."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from export.atomic import replacing
from export.data.label_meaning import SUBJECT_CHANNEL
from export.data.labels import VOID_LABEL, to_opacity
from export.data.unlabelled import Samples
from export.models.normalize import to_input

TINT = np.array([0, 200, 80], dtype=np.float32)


@torch.no_grad()
def save_sample_sheet(path: Path, samples: Samples, network: nn.Module, epoch: int, columns: int = 10) -> None:
    """Write a PNG with one column a sample: image, label of the subject (void pixels grey), its probability."""
    # One column a sample.
    cells = []
    device = next(network.parameters()).device
    for position in range(min(columns, samples.epoch_length())):
        image, targets, _ = samples[(epoch, position)]
        label = targets[SUBJECT_CHANNEL]
        logits = network(to_input(torch.from_numpy(image)[None].to(device)))["out"]
        probability = logits.sigmoid()[0, min(SUBJECT_CHANNEL, logits.shape[1] - 1)].cpu().numpy()
        told = np.where((label == VOID_LABEL)[..., None], 128.0, _tint(image, to_opacity(label)))
        cells.append(np.vstack([image, told, _tint(image, probability)]))
    with replacing(path) as partial:
        Image.fromarray(np.hstack(cells).astype(np.uint8)).save(partial)


def _tint(image: NDArray[np.uint8], share: NDArray[np.float32]) -> NDArray[np.float32]:
    weight = 0.6 * share[..., None]
    tinted: NDArray[np.float32] = image * (1.0 - weight) + TINT * weight
    return tinted
