"""The second opinion of ``fine``: what a network of many classes sees where the first one found people.

On the frames of a video it is carried from one to the next.
"""

from pathlib import Path

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.label_map import LabelMap, label_numbers
from portrait.core.matting.look_alikes import drop_look_alikes, has_new_part
from portrait.core.matting.refinement import Probability
from portrait.core.matting.temporal import CUT_FRACTION, find_thumbnail, measure_motion
from portrait.core.metrics.matte_metrics import PERSON_THRESHOLD
from portrait.core.resize import downsample_to_long_side, resize
from portrait.inference.lazy import LazySegmenter
from portrait.inference.model_store import CLASSES_MODEL
from portrait.inference.passes import find_probability_fine
from portrait.inference.quarter_turn import find_who_lies
from portrait.inference.segmenter import LabelSegmenter, OnnxSegmenter, Segmenter

CLOSED_THINGS = frozenset({"bird", "bottle", "cat", "cow", "dog", "potted plant", "sheep"})  # not shown
"""Classes of PASCAL VOC that nobody can be inside of; people are in vehicles, on furniture, and on screens."""

_CONFIRM_LONG_SIDE_PX = 512
"""Size at which a matte is compared with what the network of classes sees."""


class FrameMemory:
    """What the second opinion said of a frame of a video, for the frames after it. For one thread at a time.

    It is forgotten at a cut, and where a part of the mask appears that was not there when it was asked.
    """

    def __init__(self) -> None:
        self._labels: LabelMap | None = None
        self._thumbnail: RgbImage | None = None
        self._found: Probability | None = None

    def recall(self, image: RgbImage, found: Probability) -> LabelMap | None:
        """The labels of the frame that was asked about, if they tell what was found in this one.

        uint8 (H, W, 3), and float32 (h, w), 0 … 1.
        """
        if self._thumbnail is None or self._found is None or found.shape != self._found.shape:
            return None
        thumbnail = find_thumbnail(image)
        if thumbnail.shape != self._thumbnail.shape:
            return None
        is_cut = float(measure_motion(self._thumbnail, thumbnail).mean()) > CUT_FRACTION
        return None if is_cut or has_new_part(found, self._found) else self._labels

    def remember(self, image: RgbImage, found: Probability, labels: LabelMap) -> None:
        """Keep the labels of a frame, and what was found in it; both are not to be written any more."""
        self._thumbnail, self._found, self._labels = find_thumbnail(image), found, labels


def find_people_alone(
    segmenter: Segmenter, second: LabelSegmenter | None, image: RgbImage, frames: FrameMemory | None = None
) -> Probability:
    """What `find_probability_fine` finds, with who lies, less what a second network knows to be no person.

    The second network runs once, on the whole image, of a video only where somebody was found; see
    `portrait.inference.quarter_turn.find_who_lies` and `portrait.core.matting.look_alikes.drop_look_alikes`.

    Parameters
    ----------
    segmenter
        Finds people.
    second
        A network with a class for the background, one for the person, and others; None: it is not asked.
    image
        uint8 (H, W, 3), sRGB.
    frames
        Of the video that the image is the next frame of: what the second network said of an earlier frame is taken
        where it still holds. None: it is a photo.

    Returns
    -------
    float32 (h, w), 0 … 1, covering the whole image at any resolution.

    Raises
    ------
    ModelError
        A network failed.
    """
    found = find_probability_fine(segmenter, image)
    if second is None or (frames is not None and found.max(initial=0.0) < PERSON_THRESHOLD):
        return found
    labels = None if frames is None else frames.recall(image, found)
    if labels is None:
        labels = second.find_labels(_fit_to(second, image))
        if frames is not None:
            frames.remember(image, found, labels)
    numbers = label_numbers(second.spec)
    if frames is None:
        found = find_who_lies(segmenter, image, found, labels == numbers["person"])
    closed = [numbers[name] for name in CLOSED_THINGS & numbers.keys()]
    return drop_look_alikes(found, labels, numbers["person"], numbers["background"], closed)


def confirms_person(second: LabelSegmenter, image: RgbImage, matte: AlphaMatte) -> bool:
    """Whether a network of many classes sees a person anywhere in a matte with more than the probability of chance.

    Parameters
    ----------
    second
        A network with a class for the person, and others.
    image, matte
        uint8 (H, W, 3), sRGB; float32 (H, W), 0 … 1.

    Raises
    ------
    ModelError
        The network failed.
    """
    found = second.find_probability(_fit_to(second, image))
    small = downsample_to_long_side(matte, _CONFIRM_LONG_SIDE_PX)
    inside = resize(found, small.shape[0], small.shape[1])[small >= PERSON_THRESHOLD]
    return float(inside.max(initial=0.0)) > 1.0 / len(second.spec.class_names)


def _fit_to(second: LabelSegmenter, image: RgbImage) -> RgbImage:
    return downsample_to_long_side(image, max(second.spec.input_height, second.spec.input_width))


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
