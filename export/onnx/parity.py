"""Numerical parity: how far the probabilities of a torch network and its export, or of two ONNX files, differ."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import nn

from portrait.core.arrays import RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.inference.segmenter import OnnxSegmenter

PARITY_TOLERANCE = 1e-4
"""Largest |Δprobability| between torch and onnxruntime that counts as equal."""

_MOST_DRAWS = 5

_NUDGE, _NUDGES = 1e-6, 4
"""Share by which an input is changed, as rounding does, and how often, to learn whether the answer hangs on that."""

_RARE_PERCENTILE = 99.9

_IOU_SMOOTHING = 1e-3
"""Added to intersection and union, as a share of the pixels: images with hardly any person must not dominate."""


@dataclass(frozen=True, slots=True)
class ParityReport:
    """Largest absolute differences of the probability, torch against onnxruntime.

    Attributes
    ----------
    input_shapes
        Shapes of the inputs that were tried, (N, 3, H, W).
    differences
        For each shape the largest |Δprobability| over all classes and pixels.
    """

    input_shapes: tuple[tuple[int, int, int, int], ...]
    differences: tuple[float, ...]

    @property
    def max_difference(self) -> float:
        """The largest of the differences; NaN where one of them is NaN."""
        return float(np.max(self.differences))

    @property
    def holds(self) -> bool:
        """Whether every difference is within `PARITY_TOLERANCE`."""
        return self.max_difference <= PARITY_TOLERANCE


def measure_parity(network: nn.Module, spec: ModelSpec, path: Path) -> ParityReport:
    """Compare a torch network with its ONNX file on random inputs: maximum absolute difference of the probability.

    Three sizes are tried, odd ones among them; a file of fixed input size is tried three times at that size. An input
    whose answer hangs on rounding in torch itself decides nothing, and another is drawn: SegNet puts values back
    where a maximum was found, and two values of a window may be equal but for rounding.

    Parameters
    ----------
    network
        In eval mode, with the input and output of the file: normalised (N, 3, H, W) to (N, C, H, W).
    spec
        Contract of the file.
    path
        The ONNX file.
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    shapes = parity_input_shapes(spec)
    return ParityReport(shapes, tuple(_difference(network, session, shape, spec, rng) for shape in shapes))


def parity_input_shapes(spec: ModelSpec) -> tuple[tuple[int, int, int, int], ...]:
    """Input shapes (N, 3, H, W) that `measure_parity` tries; only the first is a multiple of the network's stride."""
    height, width = spec.input_height, spec.input_width
    if not spec.is_dynamic:
        return ((1, 3, height, width),) * 3
    return (
        (1, 3, height, width),
        (2, 3, height * 3 // 4 | 1, width // 2 | 1),
        (1, 3, height // 2 + 2, width * 5 // 4 | 1),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """|Δprobability| between two files over all pixels of some images.

    Attributes
    ----------
    mean, rare, largest
        Mean, 99.9th percentile and maximum.
    """

    mean: float
    rare: float
    largest: float


def find_probabilities(
    path: Path, spec: ModelSpec, images: Sequence[RgbImage], threads: int
) -> list[NDArray[np.float32]]:
    """Run an ONNX file on images: the person's probability, float32 (h, w), of each.

    Raises
    ------
    ModelError
        The file cannot be run.
    """
    segmenter = OnnxSegmenter(path, threads=1, spec=spec)
    with ThreadPoolExecutor(threads) as executor:
        return list(executor.map(segmenter.find_probability, images))


def measure_difference(expected: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]) -> Difference:
    """Absolute difference between the probabilities, float32 (h, w), that two files give for the same images."""
    pairs = zip(expected, found, strict=True)
    differences = np.concatenate([np.abs(a - b).ravel() for a, b in pairs])
    return Difference(
        float(differences.mean()), float(np.percentile(differences, _RARE_PERCENTILE)), float(differences.max())
    )


def measure_disagreement(expected: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]) -> float:
    """1 − soft IoU (Σ min / Σ max) of two files' probabilities, mean over images: 0 where equal, 1 at worst."""
    return float(np.mean([1.0 - _soft_iou(*pair) for pair in zip(expected, found, strict=True)]))


def _soft_iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    smoothing = _IOU_SMOOTHING * a.size
    return float((np.minimum(a, b).sum() + smoothing) / (np.maximum(a, b).sum() + smoothing))


def _draw_input(shape: tuple[int, int, int, int], spec: ModelSpec, rng: np.random.Generator) -> NDArray[np.float32]:
    """Random RGB values in 0 … 1, normalised as the spec says."""
    mean = np.array(spec.normalize_mean, np.float32)[:, None, None]
    std = np.array(spec.normalize_std, np.float32)[:, None, None]
    return (rng.random(shape, dtype=np.float32) - mean) / std


def _difference(
    network: Callable[[torch.Tensor], torch.Tensor],
    session: ort.InferenceSession,
    shape: tuple[int, int, int, int],
    spec: ModelSpec,
    rng: np.random.Generator,
) -> float:
    """Largest |Δprobability| between the torch network and the ONNX session on an input of this shape."""
    difference = float("nan")
    for _ in range(_MOST_DRAWS):
        image = _draw_input(shape, spec, rng)
        expected = _find_expected(network, image, spec)
        exported: Sequence[NDArray[np.float32]] = session.run(None, {session.get_inputs()[0].name: image})
        difference = float((expected - _to_probability(torch.from_numpy(exported[0]), spec)).abs().max())
        if difference <= PARITY_TOLERANCE or not _hangs_on_rounding(network, image, expected, spec):
            break
    return difference


def _find_expected(
    network: Callable[[torch.Tensor], torch.Tensor], image: NDArray[np.float32], spec: ModelSpec
) -> torch.Tensor:
    with torch.inference_mode():
        return _to_probability(network(torch.from_numpy(image)), spec)


def _hangs_on_rounding(
    network: Callable[[torch.Tensor], torch.Tensor], image: NDArray[np.float32], expected: torch.Tensor, spec: ModelSpec
) -> bool:
    """Whether torch's answer changes beyond the tolerance when the input changes as little as rounding changes it."""
    rng = np.random.default_rng(1)
    for _ in range(_NUDGES):
        nudged = (image * (1.0 + _NUDGE * rng.standard_normal(image.shape))).astype(np.float32)
        if float((_find_expected(network, nudged, spec) - expected).abs().max()) > PARITY_TOLERANCE:
            return True
    return False


def _to_probability(result: torch.Tensor, spec: ModelSpec) -> torch.Tensor:
    return result.softmax(dim=1) if spec.output_kind == "class_logits" else result
