"""Pictures of the study: figures by size, effective receptive fields, and the masks of photos."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from export.atomic import replacing
from export.study.figures import StudyFigures
from export.study.object_size import SIZES
from export.study.plan import FigureName
from export.study.receptive_field import square_holding
from portrait.core.matting.label_map import class_colors

_COLUMNS = 5
_CELL_PX, _TITLE_PX, _GAP_PX = 200, 22, 4
_TINT = 0.55
_DECADES = 3


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
    """Effective receptive fields on a logarithmic scale, with the squares that hold half and nine tenths of each."""
    rows = -(-len(titles) // _COLUMNS)
    figure = Figure(figsize=(2.2 * _COLUMNS, 2.4 * rows), layout="constrained")
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, title, field in zip(grid, titles, fields, strict=False):
        levels = np.log10(np.maximum(field, 1e-9) / max(1e-9, float(field.max())))
        shown = axes.imshow(levels, cmap="viridis", vmin=-_DECADES, vmax=0.0)
        axes.set_title(title, fontsize=10)
        for share in (0.5, 0.9):
            side = square_holding(field, share) * max(field.shape)
            corner = (0.5 * (field.shape[1] - side), 0.5 * (field.shape[0] - side))
            axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor="white", linewidth=1.2))
    figure.colorbar(shown, ax=list(grid), label="log10 of the gradient, 0 the strongest", shrink=0.8)
    with replacing(path) as partial:
        figure.savefig(partial, dpi=90, format="webp", pil_kwargs={"quality": 80})


def draw_masks(
    path: Path,
    titles: Sequence[str],
    photos: Sequence[NDArray[np.uint8]],
    labels: Sequence[Sequence[NDArray[np.uint8]]],
) -> None:
    """Label maps over the photos: first the photo, then a cell a network. Without photos nothing is written."""
    if not photos:
        return
    cells = [[photo, *(_tint(photo, of_network[row]) for of_network in labels)] for row, photo in enumerate(photos)]
    with replacing(path) as partial:
        draw_sheet(["photo", *titles], cells).save(partial, format="WEBP", quality=85)


def _tint(photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colors = class_colors()[labels].astype(np.float32)
    weight = _TINT * (labels > 0)[..., None]
    tinted: NDArray[np.uint8] = (photo * (1.0 - weight) + colors * weight).astype(np.uint8)
    return tinted


def draw_sheet(titles: Sequence[str], series: Sequence[Sequence[NDArray[np.uint8]]]) -> Image.Image:
    """Series of cells, uint8 (h, w, 3), each broken into rows, every cell below its title."""
    rows = [
        _draw_row(titles[start : start + _COLUMNS], cells[start : start + _COLUMNS])
        for cells in series
        for start in range(0, len(titles), _COLUMNS)
    ]
    sheet = Image.new("RGB", (_COLUMNS * (_CELL_PX + _GAP_PX), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def _draw_row(titles: Sequence[str], cells: Sequence[NDArray[np.uint8]]) -> Image.Image:
    fitted = [_fit(cell) for cell in cells]
    height = _TITLE_PX + max(cell.shape[0] for cell in fitted) + _GAP_PX
    row = Image.new("RGB", (len(cells) * (_CELL_PX + _GAP_PX), height), "white")
    font = ImageFont.load_default(size=14)
    for index, (title, cell) in enumerate(zip(titles, fitted, strict=True)):
        left = index * (_CELL_PX + _GAP_PX)
        ImageDraw.Draw(row).text((left + 2, 3), title, fill="black", font=font)
        row.paste(Image.fromarray(cell), (left, _TITLE_PX))
    return row


def _fit(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height = max(1, round(cell.shape[0] * _CELL_PX / cell.shape[1]))
    method = cv2.INTER_AREA if cell.shape[1] > _CELL_PX else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(cell, (_CELL_PX, height), interpolation=method), np.uint8)
