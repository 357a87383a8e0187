"""How well people are told apart: recall and panoptic quality on data sets whose people are numbered."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.data.data_set import DataItem, find_data_set, load_labelled
from export.data.label_meaning import LabelMeaning
from export.data.labels import VOID_LABEL, to_opacity
from export.errors import DataError
from export.evaluation.evaluate import open_segmenter, set_name
from export.evaluation.matte_paths import MattePath, resize_alpha
from export.onnx.model_file import ModelFile
from portrait.core.metrics.panoptic_quality import PeopleCounts, count_people
from portrait.core.people.person import Person, split_people
from portrait.inference.segmenter import OnnxSegmenter

TRUE_MASKS = "the true masks"
"""Stands for a network without errors: what is left is the fault of telling people apart."""


@dataclass(frozen=True, slots=True)
class PeopleFigures:
    """One way of finding people on one data set, and on those of its images that show two or more."""

    model: str
    set_name: str
    images: int
    counts: PeopleCounts
    counts_of_several: PeopleCounts


def measure_people(
    models: Sequence[ModelFile], folders: Sequence[Path], path: MattePath, threads: int
) -> list[PeopleFigures]:
    """Find people in each numbered image and match them with the true ones; also in the true masks.

    Parameters
    ----------
    models, folders
        The models, and data sets of which at least some images have ``instances/``; the others are passed over.
    path
        From the image to alpha.
    threads
        That share the images.

    Raises
    ------
    DataError
        A data set cannot be read, or none of its images is numbered.
    ModelError
        A model cannot be run.
    """
    rows = []
    with ThreadPoolExecutor(threads) as executor:
        for folder in folders:
            items = [item for item in find_data_set(folder).items if item.instances_path is not None]
            if not items:
                raise DataError(f"{folder} has no numbered people", "it needs instances/*.png beside images/")
            ways = [(TRUE_MASKS, _count_in_true_mask)]
            for model in models:
                segmenter = open_segmenter(model, LabelMeaning.SUBJECT)
                ways.append((model.name, partial(_count_found, segmenter, path)))
            for name, count in ways:
                counts = list(executor.map(count, items))
                several = [one for one in counts if one.found + one.missed > 1]
                total, of_several = sum(counts, PeopleCounts()), sum(several, PeopleCounts())
                rows.append(PeopleFigures(name, set_name(folder), len(items), total, of_several))
    return rows


def _count_in_true_mask(item: DataItem) -> PeopleCounts:
    labelled = load_labelled(item)
    label = labelled[..., 3]
    alpha = np.where(label == VOID_LABEL, np.float32(0.0), to_opacity(label))
    return count_people(labelled[..., 4], _draw_labels(split_people(alpha), alpha.shape))


def _count_found(segmenter: OnnxSegmenter, path: MattePath, item: DataItem) -> PeopleCounts:
    labelled = load_labelled(item)
    image = np.ascontiguousarray(labelled[..., :3])
    alpha = resize_alpha(path.open(segmenter)(image), image.shape)
    centers = segmenter.find_centers(image) if segmenter.spec.tells_people_apart else None
    return count_people(labelled[..., 4], _draw_labels(split_people(alpha, centers), alpha.shape))


def _draw_labels(people: Sequence[Person], shape: tuple[int, ...]) -> NDArray[np.int32]:
    labels = np.zeros(shape, np.int32)
    for number, person in enumerate(people, start=1):
        labels[person.matte >= 0.5] = number
    return labels
