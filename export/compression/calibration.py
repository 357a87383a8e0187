"""Calibration for post-training quantisation: activation histograms, and rules that pick 8-bit ranges from them.

onnxruntime's own calibrators run over the images once per method, on a graph without fused layers. Here all methods
share one histogram of each activation.
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
from portrait.inference.network_input import fit_input

_BINS = 2048
_STEPS = 255
"""Number of steps between the 256 levels of 8 bits."""

_CLIPPING_FACTORS = np.linspace(0.3, 1.0, 36)
"""Scale factors applied to the min–max range by the grid search of the rules that search."""


@dataclass(frozen=True, slots=True, eq=False)
class ActivationHistogram:
    """Histogram of the values of one activation tensor over all calibration images.

    Attributes
    ----------
    lowest, highest
        Smallest and largest value.
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
"""Lowest and highest value that 8 bits represent; values beyond are clipped."""

RangeRule = Callable[[ActivationHistogram], Range]


def min_max_range(histogram: ActivationHistogram) -> Range:
    """Min–max calibration: the range covers every value seen."""
    return histogram.lowest, histogram.highest


def percentile_range(percentile: float) -> RangeRule:
    """Percentile calibration: the range covers ``percentile`` % of the values and clips the rest, half at each end."""
    cut_fraction = (100.0 - percentile) / 200.0

    def rule(histogram: ActivationHistogram) -> Range:
        cumulated = np.cumsum(histogram.counts) / histogram.counts.sum()
        edges = histogram.edges()
        first = int(np.searchsorted(cumulated, cut_fraction, side="right"))
        last = int(np.searchsorted(cumulated, 1.0 - cut_fraction))
        return float(edges[first]), float(edges[min(last, len(cumulated) - 1) + 1])

    return rule


def squared_error_range(histogram: ActivationHistogram) -> Range:
    """MSE calibration: least squared error of rounding plus clipping (Nagel et al. 2021, arXiv 2106.08295, eq. 7)."""
    centers, counts = histogram.centers(), histogram.counts

    def squared_error(lowest: float, highest: float) -> float:
        clipped = centers - centers.clip(lowest, highest)
        # Rounding errors are uniform within a step: their variance is step² / 12.
        rounding = counts[clipped == 0.0].sum() * (highest - lowest) ** 2 / (12.0 * _STEPS**2)
        return float((counts * clipped**2).sum() + rounding)

    return _search_range(histogram, squared_error)


def entropy_range(histogram: ActivationHistogram) -> Range:
    """Entropy calibration: least Kullback–Leibler divergence of values and 8-bit levels (Migacz 2017, GTC S7310)."""
    centers, counts = histogram.centers(), histogram.counts.astype(np.float64)

    def divergence(lowest: float, highest: float) -> float:
        # Bins inside the range.
        bins = np.flatnonzero((centers >= lowest) & (centers <= highest))
        if not len(bins):
            return float("inf")
        # Merge them to 8-bit levels and spread each level's count evenly over its non-empty bins.
        seen = counts[bins]
        levels = np.arange(len(bins)) * _STEPS // len(bins)
        filled = np.maximum(np.bincount(levels, seen > 0), 1.0)
        quantized = np.where(seen > 0, (np.bincount(levels, seen) / filled)[levels], 0.0)
        # The reference distribution has the clipped values in its end bins.
        seen[0] += counts[: bins[0]].sum()
        seen[-1] += counts[bins[-1] + 1 :].sum()
        return _kl_divergence(seen, quantized)

    return _search_range(histogram, divergence)


RANGE_RULES: Mapping[str, RangeRule] = MappingProxyType(
    {
        "min-max": min_max_range,
        "percentile 99.999": percentile_range(99.999),
        "percentile 99.99": percentile_range(99.99),
        "squared error": squared_error_range,
        "entropy": entropy_range,
    }
)


def draw_images(folders: Sequence[Path], count: int, spec: ModelSpec, seed: int = 0) -> list[RgbImage]:
    """Draw calibration images at random, equally many from each data set, resized for the network without padding.

    Parameters
    ----------
    folders
        Data sets, as `export.data.data_set.find_data_set` reads them; one with fewer images than its share gives all.
    count
        Images in all, at most.
    spec
        Contract of the network.
    seed
        Of the random choice.

    Returns
    -------
    list of uint8 (h, w, 3), RGB.

    Raises
    ------
    DataError
        A data set cannot be read.
    """
    # Shuffle each set, then take one image of each in turn.
    rng = np.random.default_rng(seed)
    sets = [find_data_set(folder).items for folder in folders]
    shuffled = [[items[index] for index in rng.permutation(len(items))] for items in sets]
    taken = [item for item in chain.from_iterable(zip_longest(*shuffled)) if item is not None]
    return [_load_fitted(item, spec) for item in taken[:count]]


def collect_histograms(
    model: onnx.ModelProto, names: Sequence[str], inputs: Sequence[NDArray[np.float32]], threads: int
) -> dict[str, ActivationHistogram]:
    """Histogram of each activation: one pass over the inputs for its minimum and maximum, a second for its bins.

    Parameters
    ----------
    model
        The network; it is not changed.
    names
        Names of activation tensors; the network's input may be one of them.
    inputs
        Network inputs, as `portrait.inference.network_input.to_network_input` makes them.
    threads
        Number of threads; each runs whole inputs.
    """
    run = open_with_outputs(model, names)
    with ThreadPoolExecutor(threads) as executor:
        extremes = np.stack(list(executor.map(lambda image: _find_extremes(run(image)), inputs)))
        lowest, highest = extremes[:, 0].min(axis=0), extremes[:, 1].max(axis=0)
        counts = sum(executor.map(lambda image: _count_values(run(image), lowest, highest), inputs))
    return {
        name: ActivationHistogram(float(low), float(high), row)
        for name, low, high, row in zip(names, lowest, highest, np.asarray(counts), strict=True)
    }


def _search_range(histogram: ActivationHistogram, cost: Callable[[float, float], float]) -> Range:
    """Grid search over the min–max range times each clipping factor: the range of least cost."""
    ranges = [(histogram.lowest * fraction, histogram.highest * fraction) for fraction in _CLIPPING_FACTORS]
    return min(ranges, key=lambda one: cost(*one))


def _kl_divergence(seen: NDArray[np.float64], quantized: NDArray[np.float64]) -> float:
    """Kullback–Leibler divergence of two histograms; infinite where ``quantized`` is 0 in a bin that ``seen`` fills."""
    filled = seen > 0
    if not quantized[filled].all():
        return float("inf")
    p, q = seen[filled] / seen.sum(), quantized[filled] / quantized.sum()
    return float((p * np.log(p / q)).sum())


def _load_fitted(item: DataItem, spec: ModelSpec) -> RgbImage:
    """Load an image at the size at which the network sees it."""
    image = np.ascontiguousarray(load_labelled(item)[..., :3])
    fit = fit_input(image, spec)
    return resize(image, fit.height, fit.width)


def open_with_outputs(
    model: onnx.ModelProto, names: Sequence[str]
) -> Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """A function that runs the network, in the calling thread, and gives these activations."""
    # Make the activations outputs of a copy of the graph.
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    input_name = copied.graph.input[0].name
    outputs = [name for name in names if name != input_name]
    del copied.graph.output[:]
    copied.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    # One thread a session: the callers run in parallel.
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(copied.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        values = {input_name: image, **dict(zip(outputs, session.run(outputs, {input_name: image}), strict=True))}
        return [values[name] for name in names]

    return run


def _find_extremes(values: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Minimum and maximum of each of N activations, float64 (2, N)."""
    return np.array([[value.min() for value in values], [value.max() for value in values]], np.float64)


def _count_values(
    values: Sequence[NDArray[np.float32]], lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Histogram of each of N activations in B bins, int64 (N, B)."""
    return np.stack([_count_bins(*each) for each in zip(values, lowest, highest, strict=True)])


def _count_bins(value: NDArray[np.float32], lowest: float, highest: float) -> NDArray[np.int64]:
    """Histogram of one activation in bins of equal width, int64 (B,)."""
    scale = _BINS / max(highest - lowest, float(np.finfo(np.float32).tiny))
    bins = ((value.ravel() - np.float32(lowest)) * np.float32(scale)).astype(np.intp)
    return np.bincount(bins.clip(0, _BINS - 1), minlength=_BINS)
