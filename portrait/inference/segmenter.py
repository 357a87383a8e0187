"""Person segmentation with an ONNX network: image in, person's probability out."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage, require_rgb
from portrait.core.matting.label_map import LabelMap, to_label_map
from portrait.core.matting.refinement import to_probability
from portrait.core.model_spec import ModelSpec
from portrait.core.people.centers import CenterMaps, to_center_maps
from portrait.errors import ModelError
from portrait.inference.network_input import choose_input_size, fit_input, to_network_input
from portrait.inference.provider_choice import AUTO, Choice, choose_provider
from portrait.inference.providers import ProviderReport, find_provider, report_provider
from portrait.inference.sessions import default_threads, open_session, read_spec, run_network
from portrait.language import tr


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


@runtime_checkable
class ClassSegmenter(LabelSegmenter, Protocol):
    """A `LabelSegmenter` of which any class can be the subject."""

    def with_subject(self, subject: Sequence[str]) -> "ClassSegmenter":
        """The same network, finding these classes; ModelError where it does not know one."""

    def with_input_side(self, side_px: int) -> "ClassSegmenter":
        """The same network at fewer pixels, see `portrait.core.model_spec.ModelSpec.with_input_side`."""


class OnnxSegmenter:
    """A network in an ONNX file that carries its `ModelSpec`.

    Parameters
    ----------
    path
        The ``.onnx`` file.
    threads
        Compute threads; None takes the machine's cores, four at most.
    provider
        Short name of an execution provider, see `portrait.inference.providers`; or ``auto``: the fastest that gives
        what the CPU gives, see `portrait.inference.provider_choice`.
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
        threads = threads or default_threads()
        choice = choose_provider(path, threads) if provider == AUTO else Choice(find_provider(provider))
        self._session, failure = open_session(path, threads, choice.kind)
        self._spec = _choose_subject(spec or _segmentation_spec(read_spec(self._session, path)), subject)
        self._provider = replace(report_provider(choice.kind, self._session, failure), note=choice.note)

    @property
    def spec(self) -> ModelSpec:
        """What the network expects and gives."""
        return self._spec

    @property
    def provider(self) -> ProviderReport:
        """What it runs on."""
        return self._provider

    def with_subject(self, subject: Sequence[str]) -> "OnnxSegmenter":
        """See `ClassSegmenter`; both share one session."""
        return self._with_spec(_choose_subject(self._spec, subject))

    def with_input_side(self, side_px: int) -> "OnnxSegmenter":
        """See `ClassSegmenter`; both share one session."""
        return self._with_spec(self._spec.with_input_side(side_px))

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

    def _with_spec(self, spec: ModelSpec) -> "OnnxSegmenter":
        other = copy.copy(self)
        other._spec = spec
        return other

    def _find(self, image: RgbImage, input_size: tuple[int, int] | None) -> NDArray[np.float32]:
        """What the network gives for the whole image, (C, h, w)."""
        require_rgb(image)
        size = choose_input_size(self._spec, (image.shape[0], image.shape[1])) if input_size is None else input_size
        own = (self._spec.input_height, self._spec.input_width)
        if size != own and not self._spec.is_dynamic:
            raise ValueError(f"{self._spec.name} takes {own} only, not {size}")
        letterbox = fit_input(image, self._spec, size)
        output = run_network(self._session, to_network_input(image, self._spec, letterbox))[0]
        channels_first = output.transpose(2, 0, 1) if self._spec.layout == "nhwc" else output
        return letterbox.crop(channels_first)


def _segmentation_spec(spec: ModelSpec) -> ModelSpec:
    if spec.gives_depth:
        raise ModelError(tr("{name} finds depth, not people", name=spec.name), tr("give it with --depth-model"))
    return spec


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
        hint = tr("Choose among these, or the bundled portrait-classes with --model.")
        raise ModelError(message, hint) from exc
