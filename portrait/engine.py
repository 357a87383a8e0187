"""PortraitEngine: find the matte, render the picture. Photo, live and batch share one.

Two steps on purpose: `find_matte` is slow and needed once a photo, `render` runs at every move of a slider.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage, require_rgb
from portrait.core.lens import BlurOptions
from portrait.core.matte import FAST, FINE, refine
from portrait.core.render import render
from portrait.core.resample import stay_in_calling_thread
from portrait.files.assets import asset_path
from portrait.inference.model_store import find_model
from portrait.inference.segmenter import OnnxSegmenter, Segmenter

Quality = Literal["fast", "fine"]

FINE_INPUT_SCALE = 1.25
"""``fine`` runs a network that takes any size at this multiple of its own."""

MIN_PERSON_FRACTION = 0.002
"""Less of the picture than this is nobody: a speck, or a figure too far away to be the subject."""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitResult:
    """A finished picture.

    Attributes
    ----------
    generation
        Number of the request that it answers.
    image, matte
        uint8 (H, W, 3) and float32 (H, W).
    timings_ms
        Wall time by stage: ``matte``, ``render``.
    """

    generation: int
    image: RgbImage
    matte: AlphaMatte
    timings_ms: Mapping[str, float]

    @property
    def person_fraction(self) -> float:
        """Share of the picture that the subject covers."""
        return person_fraction(self.matte)

    @property
    def has_person(self) -> bool:
        """Whether a subject was found."""
        return has_person(self.matte)


class PortraitEngine:
    """Portraits by one segmentation network. Safe to use from several threads at once."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @property
    def segmenter(self) -> Segmenter:
        """The network."""
        return self._segmenter

    def find_matte(self, image: RgbImage, quality: Quality = "fast") -> AlphaMatte:
        """Opacity of the subject in every pixel.

        Parameters
        ----------
        image
            uint8 (H, W, 3), sRGB, 1 × 1 or larger.
        quality
            ``fast``: one pass. ``fine``: a larger input, averaged with its mirror image, and a finer refinement.

        Returns
        -------
        float32 (H, W), 0 … 1.
        """
        require_rgb(image)
        if quality == "fast":
            return refine(self._segmenter.find_probability(image), image, FAST)
        size = self._fine_input_size()
        probability = self._segmenter.find_probability(image, size)
        mirrored = self._segmenter.find_probability(np.ascontiguousarray(image[:, ::-1]), size)
        return refine(0.5 * (probability + mirrored[:, ::-1]), image, FINE)

    def _fine_input_size(self) -> tuple[int, int] | None:
        spec = self._segmenter.spec
        if not spec.is_dynamic:
            return None
        height, width = (
            round(side * FINE_INPUT_SCALE / spec.size_multiple) * spec.size_multiple
            for side in (spec.input_height, spec.input_width)
        )
        return height, width

    def render(self, image: RgbImage, matte: AlphaMatte, options: BlurOptions) -> RgbImage:
        """A new picture with the background out of focus; see `portrait.core.render.render`."""
        return render(image, matte, options)

    def process(
        self, image: RgbImage, options: BlurOptions, *, quality: Quality = "fast", generation: int = 0
    ) -> PortraitResult:
        """Both steps. A picture without a person comes back unchanged."""
        started_s = time.perf_counter()
        matte = self.find_matte(image, quality)
        found_s = time.perf_counter()
        portrait = self.render(image, matte, options) if has_person(matte) else image.copy()
        rendered_s = time.perf_counter()
        timings_ms = {"matte": 1e3 * (found_s - started_s), "render": 1e3 * (rendered_s - found_s)}
        return PortraitResult(generation, portrait, matte, timings_ms)


def person_fraction(matte: AlphaMatte) -> float:
    """Share of the picture that the subject covers, 0 … 1."""
    return float(matte.mean(dtype=np.float64))


def has_person(matte: AlphaMatte) -> bool:
    """Whether the matte holds a subject at all."""
    return person_fraction(matte) >= MIN_PERSON_FRACTION


def open_engine(model: str | Path | None = None, *, threads: int | None = None) -> PortraitEngine:
    """An engine on a model. In this process OpenCV then works in the calling thread only.

    Parameters
    ----------
    model
        Name of a bundled model, path of an ``.onnx`` file, or None for the default.
    threads
        Compute threads of the network; None takes the machine's cores, four at most.

    Raises
    ------
    ModelError
        No such model, or it cannot be opened.
    """
    stay_in_calling_thread()
    return PortraitEngine(OnnxSegmenter(find_model(model, asset_path("models")), threads=threads))
