"""Depth of a single image by a network: any that gives relative inverse depth."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np

from portrait.core.arrays import RgbImage, require_rgb
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.core.letterbox import Letterbox
from portrait.core.model_spec import METADATA_KEY, InputFit, ModelSpec
from portrait.errors import ModelError
from portrait.inference.network_input import to_network_input
from portrait.inference.providers import CPU
from portrait.inference.sessions import default_threads, open_session, read_spec, run_network
from portrait.language import mark, tr

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet


def _preset(name: str, side_px: int, fit: InputFit, multiple: int, licence: str) -> ModelSpec:
    return ModelSpec(
        name, side_px, side_px, fit, multiple, _MEAN, _STD, ("depth",), output_kind="inverse_depth", licence=licence
    )


DEPTH_PRESETS: Mapping[str, ModelSpec] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset("depth-anything-v2-small", 518, "cover", 14, "Apache-2.0"),
            _preset("midas-small", 256, "contain", 32, "MIT"),
        )
    }
)
"""Published input rules of networks whose files carry no contract: Depth Anything V2 Small (Yang et al. 2024, arXiv
2406.09414) and MiDaS v2.1 small (Ranftl et al. 2022, doi:10.1109/TPAMI.2020.3019967).
"""

_NAMED: Mapping[str, str] = {"anything": "depth-anything-v2-small", "midas": "midas-small"}
_LARGEST_RATIO = 3.0  # of the input's sides: attention takes memory in proportion to the square of their product
_SHAPE_HINT = mark("It takes one RGB image and gives one channel: relative inverse depth, larger is nearer.")


class DepthNetwork(Protocol):
    """Finds the depth of an image. Implementations are safe to call from several threads."""

    @property
    def spec(self) -> ModelSpec:
        """What the network expects and gives."""

    def find_depth(self, image: RgbImage) -> DepthMap:
        """Relative inverse depth of an image, uint8 (H, W, 3), at the network's resolution."""


class OnnxDepthNetwork:
    """A network for depth in an ONNX file, with its `ModelSpec` or by a preset.

    Parameters
    ----------
    path
        The ``.onnx`` file.
    threads
        Compute threads; None takes the machine's cores, four at most.
    spec
        Contract of a file that carries none; None: that of the preset which the file's name or shape tells.
    file_name
        Its name where it was published, if it has another now.

    Raises
    ------
    ModelError
        The file is missing, damaged, no network for depth, or does not say what it expects.
    """

    def __init__(
        self, path: Path, *, threads: int | None = None, spec: ModelSpec | None = None, file_name: str = ""
    ) -> None:
        self._session, _ = open_session(path, threads or default_threads(), CPU)
        self._spec = _fitted(spec or _read_spec(self._session, path, file_name or path.name), self._session)
        if not self._spec.gives_depth:
            raise ModelError(tr("{name} is no network for depth", name=file_name or path.name), tr(_SHAPE_HINT))

    @property
    def spec(self) -> ModelSpec:
        """What the network expects and gives."""
        return self._spec

    def find_depth(self, image: RgbImage) -> DepthMap:
        """See `DepthNetwork`.

        Raises
        ------
        ModelError
            The network failed, or gave anything but one channel.
        """
        require_rgb(image)
        letterbox = _letterbox(self._spec, (image.shape[0], image.shape[1]))
        output = run_network(self._session, to_network_input(image, self._spec, letterbox))
        nearness = np.squeeze(output)
        if nearness.ndim != 2:
            raise ModelError(tr("{name} is no network for depth", name=self._spec.name), tr(_SHAPE_HINT))
        return DepthMap(np.ascontiguousarray(letterbox.crop(nearness), np.float32))


def choose_depth_input(spec: ModelSpec, shape: tuple[int, int]) -> tuple[int, int]:
    """The input (height, width) for an image of this (H, W), by the rule of ``spec.input_fit``.

    Sides are rounded to ``spec.size_multiple``; with ``cover`` none is shorter, with ``contain`` none is longer than
    the spec's.
    """
    own = np.array([spec.input_height, spec.input_width], np.float64)
    if spec.input_fit not in ("cover", "contain") or not spec.is_dynamic:
        return spec.input_height, spec.input_width
    ratio = np.array(shape, np.float64) / min(shape)
    sides = np.minimum(ratio, _LARGEST_RATIO)
    scales, multiple = own / sides, spec.size_multiple
    if spec.input_fit == "cover":
        wanted = sides * scales.max()
        rounded = [
            max(round(side / multiple), math.ceil(least / multiple)) for side, least in zip(wanted, own, strict=True)
        ]
    else:
        wanted = sides * scales.min()
        rounded = [min(round(side / multiple), most // multiple) for side, most in zip(wanted, own, strict=True)]
    height, width = (max(1, int(count)) * multiple for count in rounded)
    return height, width


def _letterbox(spec: ModelSpec, shape: tuple[int, int]) -> Letterbox:
    size = choose_depth_input(spec, shape)
    return Letterbox.fit(shape, *size) if spec.input_fit == "letterbox" else Letterbox.squash(*size)


def _read_spec(session: "InferenceSession", path: Path, file_name: str) -> ModelSpec:
    """The contract in the file, or the preset that its name or the size of its input tells."""
    if METADATA_KEY in session.get_modelmeta().custom_metadata_map:
        return read_spec(session, path)
    for word, preset in _NAMED.items():
        if word in file_name.lower():
            return DEPTH_PRESETS[preset]
    fixed = _fixed_size(session)
    for spec in DEPTH_PRESETS.values():
        if fixed == (spec.input_height, spec.input_width):
            return spec
    raise ModelError(
        tr("{name} does not say what it expects", name=file_name),
        tr("Say by which rule: portrait models add {name} --as depth --rule RULE", name=file_name),
    )


def _fitted(spec: ModelSpec, session: "InferenceSession") -> ModelSpec:
    """The contract for a file of one size, which every image is squashed into, as its own examples do."""
    fixed = _fixed_size(session)
    if fixed is None or not spec.is_dynamic:
        return spec
    return replace(spec, input_height=fixed[0], input_width=fixed[1], input_fit="squash", size_multiple=0)


def _fixed_size(session: "InferenceSession") -> tuple[int, int] | None:
    shape = session.get_inputs()[0].shape
    height, width = shape[2:4] if len(shape) == 4 else (None, None)
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def read_network_spec(path: Path, rule: str, file_name: str) -> ModelSpec:
    """The contract of a file, by its metadata, a named preset, or the preset that its name or shape tells.

    Raises
    ------
    ModelError
        As `OnnxDepthNetwork`.
    """
    return OnnxDepthNetwork(path, threads=1, spec=DEPTH_PRESETS[rule] if rule else None, file_name=file_name).spec
