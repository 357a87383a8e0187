"""How far an answer changes with what should not change it: quality, colour, mirroring, a slightly other crop."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from export.data.data_set import DataItem, find_data_set, load_labelled
from export.evaluation.evaluate import open_finder, set_name
from export.evaluation.matte_paths import FindAlpha, MattePath, resize_alpha
from export.onnx.model_file import ModelFile
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD, count_confusion

CROP_FRACTION = 0.05
"""Share of width and height that a crop takes away, from the left and from above."""

LEAST_PERSON_FRACTION = 0.002
"""As in the engine: less of an image is nobody."""


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
    """

    model: str
    set_name: str
    images: int
    only_one: float
    qualities: float
    grey: float
    mirrored: float
    cropped: float


@dataclass(frozen=True, slots=True)
class _ImageAgreement:
    is_only_one: bool
    qualities: float
    grey: float
    mirrored: float
    cropped: float


def measure_agreement(models: Sequence[ModelFile], folders: Sequence[Path], threads: int) -> list[Agreement]:
    """Find people in each image by both qualities, and by ``fast`` in its variants.

    Parameters
    ----------
    models
        Two files, for ``fast`` and ``fine``, or one for both.
    folders
        Data sets; their labels are not looked at.
    threads
        That share the images.

    Raises
    ------
    DataError
        A data set cannot be read.
    ModelError
        A model cannot be run.
    """
    fast = open_finder(models[0], MattePath("fast", "fast"))
    fine = open_finder(models[-1], MattePath("fine", "fine"))
    rows = []
    with ThreadPoolExecutor(threads) as executor:
        for folder in folders:
            items = find_data_set(folder).items
            found = list(executor.map(partial(_compare, fast, fine), items))
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
    )


def _compare(fast: FindAlpha, fine: FindAlpha, item: DataItem) -> _ImageAgreement:
    image: RgbImage = np.ascontiguousarray(load_labelled(item)[..., :3])
    plain, careful = _find(fast, image), _find(fine, image)
    top, left = (round(CROP_FRACTION * side) for side in image.shape[:2])
    mirrored = _find(fast, np.ascontiguousarray(image[:, ::-1]))[:, ::-1]
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    return _ImageAgreement(
        is_only_one=_has_person(plain) != _has_person(careful),
        qualities=_iou(plain, careful),
        grey=_iou(plain, _find(fast, grey)),
        mirrored=_iou(plain, mirrored),
        cropped=_iou(plain[top:, left:], _find(fast, np.ascontiguousarray(image[top:, left:]))),
    )


def _find(find_alpha: FindAlpha, image: RgbImage) -> AlphaMatte:
    return resize_alpha(find_alpha(image), image.shape)


def _has_person(alpha: AlphaMatte) -> bool:
    return bool((alpha > PERSON_THRESHOLD).mean() >= LEAST_PERSON_FRACTION)


def _iou(alpha: AlphaMatte, other: AlphaMatte) -> float:
    """IoU of two masks; 1 where both are empty but for what is nobody."""
    if not _has_person(alpha) and not _has_person(other):
        return 1.0
    judged = np.ones(alpha.shape, np.bool_)
    return count_confusion(alpha >= PERSON_THRESHOLD, other >= PERSON_THRESHOLD, judged).person_iou
