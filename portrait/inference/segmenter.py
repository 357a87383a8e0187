"""Person segmentation with an ONNX network: image in, person's probability out."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage, require_rgb
from portrait.core.letterbox import Letterbox
from portrait.core.matting.label_map import LabelMap, to_label_map
from portrait.core.matting.person_regions import fit_area
from portrait.core.matting.refinement import to_probability
from portrait.core.model_spec import ModelSpec
from portrait.core.people.centers import CenterMaps, to_center_maps
from portrait.errors import ModelError
from portrait.inference.provider_choice import AUTO, Choice, choose_provider
from portrait.inference.providers import CPU, ProviderReport, find_provider, report_provider
from portrait.inference.sessions import open_session
from portrait.inference.sessions import read_spec as read_spec
from portrait.language import tr

MAX_DEFAULT_THREADS = 4
"""More threads than this gain little on a small network and take the cores of a video call."""

_WIDEST_SQUASHED, _TALLEST_SQUASHED = 1.5, 1.65
"""Largest ratios of the longer to the shorter side at which an image is still squashed into the spec's input."""

_LARGEST_RATIO = 2.0
_TALL_SHARE = 2 / 3  # exponent on the ratio of a tall image


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
        self._spec = _choose_subject(spec or read_spec(self._session, path), subject)
        self._provider = replace(report_provider(choice.kind, self._session, failure), note=choice.note)
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


def choose_input_size(spec: ModelSpec, shape: tuple[int, int]) -> tuple[int, int]:
    """The input (height, width) for an image of this (H, W): the spec's, or one of as many pixels.

    Resizing to a square makes the people of a video frame half as wide as most in training: on portraits cut to 16 : 9
    that costs 2 points of person IoU and 3 of boundary IoU. So, if the network takes any size, an image wider than
    3 : 2 keeps its aspect ratio, up to 2 : 1. An upright image of a phone, at least 1.65 times as high as wide, keeps a
    part of it, since groups gain by it and standing people lose. All others are resized to the spec's input, as in
    training.
    """
    own, (height, width) = (spec.input_height, spec.input_width), shape
    ratio, is_wide = max(shape) / min(shape), width > height
    squashed = _WIDEST_SQUASHED if is_wide else _TALLEST_SQUASHED
    if ratio <= squashed or spec.input_fit == "letterbox" or not spec.is_dynamic:
        return own
    kept = min(ratio, _LARGEST_RATIO)
    sides = (1.0, kept) if is_wide else (kept**_TALL_SHARE, 1.0)
    return fit_area(sides, own[0] * own[1], spec.size_multiple)


def fit_input(image: RgbImage, spec: ModelSpec, size: tuple[int, int] | None = None) -> Letterbox:
    """Place of an image in a network's input of this (height, width); None: the spec's own size."""
    size = size or (spec.input_height, spec.input_width)
    return Letterbox.fit(image.shape[:2], *size) if spec.input_fit == "letterbox" else Letterbox.squash(*size)


def to_network_input(image: RgbImage, spec: ModelSpec, letterbox: Letterbox) -> NDArray[np.float32]:
    """Resize, pad and normalise an image: float32 (1, 3, H, W), or (1, H, W, 3) for NHWC."""
    red, green, blue = (255.0 * value for value in spec.normalize_mean)
    fitted = letterbox.apply(image, (red, green, blue))
    planes = fitted.transpose(2, 0, 1).astype(np.float32, order="C")
    for plane, mean, std in zip(planes, spec.normalize_mean, spec.normalize_std, strict=True):
        plane *= 1.0 / (255.0 * std)
        plane -= mean / std
    return np.ascontiguousarray((planes.transpose(1, 2, 0) if spec.layout == "nhwc" else planes)[None])


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


def read_shapes(path: Path) -> tuple[tuple[int | str | None, ...], tuple[int | str | None, ...]]:
    """Shapes of a network's first input and first output; text and None stand for sides of any length.

    Raises
    ------
    ModelError
        The file cannot be read, or is no network.
    """
    session, _ = open_session(path, 1, CPU)
    return tuple(session.get_inputs()[0].shape), tuple(session.get_outputs()[0].shape)
