"""Figures of models on data sets, several models side by side.

A model is judged as the app runs it: through its ONNX file, at its own input size. Its probability is resized
bilinearly to the mask and cut at one half.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from export.candidates import Candidate
from export.data import DataItem, DataSet, find_data_set, load_labelled
from export.labels import VOID_LABEL, LabelledImage
from export.speed import measure_median_ms
from portrait.core.metrics import (
    PERSON_THRESHOLD,
    Confusion,
    boundary_iou,
    count_confusion,
    false_person_fraction,
    mae,
)
from portrait.inference.segmenter import OnnxSegmenter, Segmenter


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One model on one data set; None where a figure makes no sense there.

    Attributes
    ----------
    name, pictures
        Of the data set.
    person_iou, mean_iou, boundary_iou, alpha_mae
        Means over the pictures; for sets with person masks.
    set_person_iou, set_mean_iou
        From one confusion matrix over all pixels of the set.
    false_person_fraction
        Mean share of a picture that is taken for a person; for sets without people.
    """

    name: str
    pictures: int
    person_iou: float | None = None
    mean_iou: float | None = None
    boundary_iou: float | None = None
    alpha_mae: float | None = None
    set_person_iou: float | None = None
    set_mean_iou: float | None = None
    false_person_fraction: float | None = None


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """One model on all data sets, and its speed: ``median_ms`` of the network alone on ``threads`` threads."""

    name: str
    file: str
    sha256: str
    input_height: int
    input_width: int
    threads: int
    median_ms: float
    sets: tuple[SetFigures, ...]

    def to_json_dict(self) -> dict[str, Any]:
        """Plain numbers, texts, lists and dicts."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _PictureFigures:
    confusion: Confusion
    boundary_iou: float
    alpha_mae: float


def evaluate(
    candidates: Sequence[Candidate],
    folders: Sequence[Path],
    *,
    threads: int = 4,
    on_set: Callable[[DataSet], None] | None = None,
) -> tuple[ModelFigures, ...]:
    """Measure every model on every data set.

    Parameters
    ----------
    candidates
        The models.
    folders
        Data sets, as `export.data.find_data_set` reads them.
    threads
        Of onnxruntime.
    on_set
        Called before each data set.

    Raises
    ------
    DataError
        A data set cannot be read.
    ModelError
        A model cannot be run.
    """
    data_sets = [find_data_set(folder) for folder in folders]
    segmenters = [OnnxSegmenter(c.onnx_path, threads=threads, spec=c.spec) for c in candidates]
    by_set = []
    for data_set, folder in zip(data_sets, folders, strict=True):
        if on_set is not None:
            on_set(data_set)
        by_set.append(_judge_set(segmenters, data_set, set_name(folder)))
    times_ms = measure_median_ms([(c.onnx_path, c.spec) for c in candidates], threads=threads)
    return tuple(
        _model_figures(candidate, threads, time_ms, figures)
        for candidate, time_ms, figures in zip(candidates, times_ms, zip(*by_set, strict=True), strict=True)
    )


def set_name(folder: Path) -> str:
    """The name of a data set by its path: "selfie/val" for a train or val folder, else its last part."""
    resolved = folder.resolve()
    return "/".join(resolved.parts[-2:]) if resolved.name in {"train", "val", "test"} else resolved.name


def _model_figures(candidate: Candidate, threads: int, median_ms: float, sets: tuple[SetFigures, ...]) -> ModelFigures:
    return ModelFigures(
        name=candidate.name,
        file=candidate.given_path.name,
        sha256=candidate.sha256(),
        input_height=candidate.spec.input_height,
        input_width=candidate.spec.input_width,
        threads=threads,
        median_ms=median_ms,
        sets=sets,
    )


def _judge_set(segmenters: Sequence[Segmenter], data_set: DataSet, name: str) -> list[SetFigures]:
    """Figures of each model on one set; every picture is decoded once."""
    if not data_set.has_people:
        fractions = np.array([_judge_empty(segmenters, item) for item in data_set.items])
        return [SetFigures(name, len(data_set.items), false_person_fraction=float(f)) for f in fractions.mean(axis=0)]
    by_picture = [_judge_picture(segmenters, item) for item in data_set.items]
    return [_summarise(name, figures) for figures in zip(*by_picture, strict=True)]


def _judge_empty(segmenters: Sequence[Segmenter], item: DataItem) -> list[float]:
    labelled = load_labelled(item)
    return [false_person_fraction(_find_alpha(s, labelled) >= PERSON_THRESHOLD) for s in segmenters]


def _judge_picture(segmenters: Sequence[Segmenter], item: DataItem) -> list[_PictureFigures]:
    labelled = load_labelled(item)
    return [_compare(_find_alpha(segmenter, labelled), labelled[..., 3]) for segmenter in segmenters]


def _find_alpha(segmenter: Segmenter, labelled: LabelledImage) -> NDArray[np.float32]:
    height, width = labelled.shape[:2]
    probability = segmenter.find_probability(np.ascontiguousarray(labelled[..., :3]))
    resized = cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32)


def _compare(alpha: NDArray[np.float32], label: NDArray[np.uint8]) -> _PictureFigures:
    mask, truth, judged = alpha >= PERSON_THRESHOLD, label > VOID_LABEL, label != VOID_LABEL
    return _PictureFigures(
        count_confusion(mask, truth, judged),
        boundary_iou(mask, truth, judged),
        mae(alpha, label.astype(np.float32) / 255.0, judged),
    )


def _summarise(name: str, pictures: Sequence[_PictureFigures]) -> SetFigures:
    over_set = sum((p.confusion for p in pictures), Confusion())
    return SetFigures(
        name=name,
        pictures=len(pictures),
        person_iou=_mean([p.confusion.person_iou for p in pictures]),
        mean_iou=_mean([p.confusion.mean_iou for p in pictures]),
        boundary_iou=_mean([p.boundary_iou for p in pictures]),
        alpha_mae=float(np.nanmean([p.alpha_mae for p in pictures])),
        set_person_iou=over_set.person_iou,
        set_mean_iou=over_set.mean_iou,
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
