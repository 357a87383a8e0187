"""How far two forms of a network are apart: torch and its export, or two ONNX files."""

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

_RARE_PERCENTILE = 99.9

_OVERLAP_SOFTENING = 1e-3
"""Share of the pixels added to both sides of an overlap, so that pictures with next to nobody do not decide."""


@dataclass(frozen=True, slots=True)
class ParityReport:
    """Largest absolute differences of the probability, torch against onnxruntime.

    Attributes
    ----------
    input_shapes
        The inputs that were tried, (N, 3, H, W).
    differences
        For each of them the largest |Δprobability| over all classes and pixels.
    """

    input_shapes: tuple[tuple[int, int, int, int], ...]
    differences: tuple[float, ...]

    @property
    def max_difference(self) -> float:
        """The largest of all; NaN where one of them is."""
        return float(np.max(self.differences))

    @property
    def holds(self) -> bool:
        """Whether every difference is within `PARITY_TOLERANCE`."""
        return self.max_difference <= PARITY_TOLERANCE


def measure_parity(network: nn.Module, spec: ModelSpec, path: Path) -> ParityReport:
    """Run both on the same inputs: three sizes, odd ones among them, or one size three times where it is fixed.

    Parameters
    ----------
    network
        In eval mode, giving what the file is to give: (N, C, H, W) from a normalised (N, 3, H, W).
    spec
        Of the file.
    path
        The ONNX file.
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    shapes = parity_input_shapes(spec)
    return ParityReport(shapes, tuple(_difference(network, session, _draw_input(s, spec, rng), spec) for s in shapes))


def parity_input_shapes(spec: ModelSpec) -> tuple[tuple[int, int, int, int], ...]:
    """The (N, 3, H, W) that `measure_parity` tries: none but the first is a multiple of the network's stride."""
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
    """|Δprobability| between two files over all pixels of some pictures: mean, 99.9th percentile, largest."""

    mean: float
    rare: float
    largest: float


def find_probabilities(
    path: Path, spec: ModelSpec, images: Sequence[RgbImage], threads: int
) -> list[NDArray[np.float32]]:
    """What an ONNX file finds in pictures: the person's probability, float32 (h, w), of each.

    Raises
    ------
    ModelError
        The file cannot be run.
    """
    segmenter = OnnxSegmenter(path, threads=1, spec=spec)
    with ThreadPoolExecutor(threads) as executor:
        return list(executor.map(segmenter.find_probability, images))


def measure_difference(expected: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]) -> Difference:
    """Compare probabilities of the same pictures, float32 (h, w) each."""
    pairs = zip(expected, found, strict=True)
    differences = np.concatenate([np.abs(a - b).ravel() for a, b in pairs])
    return Difference(
        float(differences.mean()), float(np.percentile(differences, _RARE_PERCENTILE)), float(differences.max())
    )


def measure_disagreement(expected: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]) -> float:
    """1 − soft IoU (Σ min / Σ max) of probabilities, mean over pictures: 0 where all are equal, 1 at worst."""
    return float(np.mean([1.0 - _soft_iou(*pair) for pair in zip(expected, found, strict=True)]))


def _soft_iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    softening = _OVERLAP_SOFTENING * a.size
    return float((np.minimum(a, b).sum() + softening) / (np.maximum(a, b).sum() + softening))


def _draw_input(shape: tuple[int, int, int, int], spec: ModelSpec, rng: np.random.Generator) -> NDArray[np.float32]:
    mean = np.array(spec.normalize_mean, np.float32)[:, None, None]
    std = np.array(spec.normalize_std, np.float32)[:, None, None]
    return (rng.random(shape, dtype=np.float32) - mean) / std


def _difference(
    network: Callable[[torch.Tensor], torch.Tensor],
    session: ort.InferenceSession,
    image: NDArray[np.float32],
    spec: ModelSpec,
) -> float:
    with torch.inference_mode():
        expected = network(torch.from_numpy(image))
    exported: Sequence[NDArray[np.float32]] = session.run(None, {session.get_inputs()[0].name: image})
    difference = _to_probability(expected, spec) - _to_probability(torch.from_numpy(exported[0]), spec)
    return float(difference.abs().max())


def _to_probability(result: torch.Tensor, spec: ModelSpec) -> torch.Tensor:
    return result.softmax(dim=1) if spec.output_kind == "class_logits" else result
