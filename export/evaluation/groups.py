"""Figures by group: drawn people of known groups, and photos by what a photo itself tells."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.data.data_set import DataItem, find_data_set, load_labelled
from export.data.label_meaning import meaning_of
from export.data.labels import VOID_LABEL
from export.evaluation.alpha_metrics import measure_person
from export.evaluation.evaluate import open_finder, set_name
from export.evaluation.matte_paths import NETWORK_ALONE, FindAlpha, resize_alpha
from export.onnx.model_file import ModelFile
from portrait.benchmark.groups import GroupFigures, JudgedPicture, by_group, measure_drawn_groups
from portrait.core.arrays import AlphaMatte, RgbImage

_DARK_LEVEL, _BACKLIT_SHARE = 60.0, 0.6
_FAR_SHARE, _NEAR_SHARE = 0.08, 0.3


@dataclass(frozen=True, slots=True)
class ModelGroups:
    """Figures of one model by group: on drawn people, and on photos of some data sets; the latter may be empty."""

    name: str
    sha256: str
    drawn: tuple[GroupFigures, ...]
    photos: tuple[GroupFigures, ...] = ()
    sets: tuple[str, ...] = ()


def measure_groups(model: ModelFile, folders: Sequence[Path], threads: int) -> ModelGroups:
    """Measure a model's bare probability on the drawn groups, and on the photos of data sets with people.

    Raises
    ------
    DataError
        A data set cannot be read, or shows nobody.
    ModelError
        The model cannot be run.
    """
    with ThreadPoolExecutor(threads) as executor:
        finder = open_finder(model, NETWORK_ALONE)
        drawn = measure_drawn_groups(partial(_find_whole, finder), executor)
        judged: list[JudgedPicture] = []
        for folder in folders:
            data_set = find_data_set(folder)
            of_set = open_finder(model, NETWORK_ALONE, meaning_of(data_set.name))
            judged += [one for one in executor.map(partial(_judge, of_set), data_set.items) if one is not None]
    return ModelGroups(model.name, model.sha256(), drawn, by_group(judged), tuple(map(set_name, folders)))


def photo_groups(image: RgbImage, label: NDArray[np.uint8]) -> dict[str, str] | None:
    """What a photo tells of its light, of how near the person is, and of how the frame cuts them.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    label
        uint8 (H, W): opacity, 128 where it is not judged.

    Returns
    -------
    Name of the group by kind; None where the label shows nobody, or nothing but a person.
    """
    person = label > VOID_LABEL
    share = float(person.mean())
    if not 0.0 < share < 1.0:
        return None
    sides = sum(bool(side.any()) for side in (person[0], person[-1], person[:, 0], person[:, -1]))
    return {
        "light of the photo": _light(image, person),
        "share of the person": "far" if share < _FAR_SHARE else "near" if share > _NEAR_SHARE else "middle",
        "cut by the frame": ("whole", "one side")[sides] if sides < 2 else "two sides or more",
    }


def _light(image: RgbImage, person: NDArray[np.bool_]) -> str:
    grey = image.mean(axis=2)
    if grey.mean() < _DARK_LEVEL:
        return "dark"
    return "backlit" if grey[person].mean() < _BACKLIT_SHARE * grey[~person].mean() else "ordinary"


def _judge(find_alpha: FindAlpha, item: DataItem) -> JudgedPicture | None:
    labelled = load_labelled(item)
    image, label = np.ascontiguousarray(labelled[..., :3]), labelled[..., 3]
    groups = photo_groups(image, label)
    if groups is None:
        return None
    figures = measure_person(item.image_path.name, resize_alpha(find_alpha(image), label.shape), label).figures
    return JudgedPicture(groups, figures.person_iou or 0.0, figures.alpha_mae or 0.0)


def _find_whole(find_alpha: FindAlpha, image: RgbImage) -> AlphaMatte:
    return resize_alpha(find_alpha(image), image.shape)
