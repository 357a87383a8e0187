"""The registry of networks, and what every network promises."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from export.models import ARCHITECTURES, build_network
from export.models.people_head import to_offset
from export.models.subject import log_add_exp


@pytest.mark.parametrize("arch", sorted(ARCHITECTURES))
def test_logits_have_the_size_of_the_input_also_where_strides_do_not_divide_it(arch: str) -> None:
    with torch.device("meta"):
        logits = build_network(arch, class_count=5).eval()(torch.zeros(2, 3, 45, 67))
    assert {name: tuple(tensor.shape) for name, tensor in logits.items()}.items() <= {
        "out": (2, 5, 45, 67),
        "aux": (2, 5, 45, 67),
    }.items()


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'hrnet'.*deeplabv3_mobilenet_v2.*deeplabv3plus_mobilenet_v2"):
        build_network("hrnet")


def test_unknown_argument_is_named() -> None:
    with pytest.raises(ValueError, match=r"deeplabv3_resnet50.*depth"):
        build_network("deeplabv3_resnet50", depth=3)


def test_light_network_looks_at_the_whole_picture(fill_weights: Callable[[nn.Module], None]) -> None:
    network = build_network("deeplabv3_mobilenet_v2").eval()
    fill_weights(network)
    network.double()  # the far corner's share is below float32's rounding
    image = torch.zeros(1, 3, 512, 512, dtype=torch.float64)
    changed = image.clone()
    changed[..., 480:, 480:] = 4.0
    with torch.inference_mode():
        difference = (network(image)["out"] - network(changed)["out"]).abs()[0, :, 0, 0]
    assert float(difference.max()) > 1e-12


def test_the_subject_is_nowhere_less_likely_than_the_person(fill_weights: Callable[[nn.Module], None]) -> None:
    network = build_network("deeplabv3plus_mobilenet_v2", with_subject=True).eval()
    fill_weights(network)
    with torch.inference_mode():
        person, subject = network(torch.randn(2, 3, 48, 64))["out"].unbind(dim=1)
    assert (subject >= person).all()


@pytest.mark.parametrize("a", [-200.0, -3.0, 0.0, 200.0])
@pytest.mark.parametrize("b", [-200.0, 0.5, 200.0])
def test_odds_add_up_without_overflow(a: float, b: float) -> None:
    logits = torch.tensor([a, b], dtype=torch.float64)
    found = log_add_exp(*logits.float())
    assert found.item() == pytest.approx(torch.logsumexp(logits, 0).item(), rel=1e-6)


def test_people_are_told_apart_by_three_more_outputs() -> None:
    network = build_network("deeplabv3plus_mobilenet_v2", with_subject=True, with_people=True).eval()
    with torch.inference_mode():
        out = network(torch.zeros(1, 3, 50, 70))["out"]
    assert out.shape == (1, 5, 50, 70)
    assert out[:, 2].sigmoid().max() < 0.1, "at the start a pixel is hardly a centre"
    assert to_offset(out[:, 3:].sigmoid()).abs().max() < 0.5
