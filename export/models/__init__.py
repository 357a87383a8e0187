"""Segmentation networks by name."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
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
from export.models.fcn import (
    fcn8s,
    fcn8s_mobilenet_v2,
    fcn16s,
    fcn16s_mobilenet_v2,
    fcn32s,
    fcn32s_mobilenet_v2,
    fcn_resnet50,
    fcn_resnet101,
)
from export.models.segnet import SegNet
from export.models.unet import UNet

ARCHITECTURES: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {
        "fcn32s": fcn32s,
        "fcn16s": fcn16s,
        "fcn8s": fcn8s,
        "fcn32s_mobilenet_v2": fcn32s_mobilenet_v2,
        "fcn16s_mobilenet_v2": fcn16s_mobilenet_v2,
        "fcn8s_mobilenet_v2": fcn8s_mobilenet_v2,
        "fcn_resnet50": fcn_resnet50,
        "fcn_resnet101": fcn_resnet101,
        "segnet": SegNet,
        "unet": UNet,
        "deeplabv3_mobilenet_v2": DeepLabV3Light,
        "deeplabv3_mobilenet_v3_large": deeplabv3_mobilenet_v3_large,
        "deeplabv3_resnet50": deeplabv3_resnet50,
        "deeplabv3_resnet101": deeplabv3_resnet101,
        "deeplabv3plus_mobilenet_v2": DeepLabV3Plus,
    }
)
"""In the order of their papers: what each adds to the one before stands in its module."""


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


def describe_network(arch: str) -> str:
    """The paper that a network in `ARCHITECTURES` comes from: the first line of its module's docstring."""
    builder = ARCHITECTURES[arch]
    builder = builder.func if isinstance(builder, partial) else builder
    return (sys.modules[builder.__module__].__doc__ or "").partition("\n")[0]
