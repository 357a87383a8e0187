"""Segmentation networks by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from export.models.deeplabv3 import (
    DeepLabV3Light,
    deeplabv3_mobilenet_v3_large,
    deeplabv3_resnet50,
    deeplabv3_resnet101,
)
from export.models.deeplabv3_plus import DeepLabV3Plus

ARCHITECTURES: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {
        "deeplabv3_mobilenet_v2": DeepLabV3Light,
        "deeplabv3_mobilenet_v3_large": deeplabv3_mobilenet_v3_large,
        "deeplabv3_resnet50": deeplabv3_resnet50,
        "deeplabv3_resnet101": deeplabv3_resnet101,
        "deeplabv3plus_mobilenet_v2": DeepLabV3Plus,
    }
)


def build_network(arch: str, **config: Any) -> nn.Module:
    """Build a network with randomly initialised weights.

    Parameters
    ----------
    arch
        A name in `ARCHITECTURES`.
    **config
        Arguments of that network, such as ``class_count``.

    Returns
    -------
    torch.nn.Module
        Its forward gives ``{"out": logits (N, C, H, W)}`` at the size of the input, and "aux" with an auxiliary head.

    Raises
    ------
    ValueError
        No such name, or arguments that the network does not have.
    """
    if arch not in ARCHITECTURES:
        raise ValueError(f"no network is called {arch!r}; there are {', '.join(sorted(ARCHITECTURES))}")
    try:
        return ARCHITECTURES[arch](**config)
    except TypeError as exc:
        raise ValueError(f"{arch} cannot be built from {config}: {exc}") from exc
