"""What every network promises, at its smallest width: it learns, takes any size, survives a checkpoint and ONNX."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from export.models import ARCHITECTURES, build_network, describe_network
from export.models.checkpoint import load_checkpoint, save_checkpoint
from export.models.segnet import unpool
from export.models.upsampling import BilinearTranspose, ScoreFusion
from export.models.vgg import ConvolutionalLinear
from export.onnx.to_onnx import convert
from portrait.core.model_spec import ModelSpec
from portrait.inference.providers import ProviderReport
from portrait.inference.segmenter import OnnxSegmenter
from tests.export.models.doors import Balanced, draw_waves, try_all_doors

CLASSES = ("background", "dog", "person")
SIZE = (65, 49)
SPEC = ModelSpec("small", *SIZE, class_names=CLASSES, person_class_index=2, output_kind="class_logits")
SMALLEST = {
    **dict.fromkeys(("fcn32s", "fcn16s", "fcn8s", "segnet", "unet"), 1 / 32),
    **{f"fcn{stride}s_mobilenet_v2": 0.1 for stride in (32, 16, 8)},
    **dict.fromkeys(("deeplabv3_mobilenet_v2", "deeplabv3plus_mobilenet_v2"), 0.1),
}
_WITHOUT_WIDTH = {"deeplabv3_mobilenet_v3_large", *(f"{a}_resnet{n}" for a in ("deeplabv3", "fcn") for n in (50, 101))}
"""Networks of torchvision's sizes; they are held to its outputs elsewhere."""


def _build(arch: str) -> tuple[nn.Module, dict[str, Any]]:
    config = {"class_count": len(CLASSES), "width_multiplier": SMALLEST[arch]}
    return build_network(arch, **config), config


def test_no_network_is_left_out() -> None:
    assert SMALLEST.keys() | _WITHOUT_WIDTH == ARCHITECTURES.keys()


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_its_paper_is_named(arch: str) -> None:
    assert re.search(r"arXiv \d{4}\.\d{4,5}", describe_network(arch))


@pytest.mark.parametrize("arch", SMALLEST)
def test_it_learns_at_odd_sizes_and_is_the_same_from_a_checkpoint(
    arch: str, tmp_path: Path, fill_weights: Callable[[nn.Module], None]
) -> None:
    network, config = _build(arch)
    image = torch.randn(2, 3, *SIZE, generator=torch.Generator().manual_seed(0))
    wanted = (image[:, 0] > 0).long()
    fill_weights(network)
    for parameter in network.parameters():
        parameter.grad = None
    logits = network.train()(image)["out"]
    assert logits.shape == (2, len(CLASSES), *SIZE)
    F.cross_entropy(logits, wanted).backward()  # type: ignore[no-untyped-call]
    still = [
        name for name, p in network.named_parameters() if p.requires_grad and not (p.grad is not None and p.grad.any())
    ]
    assert not still, "no gradient reaches these"
    payload = {"arch": arch, "config": config, "spec": SPEC.to_json(), "model": {}, "ema": network.state_dict()}
    save_checkpoint(tmp_path / "small.pt", payload)
    loaded, spec = load_checkpoint(tmp_path / "small.pt")
    with torch.inference_mode():
        assert torch.equal(loaded(image)["out"], network.eval()(image)["out"])
    assert spec == SPEC


@pytest.mark.slow
@pytest.mark.parametrize(("arch", "width"), [("fcn8s", 1 / 16), ("segnet", 1 / 32), ("unet", 1 / 32)])
def test_onnx_computes_what_torch_computes(
    arch: str, width: float, tmp_path: Path, fill_weights: Callable[[nn.Module], None]
) -> None:
    network = build_network(arch, class_count=len(CLASSES), width_multiplier=width)
    fill_weights(network)
    image = draw_waves(*SIZE)
    balanced = Balanced(network, image, spread=4.0)  # more would enlarge what rounding changes
    assert convert(balanced.eval(), SPEC, tmp_path / "small.onnx", fixed_size=SIZE).holds
    segmenter = OnnxSegmenter(tmp_path / "small.onnx", threads=1)
    assert segmenter.spec == replace(SPEC, size_multiple=0)
    try_all_doors(segmenter, image, tmp_path, ["dog"])
    graph = onnx.load(tmp_path / "small.onnx").graph
    stored = {tensor.name for tensor in graph.initializer}  # a weight needs no new shape at run time
    assert not [node for node in graph.node if node.op_type == "Reshape" and node.input[0] in stored]


class InTorch(OnnxSegmenter):
    """Runs a network of torch where the app runs its exported file, which takes seconds to make."""

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        self._session, self._spec, self._provider = network, spec, ProviderReport("cpu", "cpu", "")


def _run_in_torch(network: nn.Module, pixels: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return network(torch.from_numpy(pixels))["out"].numpy()


@pytest.mark.parametrize("arch", SMALLEST)
def test_it_runs_in_photo_xray_batch_and_live(
    arch: str, tmp_path: Path, fill_weights: Callable[[nn.Module], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portrait.inference.segmenter.run_network", _run_in_torch)
    network, _ = _build(arch)
    fill_weights(network)
    image = draw_waves(*SIZE)
    try_all_doors(InTorch(Balanced(network, image).eval(), SPEC), image, tmp_path, ["dog"])


class _Parts(nn.Module):
    """The parts that are hard to export: unpooling by indices, transposed convolution, cropping to any size."""

    def __init__(self) -> None:
        super().__init__()
        self.fusion = ScoreFusion(3, 3)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        pooled, indices = F.max_pool2d(image, 2, ceil_mode=True, return_indices=True)
        return {"out": self.fusion(pooled, unpool(pooled, indices, image))}


@pytest.mark.slow
def test_the_parts_are_exported_for_every_size(tmp_path: Path, fill_weights: Callable[[nn.Module], None]) -> None:
    parts = _Parts()
    fill_weights(parts)
    report = convert(parts.eval(), SPEC, tmp_path / "parts.onnx")
    assert report.holds
    assert len({shape[2:] for shape in report.input_shapes}) == 3


@pytest.mark.parametrize("size", [(8, 8), (9, 7), (1, 5)])
def test_unpooling_is_torchs(size: tuple[int, int]) -> None:
    x = torch.randn(2, 4, *size, generator=torch.Generator().manual_seed(1)).relu()  # many ties at zero
    pooled, indices = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
    assert torch.equal(unpool(pooled, indices, x), F.max_unpool2d(pooled, indices, 2, output_size=size))


@pytest.mark.parametrize("factor", [2, 8, 32])
def test_transposed_convolution_starts_as_bilinear_interpolation(factor: int) -> None:
    x = torch.randn(1, 3, 5, 4, generator=torch.Generator().manual_seed(2))
    expected = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    margin = factor // 2  # beyond the centres of the outermost cells, interpolation repeats them
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    torch.testing.assert_close(BilinearTranspose(3, factor)(x)[inner], expected[inner])


def test_a_skip_changes_nothing_at_the_start() -> None:
    scores, skip = torch.randn(1, 2, 3, 3), torch.randn(1, 5, 6, 5)
    fusion = ScoreFusion(5, 2)
    assert torch.equal(fusion(scores, skip), fusion.upsample(scores)[..., :5])


def test_a_fully_connected_layer_looks_at_the_whole_map_as_a_convolution() -> None:
    layer, x = ConvolutionalLinear(2, 3, side=7), torch.randn(1, 2, 7, 7)
    dense = F.linear(x.flatten(1), layer.weight, layer.bias)
    torch.testing.assert_close(layer(x)[..., 3, 3], dense)


@pytest.mark.parametrize("arch", ["fcn32s", "fcn16s", "fcn8s", "segnet", "unet"])
def test_it_overfits_one_image(arch: str) -> None:
    torch.manual_seed(0)
    network = build_network(arch, class_count=1, width_multiplier=1 / 16)
    image, wanted = torch.randn(2, 3, 64, 64) * 0.1, torch.zeros(2, 1, 64, 64)
    image[:, 0, :, 32:] += 1.0  # red at the right, where the person is
    wanted[..., 32:] = 1.0
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-2)
    losses = []
    for _ in range(25):
        loss = F.binary_cross_entropy_with_logits(network(image)["out"], wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert min(losses[-3:]) < 0.5 * losses[0]
