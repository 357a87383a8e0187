"""Pictures of the study: figures by size, effective receptive fields, and the masks of photos."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from export.atomic import replacing
from export.study.figures import StudyFigures
from export.study.object_size import SIZES
from export.study.plan import FigureName
from portrait.core.matting.label_map import class_colors

_CELL_PX, _TITLE_PX = 200, 18
_TINT = 0.55


def draw_sizes(path: Path, figures: StudyFigures) -> None:
    """Bars of person IoU and boundary IoU by size of the people, one colour a network."""
    figure = Figure(figsize=(13.0, 4.8), layout="constrained")
    width = 0.85 / len(figures.networks)
    for axes, kind in zip(figure.subplots(1, 2), get_args(FigureName), strict=True):
        for index, network in enumerate(figures.networks):
            heights = [network.mean(kind, figures.images_of(size)) for size in SIZES]
            axes.bar(np.arange(len(SIZES)) + (index - 0.5 * len(figures.networks)) * width, heights, width)
        counts = [f"{size}\n{len(figures.images_of(size))} images" for size in SIZES]
        axes.set_xticks(np.arange(len(SIZES)), counts)
        axes.set(title=kind.replace("_", " ").replace("iou", "IoU"), ylim=(0.0, 1.0))
        axes.grid(axis="y", alpha=0.3)
    figure.legend([network.title for network in figures.networks], ncols=5, loc="outside lower center")
    with replacing(path) as partial:
        figure.savefig(partial, dpi=80, format="png")


def draw_fields(path: Path, titles: Sequence[str], fields: Sequence[NDArray[np.float32]]) -> None:
    """Effective receptive fields side by side, the logarithm as grey: white is the strongest."""
    cells = []
    for field in fields:
        levels = np.log10(np.maximum(field, 1e-9) / max(1e-9, float(field.max())))
        grey = np.clip(255.0 * (1.0 + levels / 4.0), 0.0, 255.0).astype(np.uint8)
        cells.append(np.repeat(grey[..., None], 3, axis=2))
    with replacing(path) as partial:
        Image.fromarray(_sheet(titles, [cells])).save(partial, format="PNG", optimize=True)


def draw_masks(
    path: Path,
    titles: Sequence[str],
    photos: Sequence[NDArray[np.uint8]],
    labels: Sequence[Sequence[NDArray[np.uint8]]],
) -> None:
    """Label maps over the photos: a row a photo, a column a network. Without photos nothing is written."""
    if not photos:
        return
    rows = [[photo, *(_tint(photo, of_network[row]) for of_network in labels)] for row, photo in enumerate(photos)]
    with replacing(path) as partial:
        Image.fromarray(_sheet(["photo", *titles], rows)).save(partial, format="WEBP", quality=85)


def _tint(photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colors = class_colors()[labels].astype(np.float32)
    weight = _TINT * (labels > 0)[..., None]
    tinted: NDArray[np.uint8] = (photo * (1.0 - weight) + colors * weight).astype(np.uint8)
    return tinted


def _sheet(titles: Sequence[str], rows: Sequence[Sequence[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Cells of one width in rows, titles above."""
    head = Image.new("RGB", (_CELL_PX * len(titles), _TITLE_PX), "white")
    for index, title in enumerate(titles):
        ImageDraw.Draw(head).text((_CELL_PX * index + 4, 3), title, fill="black")
    return np.vstack([np.asarray(head), *(np.hstack([_fit(cell) for cell in row]) for row in rows)])


def _fit(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height = max(1, round(cell.shape[0] * _CELL_PX / cell.shape[1]))
    method = cv2.INTER_AREA if cell.shape[1] > _CELL_PX else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(cell, (_CELL_PX, height), interpolation=method), np.uint8)
