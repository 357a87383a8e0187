"""X-ray of a photo: what the network has found in it, as colours to be laid over it, and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.matting.label_map import class_colors, label_numbers
from portrait.core.resize import resize
from portrait.engine import PortraitEngine
from portrait.language import tr
from portrait.photo.found_matte import FoundMatte
from portrait.photo.things import class_text

PERSON_COLORS = ((64, 200, 120), (80, 150, 255), (240, 120, 60), (200, 90, 230), (70, 210, 210), (230, 90, 120))
BAND_COLOR = (255, 214, 10)
_PERSON_OPACITY, _BLURRED_OPACITY, _CLASS_OPACITY, _BAND_OPACITY = 0.55, 0.3, 0.5, 0.75
_SURE, _IN_CLASS, _LEAST_SHARE = 0.98, 0.5, 0.001

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class XRay:
    """Colours over a photo.

    Attributes
    ----------
    image
        uint8 (h, w, 4), RGBA, not premultiplied, at the size of the preview.
    legend
        Each colour, sRGB, and what it stands for.
    """

    image: NDArray[np.uint8]
    legend: tuple[tuple[Color, str], ...]


def make_xray(engine: PortraitEngine, found: FoundMatte) -> XRay:
    """Show the network's classes, if it has several, everybody who was found, and where the matte is undecided.

    The classes are found in the preview, which is an answer of the network of its own; people and matte are those of
    the portrait, before changes by hand.

    Raises
    ------
    ModelError
        The network failed.
    """
    height, width = found.photo.preview.image.shape[:2]
    layers: list[tuple[NDArray[np.float32], Color, str]] = [
        *_class_layers(engine, found),
        *_person_layers(found, height, width),
    ]
    base = found.preview.base
    band = np.where(np.abs(base - 0.5) < _SURE - 0.5, np.float32(_BAND_OPACITY), np.float32(0.0))
    layers.append((band, BAND_COLOR, tr("Undecided: solved by the colours")))
    return _laid_over(layers, height, width)


def _class_layers(engine: PortraitEngine, found: FoundMatte) -> Sequence[tuple[NDArray[np.float32], Color, str]]:
    """A layer for each class but background and person; none where the network knows people alone."""
    spec = engine.segmenter_of(found.quality).spec
    if spec.output_kind != "class_logits":
        return []
    labels = engine.find_labels(found.photo.preview.image, found.quality)
    layers = []
    for name, number in label_numbers(spec).items():
        is_there = labels == number
        if name not in ("background", "person") and is_there.mean() >= _LEAST_SHARE:
            red, green, blue = (int(level) for level in class_colors()[number])
            layers.append(
                (is_there.astype(np.float32) * np.float32(_CLASS_OPACITY), (red, green, blue), class_text(name))
            )
    return layers


def _person_layers(found: FoundMatte, height: int, width: int) -> Sequence[tuple[NDArray[np.float32], Color, str]]:
    """A layer for each person, or one for the subject where nobody is told apart."""
    if found.everybody is None:
        subject = found.preview.base
        color, name = PERSON_COLORS[0], tr("Kept sharp")
        return [((subject > _IN_CLASS).astype(np.float32) * np.float32(_PERSON_OPACITY), color, name)]
    layers = []
    for index, (person, told) in enumerate(zip(found.everybody.people, found.people, strict=True)):
        opacity = _PERSON_OPACITY if told.is_kept else _BLURRED_OPACITY
        mask = (resize(person.matte, height, width) > _IN_CLASS).astype(np.float32) * np.float32(opacity)
        text = tr("Person {n}: kept", n=index + 1) if told.is_kept else tr("Person {n}: blurred", n=index + 1)
        layers.append((mask, PERSON_COLORS[index % len(PERSON_COLORS)], text))
    return layers


def _laid_over(layers: Sequence[tuple[NDArray[np.float32], Color, str]], height: int, width: int) -> XRay:
    """Later layers hide earlier ones; layers that cover nothing are left out of the legend."""
    image = np.zeros((height, width, 4), np.uint8)
    legend = []
    for mask, color, text in layers:
        is_there = mask > 0.0
        if is_there.any():
            image[is_there] = (*color, 0)
            image[is_there, 3] = np.rint(255.0 * mask[is_there]).astype(np.uint8)
            legend.append((color, text))
    return XRay(image, tuple(legend))
