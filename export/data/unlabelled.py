"""Unlabelled images for distillation, mixed with labelled samples."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch.utils.data import Dataset

from export.data.data_set import DataItem, DataSet, ImageCache
from export.data.label_meaning import LabelMeaning, to_targets
from export.data.labels import INSTANCE_PLANE, LABEL_PLANE, UNKNOWN_INSTANCE, VOID_LABEL, LabelledImage
from export.data.people_targets import to_people_targets
from export.data.train_samples import TrainSamples
from export.data.transforms import Rng, TargetSample, TrainPreset


class MixedSamples(Dataset[TargetSample]):
    """Labelled samples and, once an epoch each, unlabelled images, in an order drawn from seed and epoch.

    Sample (epoch, position) is a pure function of the seed. The label of an unlabelled image is void everywhere, since
    it may show people; that of an image from a data set without people is background.
    """

    def __init__(
        self, labelled: TrainSamples, sets: Sequence[DataSet], cache: ImageCache, preset: TrainPreset, seed: int
    ) -> None:
        self._labelled = labelled
        self._labelled_count = labelled.epoch_length()
        self._items = [replace(item, mask_path=None) for data_set in sets for item in data_set.items]
        self._cache = cache
        self._preset = preset
        self._seed = seed

    def epoch_length(self) -> int:
        """Number of samples of an epoch."""
        return self._labelled_count + len(self._items)

    def __getitem__(self, key: tuple[int, int]) -> TargetSample:
        epoch, position = key
        order = np.random.default_rng((self._seed, epoch, 0)).permutation(self.epoch_length())
        index = int(order[position])
        if index < self._labelled_count:
            return self._labelled[(epoch, index)]
        rng = np.random.default_rng((self._seed, epoch, index, 1))
        return self._view(self._items[index - self._labelled_count], rng)

    def _view(self, item: DataItem, rng: Rng) -> TargetSample:
        """One augmented unlabelled image with a void label; no people are pasted into it."""
        source: LabelledImage = np.array(self._cache.load(item))
        source[..., LABEL_PLANE], source[..., INSTANCE_PLANE] = VOID_LABEL, UNKNOWN_INSTANCE
        image, label, instances = self._preset(source, lambda _: source, lambda _: None, rng)
        return image, to_targets(label, LabelMeaning.BOTH), to_people_targets(instances)


Samples = TrainSamples | MixedSamples
