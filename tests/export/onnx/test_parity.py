"""Torch and onnxruntime are compared where both can be right: no input counts whose answer hangs on rounding."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.onnx import parity
from export.onnx.parity import measure_parity
from portrait.core.model_spec import ModelSpec


class _Step(nn.Module):
    """1 where the image is at least as bright as one value: a choice as that of the larger of two maxima."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold

    def forward(self, image: Tensor) -> Tensor:
        return (image[:, :1] >= self.threshold).float()


class _Session:
    """Stands for onnxruntime, which rounds otherwise than torch."""

    def __init__(self, threshold: float, offset: float) -> None:
        self._step, self._offset = _Step(threshold), offset

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="image")]

    def run(self, names: None, feed: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        return [self._step(torch.from_numpy(feed["image"] - np.float32(self._offset))).numpy()]


@pytest.mark.parametrize(("offset", "holds"), [(0.0, True), (1e-7, True), (0.3, False)])
def test_only_a_difference_beyond_rounding_counts(
    offset: float, holds: bool, person_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros, ones = (0.0,) * 3, (1.0,) * 3
    spec = ModelSpec("step", 5, 7, "squash", 0, zeros, ones, person_spec.class_names)
    threshold = float(
        np.random.default_rng(0).random((1, 3, 5, 7), np.float32)[0, 0, 2, 3]
    )  # a value of the first input
    monkeypatch.setattr(parity.ort, "InferenceSession", lambda path, providers: _Session(threshold, offset))
    assert measure_parity(_Step(threshold), spec, Path("any.onnx")).holds is holds
