"""Training goes on from an exported network: the same function at inference, nearly the same in training."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from export.compression.float16_weights import to_float16_weights
from export.errors import ExportError
from export.models import build_network
from export.onnx.exported_weights import read_exported_weights
from export.onnx.loading import load_onnx
from export.onnx.to_onnx import convert
from export.training.initial_weights import load_initial_weights
from portrait.core.model_spec import ModelSpec
from tests.export.conftest import RedFinder


def _calm_images(count: int = 3) -> list[Tensor]:
    rng = np.random.default_rng(5)
    return [torch.from_numpy(rng.uniform(-1, 1, (4, 3, 32, 32)).astype(np.float32)) for _ in range(count)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    """A network whose batch norm has learned something, and its exported file."""
    network = RedFinder().eval()
    norm = network.body[1]
    norm.load_state_dict(
        {
            **norm.state_dict(),
            "running_mean": torch.tensor([0.1, -0.2, 0.0, 0.3]),
            "running_var": torch.tensor([0.5, 2.0, 1.0, 0.01]),
            "weight": torch.tensor([1.5, -0.5, 1.0, 0.2]),
            "bias": torch.tensor([0.2, 0.4, -0.1, 0.3]),
        }
    )
    path = tmp_path_factory.mktemp("exported") / "red.onnx"
    convert(network, ModelSpec(name="red", input_height=48, input_width=32), path)
    return network, path


@torch.no_grad()
def test_an_exported_network_is_the_same_again_at_inference(trained: tuple[nn.Module, Path]) -> None:
    network, path = trained
    start, (image, *_) = RedFinder().eval(), _calm_images()
    load_initial_weights(start, path, _calm_images())
    torch.testing.assert_close(start(image)["out"], network(image)["out"], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_it_hardly_changes_when_training_begins(trained: tuple[nn.Module, Path]) -> None:
    """A batch norm that was left at the identity would divide by the minibatch's deviation and be another network."""
    network, path = trained
    start, images = RedFinder(), _calm_images()
    load_initial_weights(start, path, images)
    start.train()
    image = torch.cat(images)
    torch.testing.assert_close(start(image)["out"], network(image)["out"], rtol=0.02, atol=0.02)
    statistics = start.body[1]
    assert float((statistics.running_var - image.var()).abs().max()) < 1.0
    assert not torch.equal(statistics.running_var, torch.ones(4))


def test_float16_weights_are_read(trained: tuple[nn.Module, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = trained
    monkeypatch.setattr("export.compression.float16_weights.MIN_KERNEL_VALUES", 1)
    half = path.with_name("half.onnx")
    half.write_bytes(to_float16_weights(load_onnx(path)).SerializeToString())
    full, halved = read_exported_weights(path), read_exported_weights(half)
    assert full.keys() == halved.keys()
    for name, tensor in full.items():
        assert halved[name].dtype == torch.float32
        torch.testing.assert_close(halved[name], tensor, rtol=1e-3, atol=1e-4)


def test_another_network_is_refused(trained: tuple[nn.Module, Path]) -> None:
    _, path = trained
    with pytest.raises(ExportError, match="differs from the exported network"):
        load_initial_weights(build_network("deeplabv3plus_mobilenet_v2", width_multiplier=0.25), path, [])


@pytest.mark.slow
@torch.no_grad()
def test_the_bundled_photo_network_can_be_trained_further_with_a_head_for_the_subject() -> None:
    path = Path(__file__).parents[3] / "assets" / "models" / "portrait-photo.onnx"
    network = build_network("deeplabv3plus_mobilenet_v2", with_subject=True).eval()
    images = _calm_images(1)
    with_spare = network.head.parts.weight.clone()
    load_initial_weights(network, path, images)
    assert not torch.equal(network.head.parts.weight, with_spare)
    person, subject = network(images[0])["out"].sigmoid().split(1, dim=1)
    assert bool((subject >= person).all())
    assert float((subject - person).max()) < 0.003


@pytest.mark.slow
@torch.no_grad()
def test_the_bundled_quantised_network_can_be_trained_further() -> None:
    path = Path(__file__).parents[3] / "assets" / "models" / "portrait-live.onnx"
    network = build_network("deeplabv3plus_mobilenet_v2", with_subject=True).eval()
    images = _calm_images(1)
    load_initial_weights(network, path, images)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (quantised,) = session.run(None, {"image": images[0][:1].numpy()})
    found = network(images[0][:1])["out"].sigmoid()
    assert float((found - torch.from_numpy(quantised)).abs().mean()) < 0.05
