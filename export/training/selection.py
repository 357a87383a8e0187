"""Which epoch of a run is the best: the one whose worst set is least worse than it ever was.

The mean over sets hides what is forgotten: fine-tuning on portraits gains tenths of a point there and loses points in
scenes of everyday life.
"""

from collections.abc import Sequence

from export.training.curves import EpochFigures

BEST_NAME = "best.pt"
"""Copy of the checkpoint of the best epoch so far."""


def worst_normalised_scores(epochs: Sequence[EpochFigures]) -> list[float]:
    """For each epoch its lowest score over the validation sets, each set being divided by its best of the run.

    The score of a set with people is its person IoU, that of one without 1 − the share taken for a person. 1 at best.
    """
    scores = [{**one.person_iou, **_without_false_people(one)} for one in epochs]
    names = {name for one in scores for name in one}
    best = {name: max(one.get(name, 0.0) for one in scores) for name in names}
    return [min((one[name] / best[name] for name in one if best[name] > 0.0), default=1.0) for one in scores]


def is_best(epochs: Sequence[EpochFigures]) -> bool:
    """Whether the last epoch is the best so far; of equals the later one."""
    scores = worst_normalised_scores(epochs)
    return scores[-1] >= max(scores)


def _without_false_people(epoch: EpochFigures) -> dict[str, float]:
    return {name: 1.0 - false for name, false in epoch.false_person_fraction.items()}
