"""The second opinion of ``fine``: what a network of many classes sees where the first one found people."""

from pathlib import Path

from portrait.core.arrays import RgbImage
from portrait.core.matting.label_map import label_numbers
from portrait.core.matting.look_alikes import drop_look_alikes
from portrait.core.matting.refinement import Probability
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD
from portrait.core.resize import downsample_to_long_side
from portrait.inference.lazy import LazySegmenter
from portrait.inference.model_store import CLASSES_MODEL
from portrait.inference.passes import find_probability_fine
from portrait.inference.segmenter import LabelSegmenter, OnnxSegmenter, Segmenter


def find_people_alone(segmenter: Segmenter, second: LabelSegmenter | None, image: RgbImage) -> Probability:
    """What `find_probability_fine` finds, less what a second network knows to be something else than a person.

    The second network runs once, on the whole image, and only where somebody was found; see
    `portrait.core.matting.look_alikes.drop_look_alikes`.

    Parameters
    ----------
    segmenter
        Finds people.
    second
        A network with a class for the background, one for the person, and others; None: it is not asked.
    image
        uint8 (H, W, 3), sRGB.

    Returns
    -------
    float32 (h, w), 0 … 1, covering the whole image at any resolution.

    Raises
    ------
    ModelError
        A network failed.
    """
    found = find_probability_fine(segmenter, image)
    if second is None or found.max(initial=0.0) < PERSON_THRESHOLD:
        return found
    spec = second.spec
    labels = second.find_labels(downsample_to_long_side(image, max(spec.input_height, spec.input_width)))
    numbers = label_numbers(spec)
    return drop_look_alikes(found, labels, numbers["person"], numbers["background"])


def find_second_opinion(bundled_dir: Path) -> Path | None:
    """The bundled network of many classes; None where it is not installed."""
    path = bundled_dir / f"{CLASSES_MODEL}.onnx"
    return path if path.is_file() else None


def open_second_opinion(bundled_dir: Path, threads: int | None, provider: str) -> LazySegmenter | None:
    """That network, opened at its first use; None where it is not installed.

    Parameters
    ----------
    bundled_dir
        Folder of the bundled models.
    threads, provider
        As `OnnxSegmenter` takes them.
    """
    path = find_second_opinion(bundled_dir)
    if path is None:
        return None
    return LazySegmenter(lambda: OnnxSegmenter(path, threads=threads, provider=provider))
