"""What an image shows, by the classes of a network: names, areas, and their texts in the language of the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from portrait.core.arrays import RgbImage
from portrait.core.matting.label_map import class_shares
from portrait.engine import PortraitEngine
from portrait.files.system.assets import asset_path
from portrait.inference.model_store import CLASSES_MODEL, find_model
from portrait.inference.networks import Networks, networks_for
from portrait.inference.segmenter import ClassSegmenter, OnnxSegmenter
from portrait.language import mark, tr

LEAST_SHARE = 0.01
"""Of an image; what covers less is more often an error of the network than a thing (decision 113)."""

_CLASS_TEXTS = (
    *(mark("aeroplane"), mark("bicycle"), mark("bird"), mark("boat"), mark("bottle")),
    *(mark("bus"), mark("car"), mark("cat"), mark("chair"), mark("cow")),
    *(mark("dining table"), mark("dog"), mark("horse"), mark("motorbike"), mark("person")),
    *(mark("potted plant"), mark("sheep"), mark("sofa"), mark("train"), mark("tv monitor")),
)
"""The classes of PASCAL VOC, which are their own texts in English."""


@dataclass(frozen=True, slots=True)
class FoundThing:
    """A class that an image shows, by its name in the network, and its share of the image, 0 … 1."""

    name: str
    share: float


def class_network(engine: PortraitEngine) -> ClassSegmenter:
    """The network that tells classes: that of the engine where it does, else the bundled one.

    Raises
    ------
    ModelError
        It cannot be opened.
    """
    return _own_classes(engine) or _open_bundled()


def _own_classes(engine: PortraitEngine) -> ClassSegmenter | None:
    own = engine.segmenter
    return own if own.spec.output_kind == "class_logits" and isinstance(own, ClassSegmenter) else None


@cache
def _open_bundled() -> OnnxSegmenter:
    """The bundled network, opened once in this process."""
    return OnnxSegmenter(find_model(CLASSES_MODEL, asset_path("models")))


def engine_for(engine: PortraitEngine, subject: Sequence[str], side_px: int | None = None) -> PortraitEngine:
    """An engine that keeps a subject sharp: people by its own networks, things by the network of classes.

    Parameters
    ----------
    engine
        Opened for people, or on a network that tells classes, which then finds people too.
    subject
        Names of classes; none: people.
    side_px
        Side of the input at which a network of classes is run where its own is larger; None: its own.

    Returns
    -------
    PortraitEngine
        ``engine`` itself where it does this already.

    Raises
    ------
    ModelError
        As `class_network`, or it does not know a class.
    """

    def sized(network: ClassSegmenter) -> ClassSegmenter:
        return network if side_px is None else network.with_input_side(side_px)

    if (own := _own_classes(engine)) is not None:
        return engine.on_networks(sized(own).with_subject(subject)) if subject or side_px else engine
    people = Networks(engine.segmenter, engine.segmenter_of("fine"))
    networks = networks_for(people, subject, lambda: sized(_open_bundled()))
    return engine if networks is people else engine.on_networks(networks.fast, networks.fine)


def find_things(engine: PortraitEngine, image: RgbImage) -> tuple[FoundThing, ...]:
    """Semantic segmentation of an image, uint8 (H, W, 3): the classes that it shows, the largest first.

    Raises
    ------
    ModelError
        The network cannot be opened, or failed.
    """
    network = class_network(engine)
    shares = class_shares(network.find_labels(image), network.spec)
    possible = network.spec.possible_subjects
    return tuple(FoundThing(name, share) for name, share in shares.items() if name in possible and share >= LEAST_SHARE)


def class_text(name: str) -> str:
    """A class in the language of the user; the name itself for classes of other networks than those of VOC."""
    return tr(name) if name in _CLASS_TEXTS else name
