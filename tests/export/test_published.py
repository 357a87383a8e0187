"""Weights published by others."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from export import published
from export.errors import ExportError
from export.models import build_network
from export.published import PUBLISHED, PublishedWeights, load_published


def test_safetensors_of_the_light_network_load(tmp_path: Path, fill_weights: Callable[[nn.Module], None]) -> None:
    given = build_network("deeplabv3_mobilenet_v2")
    fill_weights(given)
    path = tmp_path / "given.safetensors"
    save_file(given.state_dict(), path)
    network, spec = load_published("deeplabv3_mobilenet_v2", path)
    assert not network.training
    assert all(torch.equal(tensor, given.state_dict()[key]) for key, tensor in network.state_dict().items())
    assert spec.class_names[spec.person_class_index] == "person"
    assert (len(spec.class_names), spec.person_class_index, spec.output_kind) == (21, 15, "class_logits")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for torchvision's server; the cache is empty."""
    folder = tmp_path / "server"
    folder.mkdir()
    monkeypatch.setattr(published, "TORCHVISION_URL", folder.as_uri())
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    return folder


def _serve(server: Path, monkeypatch: pytest.MonkeyPatch, network: nn.Module) -> Path:
    torch.save(network.state_dict(), server / "weights.pth")
    digest = hashlib.sha256((server / "weights.pth").read_bytes()).hexdigest()
    file = server / f"small-{digest[:8]}.pth"
    shutil.move(server / "weights.pth", file)
    weights = PublishedWeights(PUBLISHED["deeplabv3_resnet50"].spec, file.name)
    monkeypatch.setattr(published, "PUBLISHED", {"red_finder": weights})
    return file


def test_fetched_weights_fill_the_network(server: Path, monkeypatch: pytest.MonkeyPatch, red_finder: nn.Module) -> None:
    _serve(server, monkeypatch, red_finder)
    network, _ = load_published("red_finder")
    assert all(torch.equal(tensor, red_finder.state_dict()[key]) for key, tensor in network.state_dict().items())


def test_fetched_weights_with_another_hash_are_refused(
    server: Path, monkeypatch: pytest.MonkeyPatch, red_finder: nn.Module
) -> None:
    file = _serve(server, monkeypatch, red_finder)
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(ExportError, match=r"cannot fetch.*hash"):
        load_published("red_finder")


def test_unreachable_server_has_a_way_out(server: Path) -> None:
    with pytest.raises(ExportError, match="cannot fetch") as caught:
        load_published("deeplabv3_resnet50")
    assert "--checkpoint" in caught.value.hint


def test_network_that_torchvision_does_not_have(server: Path) -> None:
    with pytest.raises(ExportError, match="torchvision has no weights"):
        load_published("deeplabv3_mobilenet_v2")


def test_unknown_architecture_lists_the_known_ones() -> None:
    with pytest.raises(ExportError, match="'unet'") as caught:
        load_published("unet")
    assert "deeplabv3_resnet101" in caught.value.hint


def test_weights_of_another_network_are_refused(tmp_path: Path, red_finder: nn.Module) -> None:
    path = tmp_path / "other.safetensors"
    save_file(red_finder.state_dict(), path)
    with pytest.raises(ExportError, match="no published weights"):
        load_published("red_finder", path)
