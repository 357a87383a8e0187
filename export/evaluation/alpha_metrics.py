"""Metrics of one alpha matte against the label of its image: IoU, boundary IoU, mean absolute error, reliability."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from export.data.labels import VOID_LABEL, to_opacity
from portrait.core.arrays import AlphaMatte
from portrait.core.metrics.matte_faults import LABEL_TOLERANCE_FRACTION, hole_fraction, scrap_fraction
from portrait.core.metrics.matte_metrics import (
    PERSON_THRESHOLD,
    Confusion,
    Reliability,
    boundary_iou,
    count_confusion,
    count_reliability,
    false_person_fraction,
    mae,
)


@dataclass(frozen=True, slots=True)
class ImageFigures:
    """Figures of one model on one image; None where a figure does not apply.

    Attributes
    ----------
    name
        File name of the image.
    person_iou, boundary_iou, alpha_mae
        Set for images of data sets with person masks.
    scrap_fraction, hole_fraction
        See `portrait.core.metrics.matte_faults`; set for images in which the mask shows a person.
    false_person_fraction
        Share of the image that is taken for a person; set for images of data sets without people.
    """

    name: str
    person_iou: float | None = None
    boundary_iou: float | None = None
    alpha_mae: float | None = None
    scrap_fraction: float | None = None
    hole_fraction: float | None = None
    false_person_fraction: float | None = None

    @property
    def score(self) -> float:
        """Person IoU, or 1 − false person fraction: 1 at best, so that images of both kinds can be ranked together."""
        if self.person_iou is None:
            return 1.0 - (self.false_person_fraction or 0.0)
        return self.person_iou


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """The figures of an image and the counts that are summed over a data set."""

    figures: ImageFigures
    reliability: Reliability
    confusion: Confusion = field(default_factory=Confusion)


def measure_person(name: str, alpha: AlphaMatte, label: NDArray[np.uint8]) -> MeasuredImage:
    """IoU, boundary IoU and mean absolute error of alpha, float32 (H, W), against a label of the same size."""
    mask, truth, judged = alpha >= PERSON_THRESHOLD, label > VOID_LABEL, label != VOID_LABEL
    opacity = to_opacity(label)
    confusion = count_confusion(mask, truth, judged)
    error = mae(alpha, opacity, judged)
    tolerance_px = LABEL_TOLERANCE_FRACTION * math.hypot(*label.shape)
    figures = ImageFigures(
        name,
        person_iou=confusion.person_iou,
        boundary_iou=boundary_iou(mask, truth, judged),
        alpha_mae=_known(error),
        scrap_fraction=_known(scrap_fraction(alpha, opacity, judged, tolerance_px=tolerance_px)),
        hole_fraction=_known(hole_fraction(alpha, opacity, judged, tolerance_px=tolerance_px)),
    )
    return MeasuredImage(figures, count_reliability(alpha, opacity, judged), confusion)


def measure_nobody(name: str, alpha: AlphaMatte) -> MeasuredImage:
    """False person fraction of alpha, float32 (H, W), on an image without people."""
    figures = ImageFigures(name, false_person_fraction=false_person_fraction(alpha >= PERSON_THRESHOLD))
    return MeasuredImage(figures, count_reliability(alpha, np.zeros_like(alpha)))


def _known(value: float) -> float | None:
    """A figure, or None where it does not apply."""
    return None if math.isnan(value) else value
