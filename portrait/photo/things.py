"""What a photo shows, by the classes of a network: names, areas, and their texts in the language of the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from portrait.core.matting.label_map import class_shares
from portrait.engine import PortraitEngine
from portrait.files.system.assets import asset_path
from portrait.inference.model_store import CLASSES_MODEL, find_model
from portrait.inference.segmenter import ClassSegmenter, OnnxSegmenter
from portrait.language import mark, tr
from portrait.photo.found_matte import OpenedPhoto

LEAST_SHARE = 0.002
"""Less of a photo is taken for an error of the network."""

_CLASS_TEXTS = (
    *(mark("aeroplane"), mark("bicycle"), mark("bird"), mark("boat"), mark("bottle")),
    *(mark("bus"), mark("car"), mark("cat"), mark("chair"), mark("cow")),
    *(mark("dining table"), mark("dog"), mark("horse"), mark("motorbike"), mark("person")),
    *(mark("potted plant"), mark("sheep"), mark("sofa"), mark("train"), mark("tv monitor")),
)
"""The classes of PASCAL VOC, which are their own texts in English."""


@dataclass(frozen=True, slots=True)
class FoundThing:
    """A class that a photo shows, by its name in the network, and its share of the photo, 0 … 1."""

    name: str
    share: float


def class_network(engine: PortraitEngine) -> ClassSegmenter:
    """The network that tells classes: that of the engine where it does, else the bundled one.

    Raises
    ------
    ModelError
        It cannot be opened.
    """
    own = engine.segmenter
    if own.spec.output_kind == "class_logits" and isinstance(own, ClassSegmenter):
        return own
    return _open_bundled()


@cache
def _open_bundled() -> OnnxSegmenter:
    """The bundled network, opened once in this process."""
    return OnnxSegmenter(find_model(CLASSES_MODEL, asset_path("models")))


def engine_for(engine: PortraitEngine, subject: Sequence[str]) -> PortraitEngine:
    """An engine that keeps things of these classes sharp; the same one where none is named, which is people.

    Raises
    ------
    ModelError
        As `class_network`, or it does not know a class.
    """
    return engine.on_network(class_network(engine).with_subject(subject)) if subject else engine


def find_things(engine: PortraitEngine, photo: OpenedPhoto) -> tuple[FoundThing, ...]:
    """Semantic segmentation of a photo's preview: the classes that it shows, the largest first.

    Raises
    ------
    ModelError
        The network cannot be opened, or failed.
    """
    network = class_network(engine)
    shares = class_shares(network.find_labels(photo.preview.image), network.spec)
    possible = network.spec.possible_subjects
    return tuple(FoundThing(name, share) for name, share in shares.items() if name in possible and share >= LEAST_SHARE)


def class_text(name: str) -> str:
    """A class in the language of the user; the name itself for classes of other networks than those of VOC."""
    return tr(name) if name in _CLASS_TEXTS else name
