"""What a run takes from weights of another network."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from export.errors import DataError
from export.models import build_network
from export.training.initial_weights import load_fitting


def test_initial_weights_are_taken_where_they_fit(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 3))
    kept = network[1].weight.detach().clone()
    save_file({"0.weight": torch.full((2, 2), 7.0), "1.weight": torch.zeros(9, 9)}, tmp_path / "w.safetensors")
    assert load_fitting(network, tmp_path / "w.safetensors") == 1
    assert (network[0].weight == 7.0).all()
    torch.testing.assert_close(network[1].weight, kept)
    save_file({"other": torch.zeros(1)}, tmp_path / "none.safetensors")
    with pytest.raises(DataError, match="no tensor"):
        load_fitting(network, tmp_path / "none.safetensors")


def test_a_narrow_backbone_starts_from_the_leading_channels_of_a_wide_one(tmp_path: Path) -> None:
    wide = build_network("deeplabv3_mobilenet_v2", class_count=3)
    narrow = build_network("deeplabv3_mobilenet_v2", class_count=3, width_multiplier=0.5)
    head = narrow.state_dict()["head.aspp0.weight"].clone()
    save_file(wide.state_dict(), tmp_path / "wide.safetensors")
    load_fitting(narrow, tmp_path / "wide.safetensors")
    assert torch.equal(narrow.state_dict()["head.aspp0.weight"], head)
    given = wide.state_dict()
    for name, tensor in narrow.state_dict().items():
        if name.startswith("backbone."):
            assert torch.equal(tensor, given[name][tuple(slice(size) for size in tensor.shape)]), name


def test_a_wide_backbone_takes_nothing_from_a_narrow_one_that_does_not_fit(tmp_path: Path) -> None:
    narrow = build_network("deeplabv3_mobilenet_v2", class_count=3, width_multiplier=0.5)
    wide = build_network("deeplabv3_mobilenet_v2", class_count=3)
    first = next(name for name in wide.state_dict() if name.startswith("backbone.") and name.endswith("weight"))
    before = wide.state_dict()[first].clone()
    save_file(narrow.state_dict(), tmp_path / "narrow.safetensors")
    load_fitting(wide, tmp_path / "narrow.safetensors")
    assert torch.equal(wide.state_dict()[first], before)


def test_weights_stored_as_float16_fit_their_network_wholly(tmp_path: Path) -> None:
    """A training starts from them in float32."""
    network = build_network("deeplabv3plus_mobilenet_v2", width_multiplier=0.25, with_subject=True, with_people=True)
    path = tmp_path / "half.safetensors"
    state = network.state_dict().items()
    save_file({name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state}, path)
    assert load_fitting(network, path) == len(network.state_dict())
    assert {tensor.dtype for tensor in network.parameters()} == {torch.float32}
    assert all(tensor.isfinite().all() for tensor in network.state_dict().values())


@torch.no_grad()
def test_a_head_for_the_subject_starts_from_one_for_the_person(tmp_path: Path) -> None:
    person = build_network("deeplabv3plus_mobilenet_v2", width_multiplier=0.25).eval()
    save_file(person.state_dict(), tmp_path / "person.safetensors")
    both = build_network("deeplabv3plus_mobilenet_v2", width_multiplier=0.25, with_subject=True).eval()
    load_fitting(both, tmp_path / "person.safetensors")
    image = torch.rand(1, 3, 64, 64)
    wanted, found = person(image)["out"].sigmoid(), both(image)["out"].sigmoid()
    torch.testing.assert_close(found[:, :1], wanted)
    assert float((found[:, 1:] - wanted).max()) < 0.003
