"""How well drawn people are found by group, and how far the groups are apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from portrait.benchmark.scenes.group_scenes import GroupScene, draw_group_scene, list_group_scenes
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD, count_confusion, mae

FindAlpha = Callable[[RgbImage], AlphaMatte]
"""uint8 (H, W, 3) → float32 (H, W)."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Figures of one group: means over its pictures.

    Attributes
    ----------
    kind, group
        What tells the groups apart, and the name of this one.
    pictures
        How many.
    person_iou, alpha_mae
        Against the known truth, or the label of a photo.
    """

    kind: str
    group: str
    pictures: int
    person_iou: float
    alpha_mae: float


@dataclass(frozen=True, slots=True)
class JudgedPicture:
    """Groups of a picture by kind, and its figures."""

    groups: dict[str, str]
    person_iou: float
    alpha_mae: float


def measure_drawn_groups(find_alpha: FindAlpha, executor: Executor) -> tuple[GroupFigures, ...]:
    """Figures of all scenes of `list_group_scenes` by group."""
    return by_group(executor.map(partial(_judge, find_alpha), list_group_scenes()))


def by_group(pictures: Iterable[JudgedPicture]) -> tuple[GroupFigures, ...]:
    """Means over the pictures of each group, in the order in which the groups appear, kind by kind."""
    members: dict[tuple[str, str], list[JudgedPicture]] = defaultdict(list)
    for picture in pictures:
        for kind, group in picture.groups.items():
            members[kind, group].append(picture)
    kinds = list(dict.fromkeys(kind for kind, _ in members))
    return tuple(
        GroupFigures(
            kind,
            group,
            len(judged),
            float(np.mean([one.person_iou for one in judged])),
            float(np.mean([one.alpha_mae for one in judged])),
        )
        for (kind, group), judged in sorted(members.items(), key=lambda member: kinds.index(member[0][0]))
    )


def worst_gaps(figures: Sequence[GroupFigures]) -> dict[str, float]:
    """By kind, how much lower the person IoU of the worst group is than that of the best one."""
    found: dict[str, list[float]] = defaultdict(list)
    for one in figures:
        found[one.kind].append(one.person_iou)
    return {kind: max(values) - min(values) for kind, values in found.items()}


def _judge(find_alpha: FindAlpha, scene: GroupScene) -> JudgedPicture:
    drawn = draw_group_scene(scene)
    alpha = find_alpha(drawn.image)
    confusion = count_confusion(alpha >= PERSON_THRESHOLD, drawn.alpha >= PERSON_THRESHOLD, drawn.judged)
    return JudgedPicture(scene.groups, confusion.person_iou, mae(alpha, drawn.alpha, drawn.judged))
