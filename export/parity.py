"""Proof that an exported network computes what the torch network computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import nn

from portrait.core.model_spec import ModelSpec

PARITY_TOLERANCE = 1e-4


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
