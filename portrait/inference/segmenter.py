"""Person segmentation with an ONNX network: image in, person's probability out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage, require_rgb
from portrait.core.matting.label_map import LabelMap, to_label_map
from portrait.core.matting.refinement import to_probability
from portrait.core.model_spec import METADATA_KEY, ModelSpec
from portrait.core.people.centers import CenterMaps, to_center_maps
from portrait.errors import ModelError
from portrait.inference.network_input import choose_input_size, fit_input, to_network_input
from portrait.inference.providers import ProviderReport, find_provider, report_provider
from portrait.language import tr

MAX_DEFAULT_THREADS = 4
"""More threads than this gain little on a small network and take the cores of a video call."""

_ERRORS_ONLY = 3


class Segmenter(Protocol):
    """Finds people. Implementations are safe to call from several threads."""

    @property
    def spec(self) -> ModelSpec:
        """What the network expects and gives."""

    @property
    def provider(self) -> ProviderReport:
        """What it runs on."""

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """Probability of a person, float32 (h, w), 0 … 1, covering the whole image at the network's resolution.

        ``input_size`` (height, width) overrides `choose_input_size` where the network takes any size.
        """


@runtime_checkable
class PeopleSegmenter(Segmenter, Protocol):
    """A `Segmenter` that can tell people apart where its spec says so (`ModelSpec.tells_people_apart`)."""

    def find_centers(self, image: RgbImage) -> CenterMaps:
        """Centres of the people of an image, and the way to them."""


@runtime_checkable
class LabelSegmenter(Segmenter, Protocol):
    """A `Segmenter` that gives the class of every pixel."""

    def find_labels(self, image: RgbImage) -> LabelMap:
        """uint8 (H, W) of the image's size, see `portrait.core.matting.label_map.to_label_map`."""


class OnnxSegmenter:
    """A network in an ONNX file that carries its `ModelSpec`.

    Parameters
    ----------
    path
        The ``.onnx`` file.
    threads
        Compute threads; None takes the machine's cores, four at most.
    provider
        Short name of an execution provider; see `portrait.inference.providers`.
    spec
        Contract of a foreign file that carries none.
    subject
        Names of classes to find in place of the person.

    Raises
    ------
    ModelError
        The file is missing, damaged, or without a contract, or the network does not know a class of the subject.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int | None = None,
        provider: str = "cpu",
        spec: ModelSpec | None = None,
        subject: Sequence[str] = (),
    ) -> None:
        kind = find_provider(provider)
        self._session = _open_session(path, threads or default_threads(), kind.onnxruntime_name)
        self._spec = _choose_subject(spec or read_spec(self._session, path), subject)
        self._provider = report_provider(kind, self._session)
        self._input_name = self._session.get_inputs()[0].name
        self._output_name = self._session.get_outputs()[0].name

    @property
    def spec(self) -> ModelSpec:
        """What the network expects and gives."""
        return self._spec

    @property
    def provider(self) -> ProviderReport:
        """What it runs on."""
        return self._provider

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """See `Segmenter`.

        Raises
        ------
        ValueError
            ``input_size`` differs from the spec's size, and the network takes no other.
        ModelError
            The network failed.
        """
        return to_probability(self._find(image, input_size), self._spec)

    def find_centers(self, image: RgbImage) -> CenterMaps:
        """See `PeopleSegmenter`.

        Raises
        ------
        ValueError
            The spec has no such channels.
        ModelError
            The network failed.
        """
        return to_center_maps(self._find(image, None), self._spec)

    def find_labels(self, image: RgbImage) -> LabelMap:
        """See `LabelSegmenter`.

        Raises
        ------
        ModelError
            The network failed.
        """
        return to_label_map(self._find(image, None), self._spec, image.shape[0], image.shape[1])

    def _find(self, image: RgbImage, input_size: tuple[int, int] | None) -> NDArray[np.float32]:
        """What the network gives for the whole image, (C, h, w)."""
        require_rgb(image)
        size = choose_input_size(self._spec, (image.shape[0], image.shape[1])) if input_size is None else input_size
        own = (self._spec.input_height, self._spec.input_width)
        if size != own and not self._spec.is_dynamic:
            raise ValueError(f"{self._spec.name} takes {own} only, not {size}")
        letterbox = fit_input(image, self._spec, size)
        output = self._run(to_network_input(image, self._spec, letterbox))
        channels_first = output.transpose(2, 0, 1) if self._spec.layout == "nhwc" else output
        return letterbox.crop(channels_first)

    def _run(self, network_input: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            (output,) = self._session.run([self._output_name], {self._input_name: network_input})
        except Exception as exc:
            raise ModelError(
                tr("the model failed: {reason}", reason=exc), tr("try the bundled model, or another execution provider")
            ) from exc
        result: NDArray[np.float32] = output[0]
        if not np.isfinite(result).all():  # nobody would be found by it, and the photo be taken for one of nobody
            raise ModelError(
                tr("the model gave values that are no numbers"),
                tr("try the bundled model, or another execution provider"),
            )
        return result


def default_threads() -> int:
    """Compute threads for one network: the cores this process may use, four at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MAX_DEFAULT_THREADS, usable)


def _choose_subject(spec: ModelSpec, subject: Sequence[str]) -> ModelSpec:
    try:
        return spec.with_subject(subject)
    except LookupError as exc:
        known = spec.possible_subjects
        message = tr(
            "{model} does not find {unknown}, only {known}",
            model=spec.name,
            unknown=", ".join(name for name in subject if name not in known),
            known=", ".join(known),
        )
        hint = tr("Choose among these, or a model of many classes with --model: README, Pets and things.")
        raise ModelError(message, hint) from exc


def _open_session(path: Path, threads: int, provider: str) -> onnxruntime.InferenceSession:
    content = _read(path)
    onnxruntime.disable_telemetry_events()  # those of Windows; see also the package's first lines
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # Idle threads of the network would otherwise spin through the rendering: twice the CPU load for no more frames.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    usable = [name for name in (provider, "CPUExecutionProvider") if name in onnxruntime.get_available_providers()]
    try:
        return onnxruntime.InferenceSession(content, options, providers=list(dict.fromkeys(usable)))
    except Exception as exc:
        raise ModelError(
            tr("{name} is not a model that can be run: {reason}", name=path.name, reason=exc),
            tr("it may be damaged; get it again"),
        ) from exc


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        reason = exc.strerror or str(exc)
        hint = tr("give the path of an .onnx file, or a name from: portrait models")
        raise ModelError(tr("cannot read the model file {path}: {reason}", path=path, reason=reason), hint) from exc


def read_shapes(path: Path) -> tuple[tuple[int | str | None, ...], tuple[int | str | None, ...]]:
    """Shapes of a network's first input and first output; text and None stand for sides of any length.

    Raises
    ------
    ModelError
        The file cannot be read, or is no network.
    """
    session = _open_session(path, 1, "CPUExecutionProvider")
    return tuple(session.get_inputs()[0].shape), tuple(session.get_outputs()[0].shape)


def read_spec(session: onnxruntime.InferenceSession, path: Path) -> ModelSpec:
    """Read the `ModelSpec` in the metadata of an open model.

    Raises
    ------
    ModelError
        There is none, or it cannot be read.
    """
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise ModelError(
            tr("{name} does not say what it expects (no model spec in its metadata)", name=path.name),
            tr("export it with: python -m export convert"),
        )
    try:
        return ModelSpec.from_json(text)
    except ValueError as exc:
        raise ModelError(
            tr("{name} has an unreadable model spec: {reason}", name=path.name, reason=exc),
            tr("export it again, or update the app"),
        ) from exc
