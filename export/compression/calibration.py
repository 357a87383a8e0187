"""What values the activations of a network take on pictures, and which of them an 8-bit range is to cover.

onnxruntime's own calibrators walk over the pictures once per method, on a graph without fused layers; here all
methods share one histogram of each activation.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from export.data.data_set import DataItem, find_data_set, load_labelled
from portrait.core.arrays import RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import resize
from portrait.inference.segmenter import fit_input

_BINS = 2048
_LEVELS = 255
"""Steps between the 256 levels of 8 bits."""

_SHRUNK_FRACTIONS = np.linspace(0.3, 1.0, 36)
"""Parts of the whole range that are tried by the methods that search."""


@dataclass(frozen=True, slots=True, eq=False)
class ActivationHistogram:
    """Values of one activation over all pictures.

    Attributes
    ----------
    lowest, highest
        Extremes.
    counts
        int64 (B,), in bins of equal width between them.
    """

    lowest: float
    highest: float
    counts: NDArray[np.int64]

    def centers(self) -> NDArray[np.float64]:
        """Middle of each bin, float64 (B,)."""
        edges = self.edges()
        return 0.5 * (edges[:-1] + edges[1:])

    def edges(self) -> NDArray[np.float64]:
        """Borders of the bins, float64 (B + 1,)."""
        return np.linspace(self.lowest, self.highest, len(self.counts) + 1)


Range = tuple[float, float]
RangeRule = Callable[[ActivationHistogram], Range]


def min_max_range(histogram: ActivationHistogram) -> Range:
    """Every value seen."""
    return histogram.lowest, histogram.highest


def percentile_range(percentile: float) -> RangeRule:
    """All but the rarest extremes: ``percentile`` of the values, the rest cut off half at each end."""
    cut_fraction = (100.0 - percentile) / 200.0

    def rule(histogram: ActivationHistogram) -> Range:
        cumulated = np.cumsum(histogram.counts) / histogram.counts.sum()
        edges = histogram.edges()
        first = int(np.searchsorted(cumulated, cut_fraction, side="right"))
        last = int(np.searchsorted(cumulated, 1.0 - cut_fraction))
        return float(edges[first]), float(edges[min(last, len(cumulated) - 1) + 1])

    return rule


def squared_error_range(histogram: ActivationHistogram) -> Range:
    """Least mean squared error of rounding and clipping together (Nagel et al. 2021, arXiv 2106.08295, eq. 7)."""
    centers, counts = histogram.centers(), histogram.counts

    def squared_error(lowest: float, highest: float) -> float:
        clipped = centers - centers.clip(lowest, highest)
        rounding = counts[clipped == 0.0].sum() * (highest - lowest) ** 2 / (12.0 * _LEVELS**2)
        return float((counts * clipped**2).sum() + rounding)

    return _best_shrunk(histogram, squared_error)


def entropy_range(histogram: ActivationHistogram) -> Range:
    """Least Kullback–Leibler divergence between the values and their 8-bit levels (Migacz 2017, GTC S7310)."""
    centers, counts = histogram.centers(), histogram.counts.astype(np.float64)

    def divergence(lowest: float, highest: float) -> float:
        bins = np.flatnonzero((centers >= lowest) & (centers <= highest))
        if not len(bins):
            return float("inf")
        seen = counts[bins]
        levels = np.arange(len(bins)) * _LEVELS // len(bins)
        filled = np.maximum(np.bincount(levels, seen > 0), 1.0)
        quantized = np.where(seen > 0, (np.bincount(levels, seen) / filled)[levels], 0.0)
        seen[0] += counts[: bins[0]].sum()
        seen[-1] += counts[bins[-1] + 1 :].sum()
        return _kl_divergence(seen, quantized)

    return _best_shrunk(histogram, divergence)


RANGE_RULES: Mapping[str, RangeRule] = MappingProxyType(
    {
        "min-max": min_max_range,
        "percentile 99.999": percentile_range(99.999),
        "percentile 99.99": percentile_range(99.99),
        "squared error": squared_error_range,
        "entropy": entropy_range,
    }
)


def draw_pictures(folders: Sequence[Path], count: int, spec: ModelSpec, seed: int = 0) -> list[RgbImage]:
    """Draw pictures evenly from data sets, resized to what the network sees of them, without padding.

    Parameters
    ----------
    folders
        Data sets, as `export.data.data_set.find_data_set` reads them; a small one may give fewer than its share.
    count
        Pictures in all, at most.
    spec
        Of the network.
    seed
        Of the choice.

    Returns
    -------
    list of uint8 (h, w, 3), RGB.

    Raises
    ------
    DataError
        A data set cannot be read.
    """
    rng = np.random.default_rng(seed)
    sets = [find_data_set(folder).items for folder in folders]
    shuffled = [[items[index] for index in rng.permutation(len(items))] for items in sets]
    taken = [item for item in chain.from_iterable(zip_longest(*shuffled)) if item is not None]
    return [_load_fitted(item, spec) for item in taken[:count]]


def collect_histograms(
    model: onnx.ModelProto, names: Sequence[str], inputs: Sequence[NDArray[np.float32]], threads: int
) -> dict[str, ActivationHistogram]:
    """Run a network and count the values of its activations: their extremes first, then what lies between.

    Parameters
    ----------
    model
        It is not changed.
    names
        Activations, the network's input among them where it is wanted.
    inputs
        As `portrait.inference.segmenter.to_network_input` gives them.
    threads
        That share the pictures.
    """
    run = _open_tapped(model, names)
    with ThreadPoolExecutor(threads) as executor:
        extremes = np.stack(list(executor.map(lambda image: _find_extremes(run(image)), inputs)))
        lowest, highest = extremes[:, 0].min(axis=0), extremes[:, 1].max(axis=0)
        counts = sum(executor.map(lambda image: _count_values(run(image), lowest, highest), inputs))
    return {
        name: ActivationHistogram(float(low), float(high), row)
        for name, low, high, row in zip(names, lowest, highest, np.asarray(counts), strict=True)
    }


def _best_shrunk(histogram: ActivationHistogram, cost: Callable[[float, float], float]) -> Range:
    """The part of the whole range, shrunk towards zero, that costs least."""
    ranges = [(histogram.lowest * fraction, histogram.highest * fraction) for fraction in _SHRUNK_FRACTIONS]
    return min(ranges, key=lambda one: cost(*one))


def _kl_divergence(seen: NDArray[np.float64], quantized: NDArray[np.float64]) -> float:
    """Infinite where ``quantized`` lost all that was seen in a bin."""
    filled = seen > 0
    if not quantized[filled].all():
        return float("inf")
    p, q = seen[filled] / seen.sum(), quantized[filled] / quantized.sum()
    return float((p * np.log(p / q)).sum())


def _load_fitted(item: DataItem, spec: ModelSpec) -> RgbImage:
    image = np.ascontiguousarray(load_labelled(item)[..., :3])
    fit = fit_input(image, spec)
    return resize(image, fit.height, fit.width)


def _open_tapped(
    model: onnx.ModelProto, names: Sequence[str]
) -> Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """The network with these activations as its outputs. It computes in the calling thread."""
    tapped = onnx.ModelProto()
    tapped.CopyFrom(model)
    input_name = tapped.graph.input[0].name
    outputs = [name for name in names if name != input_name]
    del tapped.graph.output[:]
    tapped.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(tapped.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        values = {input_name: image, **dict(zip(outputs, session.run(outputs, {input_name: image}), strict=True))}
        return [values[name] for name in names]

    return run


def _find_extremes(values: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Lowest and highest of each activation, float64 (2, N)."""
    return np.array([[value.min() for value in values], [value.max() for value in values]], np.float64)


def _count_values(
    values: Sequence[NDArray[np.float32]], lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> NDArray[np.int64]:
    """int64 (N, B)."""
    return np.stack([_count_bins(*each) for each in zip(values, lowest, highest, strict=True)])


def _count_bins(value: NDArray[np.float32], lowest: float, highest: float) -> NDArray[np.int64]:
    scale = _BINS / max(highest - lowest, float(np.finfo(np.float32).tiny))
    bins = ((value.ravel() - np.float32(lowest)) * np.float32(scale)).astype(np.intp)
    return np.bincount(bins.clip(0, _BINS - 1), minlength=_BINS)
