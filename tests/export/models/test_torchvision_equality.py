"""Our DeepLabV3, FCN and VGG16 networks have torchvision's keys and shapes and compute what torchvision's compute."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from export.models import build_network
from export.models.published import PUBLISHED

REFERENCE = Path(__file__).parent / "reference"
NAMES = (
    *("deeplabv3_mobilenet_v3_large", "deeplabv3_resnet50", "deeplabv3_resnet101"),
    *("fcn_resnet50", "fcn_resnet101"),
)


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    text = gzip.decompress((REFERENCE / "torchvision_state_dicts.json.gz").read_bytes())
    facts: dict[str, Any] = json.loads(text)
    return facts


@pytest.mark.parametrize("name", NAMES)
def test_keys_and_shapes_are_torchvisions(name: str, recorded: dict[str, Any]) -> None:
    with torch.device("meta"):
        network = build_network(name)
    assert {key: list(tensor.shape) for key, tensor in network.state_dict().items()} == recorded[name]["shapes"]
    assert sum(parameter.numel() for parameter in network.parameters()) == recorded[name]["parameters"]
    assert PUBLISHED[name].torchvision_file == recorded[name]["file"]


@pytest.mark.parametrize("name", NAMES)
def test_forward_is_torchvisions(name: str, fill_weights: Callable[[nn.Module], None]) -> None:
    network = build_network(name).eval()
    fill_weights(network)
    image = np.sin(np.arange(3 * 97 * 129) * 0.013).astype(np.float32).reshape(1, 3, 97, 129)
    with torch.inference_mode():
        logits = network(torch.from_numpy(image))
    with np.load(REFERENCE / "torchvision_forward.npz") as expected:
        for key, at in (("out", name), ("aux", f"{name}.aux")):
            difference = np.abs(logits[key][0, :, ::8, ::8].numpy() - expected[at]).max()
            assert difference <= 1e-4, f"{at} differs by {difference:.2g}"


def test_without_auxiliary_head_the_rest_is_the_same() -> None:
    with torch.device("meta"):
        whole = build_network("deeplabv3_resnet50").state_dict()
        slim = build_network("deeplabv3_resnet50", with_aux=False).state_dict()
    assert set(whole) - set(slim) == {key for key in whole if key.startswith("aux_classifier.")}


@pytest.mark.parametrize(("arch", "published"), [("fcn8s", "vgg16"), ("segnet", "vgg16_bn")])
def test_vgg16_weights_load_by_name(arch: str, published: str, recorded: dict[str, Any]) -> None:
    with torch.device("meta"):
        network = build_network(arch)
    own = {key: list(tensor.shape) for key, tensor in network.state_dict().items()}
    used = {key: shape for key, shape in recorded[published]["shapes"].items() if own.get(key) == shape}
    taken = ("features.", "classifier.0.", "classifier.3.") if arch == "fcn8s" else ("features.",)
    assert used == {key: shape for key, shape in recorded[published]["shapes"].items() if key.startswith(taken)}
    assert {key for key in own if key.startswith(("features.", "classifier."))} == set(used)
