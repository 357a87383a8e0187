"""Which pictures make up an epoch: every set keeps its share of it, and of each minibatch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from export.data.data_set import DataItem, DataSet


@dataclass(frozen=True, slots=True)
class Mixture:
    """Temperature sampling over data sets (Arivazhagan et al. 2019, arXiv 1907.05019), stratified over the epoch.

    Attributes
    ----------
    exponent
        A labelled set's share grows with this power of its size: 1 draws every picture equally often, 0 every set.
    person_free_share
        Pictures without people, as a share of those with people; equally many from each such set.
    epoch_size
        Pictures with people of an epoch; None: as many as the labelled sets have.
    """

    exponent: float = 0.5
    person_free_share: float = 0.1
    epoch_size: int | None = None

    def draw(self, sets: Sequence[DataSet], rng: np.random.Generator) -> list[DataItem]:
        """The items of one epoch, in an order in which every stretch holds the sets in their shares."""
        quotas = self.quotas(sets)
        drawn = [_draw(data_set, quota, rng) for data_set, quota in zip(sets, quotas, strict=True)]
        places = [(rng.random() + np.arange(quota)) / max(1, quota) for quota in quotas]
        order = np.argsort(np.concatenate(places), kind="stable")
        items = [item for of_set in drawn for item in of_set]
        return [items[i] for i in order]

    def quotas(self, sets: Sequence[DataSet]) -> list[int]:
        """How many items of each set an epoch has."""
        labelled = [one for one in sets if one.has_people]
        if not labelled:
            return [len(one.items) for one in sets]
        size = self.epoch_size or sum(len(one.items) for one in labelled)
        total_weight = sum(len(one.items) ** self.exponent for one in labelled)
        free = self.person_free_share / max(1, len(sets) - len(labelled))
        shares = [len(one.items) ** self.exponent / total_weight if one.has_people else free for one in sets]
        return [round(size * share) for share in shares]


def _draw(data_set: DataSet, count: int, rng: np.random.Generator) -> list[DataItem]:
    """Items of a set in random order, each as often as any other but for one."""
    size = len(data_set.items)
    rounds = [rng.permutation(size) for _ in range(-(-count // size))]
    return [data_set.items[i] for i in np.concatenate(rounds)[:count]] if rounds else []
