"""Weights that others have published, and the contracts that go with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.error import URLError

import torch
from torch import Tensor, nn

from export.checkpoint import load_state_dict, load_weights
from export.errors import ExportError
from export.models import build_network
from portrait.core.model_spec import ModelSpec

VOC_CLASSES = (
    "background",
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("dining table", "dog", "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train", "tv monitor"),
)
"""The 21 classes of PASCAL VOC 2012 in the order of the published networks."""

TORCHVISION_URL = "https://download.pytorch.org/models"


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """Where weights come from and what they expect.

    Attributes
    ----------
    spec
        Contract of the network with these weights.
    torchvision_file
        Name at `TORCHVISION_URL`, ending in the first digits of its SHA-256; "" where torchvision has none.
    """

    spec: ModelSpec
    torchvision_file: str = ""


def _torchvision(name: str, file: str) -> PublishedWeights:
    spec = ModelSpec(
        name=name,
        input_height=520,
        input_width=520,
        input_fit="letterbox",
        normalize_mean=(0.485, 0.456, 0.406),
        normalize_std=(0.229, 0.224, 0.225),
        class_names=VOC_CLASSES,
        person_class_index=VOC_CLASSES.index("person"),
        output_kind="class_logits",
        training_id=f"torchvision {file}",
        licence="BSD-3-Clause",
    )
    return PublishedWeights(spec, file)


_GOOGLE_LIGHT = ModelSpec(
    name="deeplabv3_mobilenet_v2",
    input_height=513,
    input_width=513,
    input_fit="letterbox",
    normalize_mean=(128 / 255,) * 3,
    normalize_std=(128 / 255,) * 3,
    class_names=VOC_CLASSES,
    person_class_index=VOC_CLASSES.index("person"),
    output_kind="class_logits",
    training_id="google-coral deeplabv3_mnv2_pascal_quant, dequantised",
    licence="Apache-2.0",
)

PUBLISHED: Mapping[str, PublishedWeights] = MappingProxyType(
    {
        "deeplabv3_mobilenet_v2": PublishedWeights(_GOOGLE_LIGHT),
        "deeplabv3_mobilenet_v3_large": _torchvision(
            "deeplabv3_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large-fc3c493d.pth"
        ),
        "deeplabv3_resnet50": _torchvision("deeplabv3_resnet50", "deeplabv3_resnet50_coco-cd0a2569.pth"),
        "deeplabv3_resnet101": _torchvision("deeplabv3_resnet101", "deeplabv3_resnet101_coco-586e9e4e.pth"),
    }
)


def load_published(arch: str, path: Path | None = None) -> tuple[nn.Module, ModelSpec]:
    """A 21-class network with published weights, in eval mode, and its contract.

    Parameters
    ----------
    arch
        A name in `PUBLISHED`.
    path
        The weights as ``.safetensors`` or ``.pth``; None: fetched from torchvision's server, SHA-256 checked.

    Raises
    ------
    ExportError
        No such architecture, weights that cannot be fetched or read, or that do not fit.
    """
    if arch not in PUBLISHED:
        raise ExportError(f"no published weights are known for {arch!r}", f"--arch takes {', '.join(PUBLISHED)}")
    published = PUBLISHED[arch]
    state = _fetch(arch, published) if path is None else load_state_dict(path)
    network = build_network(arch)
    load_weights(network, state, str(path or published.torchvision_file))
    return network.eval(), published.spec


def _fetch(arch: str, published: PublishedWeights) -> dict[str, Tensor]:
    if not published.torchvision_file:
        raise ExportError(f"torchvision has no weights for {arch}", "give a file of weights with --checkpoint")
    url = f"{TORCHVISION_URL}/{published.torchvision_file}"
    try:
        state: dict[str, Tensor] = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", check_hash=True, weights_only=True
        )
    except (URLError, OSError, RuntimeError) as exc:
        raise ExportError(f"cannot fetch {url}: {exc}", "download it elsewhere and give it with --checkpoint") from exc
    return state
