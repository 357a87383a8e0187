"""A network that is opened at its first use: who never needs it does not wait for it, nor hold its memory."""

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.matting.label_map import LabelMap
from portrait.core.model_spec import ModelSpec
from portrait.core.people.centers import CenterMaps
from portrait.inference.depth_network import DepthNetwork
from portrait.inference.providers import ProviderReport
from portrait.inference.segmenter import LabelSegmenter, PeopleSegmenter, Segmenter


class LazySegmenter:
    """A `Segmenter` that is opened once, by the thread that first asks anything of it.

    Everything here raises what opening raises; the next use tries again.

    Parameters
    ----------
    open_segmenter
        Opens it.
    """

    def __init__(self, open_segmenter: Callable[[], Segmenter]) -> None:
        self._open_segmenter = open_segmenter
        self._opened: Segmenter | None = None
        self._lock = Lock()

    def _open(self) -> Segmenter:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_segmenter()
            return self._opened

    @property
    def spec(self) -> ModelSpec:
        """See `Segmenter`."""
        return self._open().spec

    @property
    def provider(self) -> ProviderReport:
        """See `Segmenter`."""
        return self._open().provider

    def find_centers(self, image: RgbImage) -> CenterMaps:
        """See `portrait.inference.segmenter.PeopleSegmenter`; ValueError where the network cannot."""
        opened = self._open()
        if not isinstance(opened, PeopleSegmenter):
            raise ValueError(f"{opened.spec.name} does not tell people apart")
        return opened.find_centers(image)

    def find_labels(self, image: RgbImage) -> LabelMap:
        """See `portrait.inference.segmenter.LabelSegmenter`; ValueError where the network cannot."""
        opened = self._open()
        if not isinstance(opened, LabelSegmenter):
            raise ValueError(f"{opened.spec.name} gives no labels")
        return opened.find_labels(image)

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """See `Segmenter`."""
        return self._open().find_probability(image, input_size)


class KeptNetworks:
    """Networks for depth, opened when they are first asked for; the one asked for last stays open.

    Parameters
    ----------
    open_network
        Opens one by its name or path; what it raises is raised to who asks, and the next time it is tried again.
    """

    def __init__(self, open_network: Callable[[str], DepthNetwork]) -> None:
        self._open_network = open_network
        self._kept: tuple[str, object] | None = None
        self._network: DepthNetwork | None = None
        self._lock = Lock()

    def open(self, name: str, version: object = None) -> DepthNetwork:
        """The network of this name; opened anew where its version is another than at the last time."""
        with self._lock:
            if self._network is None or self._kept != (name, version):
                self._network, self._kept = self._open_network(name), (name, version)
            return self._network
