"""Contact sheet of samples: images as the network sees them, with the outlines of their labels."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export.atomic import replacing
from export.data.data_set import DataItem, DataSet, ImageCache, load_labelled
from export.data.label_meaning import SUBJECT_CHANNEL, to_targets
from export.data.labels import VOID_LABEL
from export.data.people_targets import to_people_targets
from export.data.train_samples import TrainSamples
from export.data.transforms import EvalPreset, TargetSample, TrainPreset

OUTLINES = ((0, 128, 255), (0, 255, 0))
"""Colours of the outlines of person and subject."""

HATCH = (255, 220, 0)
"""Colour of the hatching of void pixels."""

HATCH_PERIOD_PX = 8


def train_samples(sets: Sequence[DataSet], preset: TrainPreset, seed: int, cache_dir: Path) -> Iterator[TargetSample]:
    """Endless iterator over the samples of a training run with this seed, from its first epoch on."""
    samples = TrainSamples(sets, ImageCache(cache_dir, 2 * preset.size_px), preset, seed)
    epoch = 0
    while True:
        yield from (samples[(epoch, position)] for position in range(samples.epoch_length()))
        epoch += 1


def eval_samples(sets: Sequence[DataSet], preset: EvalPreset, seed: int) -> Iterator[TargetSample]:
    """The images of the sets in random order, each once, prepared as for evaluation."""
    items = [item for data_set in sets for item in data_set.items]
    order = np.random.default_rng(seed).permutation(len(items))
    return (_eval_sample(preset, items[i]) for i in order)


def _eval_sample(preset: EvalPreset, item: DataItem) -> TargetSample:
    image, label, instances = preset(load_labelled(item))
    return image, to_targets(label, item.meaning), to_people_targets(instances)


def draw_sample(image: NDArray[np.uint8], targets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw the outlines of person and subject on an image, and hatch the void pixels.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    targets
        uint8 (2, H, W), labels of person (outlined in blue) and subject (in green). Pixels where the subject's label is
        void are hatched in yellow.
    """
    drawn = image.copy()
    rows, columns = np.indices(targets.shape[1:])
    drawn[(targets[SUBJECT_CHANNEL] == VOID_LABEL) & ((rows + columns) % HATCH_PERIOD_PX < 2)] = HATCH
    for label, color in zip(targets, OUTLINES, strict=True):
        outlines, _ = cv2.findContours((label > VOID_LABEL).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, color, 1)
    return drawn


def tile(cells: Iterable[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Arrange cells of one size, (h, w, 3), row by row in one image; unused places are black."""
    listed = list(cells)
    listed += [np.zeros_like(listed[0])] * (-len(listed) % columns)
    return np.vstack([np.hstack(listed[start : start + columns]) for start in range(0, len(listed), columns)])


def save_sheet(path: Path, sheet: NDArray[np.uint8]) -> None:
    """Write an image as PNG, atomically.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with replacing(path) as partial:
        Image.fromarray(sheet).save(partial, format="PNG")
