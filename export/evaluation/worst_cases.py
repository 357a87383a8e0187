"""Contact sheet of the images on which a model does worst, with its errors in colour."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from export.data.contact_sheet import tile
from export.data.data_set import DataItem, find_data_set, load_labelled
from export.data.label_meaning import LabelMeaning
from export.data.labels import VOID_LABEL, LabelledImage
from export.evaluation.alpha_metrics import ImageFigures
from export.evaluation.evaluate import SetFigures
from export.evaluation.matte_paths import FindAlpha, resize_alpha
from portrait.core.arrays import AlphaMatte
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD
from portrait.core.resize import downsample_to_long_side

FALSE_PERSON, MISSED_PERSON, VOID = (255, 0, 0), (0, 80, 255), (255, 220, 0)
"""Colours of false positives, false negatives and void pixels."""

CELL_PX = 256
CAPTION_PX = 40
MARGIN_PX = 4
COLUMNS = 10
_TINT_SHARE = 0.55
"""Share of that colour in the pixels drawn with it."""


@dataclass(frozen=True, slots=True)
class WorstCase:
    """One image, the name of its data set, and the figures of a model on it."""

    item: DataItem
    set_name: str
    figures: ImageFigures


def find_worst(
    folders: Sequence[Path], sets: Sequence[SetFigures], count: int, frame: float | None = None
) -> list[WorstCase]:
    """The images of lowest score of one model over all data sets, the lowest first.

    Parameters
    ----------
    folders, sets, frame
        Data sets, figures and frame of one evaluation, in its order.
    """
    cases = chain.from_iterable(map(partial(_pair, frame=frame), folders, sets))
    return sorted(cases, key=lambda case: case.figures.score)[:count]


def _pair(folder: Path, figures: SetFigures, frame: float | None) -> list[WorstCase]:
    items = find_data_set(folder, frame).items
    return [WorstCase(item, figures.name, one) for item, one in zip(items, figures.by_picture, strict=True)]


def draw_worst(
    cases: Sequence[WorstCase], finder_for: Callable[[LabelMeaning], FindAlpha], executor: Executor
) -> NDArray[np.uint8]:
    """Contact sheet, uint8 (H, W, 3): every case with its errors in colour, its figures and its name."""
    cells = executor.map(partial(_draw_cell, finder_for), cases)
    return tile(cells, min(COLUMNS, len(cases)))


def _draw_cell(finder_for: Callable[[LabelMeaning], FindAlpha], case: WorstCase) -> NDArray[np.uint8]:
    # Find alpha again and mark its errors.
    labelled = load_labelled(case.item)
    alpha = resize_alpha(finder_for(case.item.meaning)(np.ascontiguousarray(labelled[..., :3])), labelled.shape)
    drawn = downsample_to_long_side(draw_errors(labelled, alpha), CELL_PX)
    # Centre the image in its cell, with a caption below.
    cell = Image.new("RGB", (CELL_PX + MARGIN_PX, CELL_PX + CAPTION_PX))
    cell.paste(Image.fromarray(drawn), ((CELL_PX - drawn.shape[1]) // 2, (CELL_PX - drawn.shape[0]) // 2))
    ImageDraw.Draw(cell).text((MARGIN_PX, CELL_PX), _caption(case), fill="white", font=ImageFont.load_default(13))
    return np.asarray(cell)


def draw_errors(labelled: LabelledImage, alpha: AlphaMatte) -> NDArray[np.uint8]:
    """The image with false positives tinted red, false negatives blue and void pixels yellow."""
    label = labelled[..., 3]
    found, true = alpha >= PERSON_THRESHOLD, label > VOID_LABEL
    void = label == VOID_LABEL
    tinted = np.ascontiguousarray(labelled[..., :3])
    for where, color in ((found & ~true & ~void, FALSE_PERSON), (true & ~found, MISSED_PERSON), (void, VOID)):
        mixed = (1.0 - _TINT_SHARE) * tinted[where] + _TINT_SHARE * np.asarray(color)
        tinted[where] = np.rint(mixed).astype(np.uint8)
    return tinted


def _caption(case: WorstCase) -> str:
    figures = case.figures
    if figures.person_iou is None:
        return f"false person {figures.false_person_fraction:.3f}\n{case.set_name} {figures.name}"
    return f"IoU {figures.person_iou:.3f}, boundary {figures.boundary_iou:.3f}\n{case.set_name} {figures.name}"
