"""How far an answer changes with what should not change it: quality, colour, mirroring, a slightly other crop."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from export.data.data_set import DataItem, find_data_set, load_labelled
from export.data.label_meaning import LabelMeaning
from export.evaluation.evaluate import open_segmenter, set_name
from export.onnx.model_file import ModelFile
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.subject import has_person
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD, count_confusion
from portrait.inference.matte_finder import MatteFinder
from portrait.inference.segmenter import LabelSegmenter

CROP_FRACTION = 0.05
"""Share of width and height that a crop takes away, from the left and from above."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One model on one data set.

    Attributes
    ----------
    only_one
        Share of the images in which one quality finds somebody and the other nobody.
    qualities, grey, mirrored, cropped
        Mean IoU of what ``fast`` finds with what ``fine`` finds; and with what ``fast`` finds in the grey image, in its
        mirror image (mirrored back), and in a crop (where both see the same).
    fast_fraction, fine_fraction
        Mean share of an image that each quality takes for a person; where nobody is there, the false area.
    """

    model: str
    set_name: str
    images: int
    only_one: float
    qualities: float
    grey: float
    mirrored: float
    cropped: float
    fast_fraction: float
    fine_fraction: float


@dataclass(frozen=True, slots=True)
class _ImageAgreement:
    is_only_one: bool
    qualities: float
    grey: float
    mirrored: float
    cropped: float
    fast_fraction: float
    fine_fraction: float


def measure_agreement(
    models: Sequence[ModelFile], folders: Sequence[Path], threads: int, second_opinion: LabelSegmenter | None = None
) -> list[Agreement]:
    """Find people in each image by both qualities as the app does in a photo, and by ``fast`` in its variants.

    Parameters
    ----------
    models
        Two files, for ``fast`` and ``fine``, or one for both.
    folders
        Data sets; their labels are not looked at.
    threads
        That share the images.
    second_opinion
        The network of many classes that the app asks about what ``fine`` found; None: it is not asked.

    Raises
    ------
    DataError
        A data set cannot be read.
    ModelError
        A model cannot be run.
    """
    of_fast, of_fine = (open_segmenter(model, LabelMeaning.SUBJECT) for model in (models[0], models[-1]))
    finder = MatteFinder({"fast": of_fast, "fine": of_fine}, second_opinion)
    rows = []
    with ThreadPoolExecutor(threads) as executor:
        for folder in folders:
            items = find_data_set(folder).items
            found = list(executor.map(partial(_compare, finder), items))
            rows.append(_summarise(" and ".join(model.name for model in models), set_name(folder), found))
    return rows


def _summarise(model: str, name: str, found: Sequence[_ImageAgreement]) -> Agreement:
    return Agreement(
        model=model,
        set_name=name,
        images=len(found),
        only_one=float(np.mean([one.is_only_one for one in found])),
        qualities=float(np.mean([one.qualities for one in found])),
        grey=float(np.mean([one.grey for one in found])),
        mirrored=float(np.mean([one.mirrored for one in found])),
        cropped=float(np.mean([one.cropped for one in found])),
        fast_fraction=float(np.mean([one.fast_fraction for one in found])),
        fine_fraction=float(np.mean([one.fine_fraction for one in found])),
    )


def _compare(finder: MatteFinder, item: DataItem) -> _ImageAgreement:
    image: RgbImage = np.ascontiguousarray(load_labelled(item)[..., :3])
    find = finder.find_matte
    plain, careful = find(image, "fast"), find(image, "fine")
    top, left = (round(CROP_FRACTION * side) for side in image.shape[:2])
    mirrored = find(np.ascontiguousarray(image[:, ::-1]))[:, ::-1]
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    return _ImageAgreement(
        is_only_one=has_person(plain) != has_person(careful),
        qualities=_iou(plain, careful),
        grey=_iou(plain, find(grey)),
        mirrored=_iou(plain, mirrored),
        cropped=_iou(plain[top:, left:], find(np.ascontiguousarray(image[top:, left:]))),
        fast_fraction=float(np.mean(plain >= PERSON_THRESHOLD)),
        fine_fraction=float(np.mean(careful >= PERSON_THRESHOLD)),
    )


def _iou(alpha: AlphaMatte, other: AlphaMatte) -> float:
    """IoU of two masks; 1 where both are empty but for what is nobody."""
    if not has_person(alpha) and not has_person(other):
        return 1.0
    judged = np.ones(alpha.shape, np.bool_)
    return count_confusion(alpha >= PERSON_THRESHOLD, other >= PERSON_THRESHOLD, judged).person_iou
