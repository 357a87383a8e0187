"""Published pretrained weights, and the contract of the network with each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from torch import nn

from export.errors import ExportError
from export.models import build_network
from export.models.checkpoint import load_state_dict, load_weights
from export.models.download import CACHE_DIR, fetch, has_sha256_prefix
from portrait.core.matting.label_map import VOC_CLASSES
from portrait.core.model_spec import ModelSpec


@dataclass(frozen=True, slots=True)
class WeightsServer:
    """URL from which published files are downloaded, and the cache folder for them."""

    url: str
    cache_dir: Path


TORCHVISION = WeightsServer("https://download.pytorch.org/models", CACHE_DIR)

_FAMILY = "deeplabv3_"


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """Source and contract of published weights.

    Attributes
    ----------
    spec
        Contract of the network with these weights.
    torchvision_file
        File name at `TORCHVISION`, ending in the first digits of its SHA-256; "" where torchvision has no such file.
    """

    spec: ModelSpec
    torchvision_file: str = ""

    @property
    def sha256_prefix(self) -> str:
        """First hexadecimal digits of the SHA-256 of torchvision's file."""
        return Path(self.torchvision_file).stem.rpartition("-")[2]


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
        "fcn_resnet50": _torchvision("fcn_resnet50", "fcn_resnet50_coco-1167a1af.pth"),
        "fcn_resnet101": _torchvision("fcn_resnet101", "fcn_resnet101_coco-7ecb50ca.pth"),
    }
)


def load_published(
    arch: str, path: Path | None = None, server: WeightsServer = TORCHVISION
) -> tuple[nn.Module, ModelSpec]:
    """A 21-class network with published weights, in eval mode, and its contract.

    Parameters
    ----------
    arch
        A name in `PUBLISHED`, with or without its "deeplabv3_".
    path
        The weights as ``.safetensors`` or ``.pth``, or a folder that holds torchvision's file. A file with the name of
        torchvision's must have its SHA-256 as well. None: download from the server.
    server
        The server and its cache.

    Raises
    ------
    ExportError
        The architecture is unknown, or the weights cannot be downloaded or read, have another SHA-256 than their name
        says, or do not fit the network.
    """
    arch = arch if arch in PUBLISHED else _FAMILY + arch
    if arch not in PUBLISHED:
        message = f"no published weights are known for {arch.removeprefix(_FAMILY)!r}"
        raise ExportError(message, f"--arch takes {', '.join(PUBLISHED)}")
    published = PUBLISHED[arch]
    found = _fetch(arch, published, server) if path is None else _find_local(arch, published, path)
    network = build_network(arch)
    load_weights(network, load_state_dict(found), str(found))
    return network.eval(), published.spec


def _fetch(arch: str, published: PublishedWeights, server: WeightsServer) -> Path:
    _require_torchvision(arch, published)
    return fetch(f"{server.url}/{published.torchvision_file}", published.sha256_prefix, server.cache_dir)


def _find_local(arch: str, published: PublishedWeights, path: Path) -> Path:
    if path.is_dir():
        _require_torchvision(arch, published)
        path = path / published.torchvision_file
    if path.name == published.torchvision_file and path.is_file():
        _require_hash(path, published.sha256_prefix)
    return path


def _require_torchvision(arch: str, published: PublishedWeights) -> None:
    if not published.torchvision_file:
        raise ExportError(f"torchvision has no weights for {arch}", "give a file of weights with --checkpoint")


def _require_hash(path: Path, prefix: str) -> None:
    try:
        is_the_published = has_sha256_prefix(path, prefix)
    except OSError as exc:
        raise ExportError(f"cannot read {path}: {exc.strerror}", "check its permissions") from exc
    if not is_the_published:
        message = f"{path} is not the file that torchvision published: its SHA-256 does not begin with {prefix}"
        raise ExportError(message, "download it again, or give it another name if it is meant to be different")
