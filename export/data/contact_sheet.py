"""A contact sheet of samples: the picture as the network sees it, and what it is told."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export.atomic import replacing
from export.data.data_set import DataSet, ImageCache, TrainSamples, load_labelled
from export.data.labels import VOID_LABEL
from export.data.transforms import EvalPreset, Sample, TrainPreset

OUTLINE = (0, 255, 0)
HATCH = (255, 220, 0)
HATCH_PERIOD_PX = 8


def train_samples(sets: Sequence[DataSet], preset: TrainPreset, seed: int, cache_dir: Path) -> Iterator[Sample]:
    """The samples of a training run with this seed, from its first epoch on."""
    samples = TrainSamples(sets, ImageCache(cache_dir, 2 * preset.size_px), preset, seed)
    epoch = 0
    while True:
        yield from (samples[(epoch, position)] for position in range(samples.epoch_length()))
        epoch += 1


def eval_samples(sets: Sequence[DataSet], preset: EvalPreset, seed: int) -> Iterator[Sample]:
    """Pictures of the sets, shuffled, as they are shown for evaluation; fewer than asked for when there are no more."""
    items = [item for data_set in sets for item in data_set.items]
    order = np.random.default_rng(seed).permutation(len(items))
    return (preset(load_labelled(items[i])) for i in order)


def draw_sample(image: NDArray[np.uint8], label: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, uint8 (H, W, 3), with the outline of the person in green and what is not judged hatched yellow."""
    drawn = image.copy()
    rows, columns = np.indices(label.shape)
    drawn[(label == VOID_LABEL) & ((rows + columns) % HATCH_PERIOD_PX < 2)] = HATCH
    person = (label > VOID_LABEL).astype(np.uint8)
    outlines, _ = cv2.findContours(person, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(drawn, outlines, -1, OUTLINE, 1), dtype=np.uint8)


def tile(cells: Iterable[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Cells of one size, (h, w, 3), row by row in one picture; places left over are black."""
    listed = list(cells)
    listed += [np.zeros_like(listed[0])] * (-len(listed) % columns)
    return np.vstack([np.hstack(listed[start : start + columns]) for start in range(0, len(listed), columns)])


def save_sheet(path: Path, sheet: NDArray[np.uint8]) -> None:
    """Write a picture, atomically.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with replacing(path) as partial:
        Image.fromarray(sheet).save(partial, format="PNG")
