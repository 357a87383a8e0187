"""Means of checkpoints."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from export.errors import ExportError
from export.models.checkpoint import load_checkpoint, save_checkpoint
from export.training.averaging import average_checkpoints
from portrait.core.model_spec import ModelSpec


def _write(path: Path, network: nn.Module, spec: ModelSpec, factor: float) -> Path:
    state = {
        name: tensor * factor if tensor.is_floating_point() else tensor for name, tensor in network.state_dict().items()
    }
    save_checkpoint(path, {"arch": "red_finder", "config": {}, "spec": spec.to_json(), "model": state, "ema": state})
    return path


def test_the_mean_weighs_by_share(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    one, three = (_write(tmp_path / f"{f}.pt", red_finder, person_spec, f) for f in (1.0, 3.0))
    network, spec = load_checkpoint(average_checkpoints([(one, 3.0), (three, 1.0)], tmp_path / "mean.pt"))
    assert spec == replace(person_spec, training_id="by hand-mean-of-2")
    for name, tensor in network.state_dict().items():
        expected = red_finder.state_dict()[name]
        torch.testing.assert_close(tensor, expected * 1.5 if tensor.is_floating_point() else expected)


def test_the_input_may_be_another(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    one = _write(tmp_path / "one.pt", red_finder, person_spec, 1.0)
    _, spec = load_checkpoint(average_checkpoints([(one, 1.0)], tmp_path / "mean.pt", input_size_px=64))
    assert (spec.input_height, spec.input_width) == (64, 64)


def test_other_networks_are_refused(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    one = _write(tmp_path / "one.pt", red_finder, person_spec, 1.0)
    other = _write(tmp_path / "other.pt", nn.Conv2d(3, 1, 1), person_spec, 1.0)
    with pytest.raises(ExportError, match="same network"):
        average_checkpoints([(one, 1.0), (other, 1.0)], tmp_path / "mean.pt")
    assert not (tmp_path / "mean.pt").exists()


def test_nothing_to_average_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shares"):
        average_checkpoints([], tmp_path / "mean.pt")
