"""The registry of networks, and what every network promises."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from export.models import ARCHITECTURES, build_network


@pytest.mark.parametrize("arch", sorted(ARCHITECTURES))
def test_logits_have_the_size_of_the_input_also_where_strides_do_not_divide_it(arch: str) -> None:
    with torch.device("meta"):
        logits = build_network(arch, class_count=5).eval()(torch.zeros(2, 3, 45, 67))
    assert {name: tuple(tensor.shape) for name, tensor in logits.items()}.items() <= {
        "out": (2, 5, 45, 67),
        "aux": (2, 5, 45, 67),
    }.items()


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'unet'.*deeplabv3_mobilenet_v2.*deeplabv3plus_mobilenet_v2"):
        build_network("unet")


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
