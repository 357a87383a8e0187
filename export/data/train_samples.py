"""Training samples drawn from data sets, each a pure function of (seed, epoch, position)."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from torch.utils.data import Dataset, Sampler

from export.data.data_set import DataItem, DataSet, ImageCache
from export.data.label_meaning import LabelMeaning, is_compatible, to_targets
from export.data.labels import LabelledImage
from export.data.mixture import Mixture
from export.data.people_targets import to_people_targets
from export.data.transforms import TargetSample, TrainPreset

_DEFAULT_MIXTURE = Mixture()


class TrainSamples(Dataset[TargetSample]):
    """Augmented samples with a label for each output; people are pasted only where their labels mean the same."""

    def __init__(
        self,
        sets: Sequence[DataSet],
        cache: ImageCache,
        preset: TrainPreset,
        seed: int,
        mixture: Mixture = _DEFAULT_MIXTURE,
    ) -> None:
        self._sets = tuple(sets)
        self._cache = cache
        self._preset = preset
        self._seed = seed
        self._mixture = mixture
        self._epoch = -1
        self._items: list[DataItem] = []
        people = [item for one in sets if one.has_people for item in one.items]
        self._pasted = {
            meaning: [item for item in people if is_compatible(meaning, item.meaning)] for meaning in LabelMeaning
        }
        self._backgrounds = [item for one in sets if not one.has_people for item in one.items]

    def epoch_length(self) -> int:
        """Samples an epoch."""
        return sum(self._mixture.quotas(self._sets))

    def __getitem__(self, key: tuple[int, int]) -> TargetSample:
        epoch, position = key
        if epoch != self._epoch:
            self._items = self._mixture.draw(self._sets, np.random.default_rng((self._seed, epoch)))
            self._epoch = epoch
        item = self._items[position]
        rng = np.random.default_rng((self._seed, epoch, position))
        draw_person = partial(self._draw, self._pasted[item.meaning])
        image, label, instances = self._preset(self._cache.load(item), draw_person, self._draw_background, rng)
        return image, to_targets(label, item.meaning), to_people_targets(instances)

    def _draw(self, items: Sequence[DataItem], rng: np.random.Generator) -> LabelledImage:
        return self._cache.load(items[int(rng.integers(len(items)))])

    def _draw_background(self, rng: np.random.Generator) -> LabelledImage | None:
        return self._draw(self._backgrounds, rng) if self._backgrounds else None


class EpochSampler(Sampler[list[tuple[int, int]]]):
    """Minibatches of (epoch, position) keys, from any step on, so that a run resumes where it stopped."""

    def __init__(self, epoch_length: int, minibatch_size: int, epochs: int, first_step: int = 0) -> None:
        self._per_epoch = epoch_length // minibatch_size
        self._minibatch_size = minibatch_size
        self._steps = range(first_step, self._per_epoch * epochs)

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        for step in self._steps:
            epoch, minibatch = divmod(step, self._per_epoch)
            start = minibatch * self._minibatch_size
            yield [(epoch, start + i) for i in range(self._minibatch_size)]
