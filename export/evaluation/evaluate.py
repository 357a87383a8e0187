"""Evaluation of models on data sets and clips, several models side by side.

A model runs as it does in the app: from its ONNX file, at its own input size. Its probability, or alpha, is resized
bilinearly to the size of the label; masks are cut from it at one half. A model with one output for the person and one
for the subject is judged on each data set by the output that the set's masks describe (`export.data.label_meaning`).
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from export.data.clips import read_clip
from export.data.data_set import DataItem, DataSet, find_data_set, load_labelled
from export.data.label_meaning import TARGET_NAMES, LabelMeaning, channel_of, meaning_of
from export.evaluation.alpha_metrics import ImageFigures, MeasuredImage, measure_nobody, measure_person
from export.evaluation.flicker import ClipFigures, measure_clip, noise_flicker
from export.evaluation.matte_paths import NETWORK_ALONE, FindAlpha, MattePath, resize_alpha
from export.evaluation.speed import measure_median_ms
from export.onnx.model_file import ModelFile
from portrait.core.metrics.matte_metrics import Confusion, Reliability
from portrait.inference.model_store import Quality
from portrait.inference.segmenter import OnnxSegmenter

NOISE_IMAGES = 8
"""Number of images of a data set, spread evenly over it, on which flicker under sensor noise is measured."""


@dataclass(frozen=True, slots=True)
class SetFigures:
    """Figures of one model on one data set; None where a figure does not apply.

    Attributes
    ----------
    name, pictures
        Name of the data set and its number of images.
    person_iou, mean_iou, boundary_iou, alpha_mae, scrap_fraction, hole_fraction
        Means over the images; for sets with person masks.
    set_person_iou, set_mean_iou
        The same from one confusion matrix over all pixels of the set.
    false_person_fraction
        Mean share of an image that is taken for a person; for sets without people.
    calibration_error, reliability
        Expected calibration error, and the reliability diagram from which it is computed.
    noise_flicker
        Mean |Δalpha| between copies of a still image with different sensor noise.
    by_picture
        The figures of each image.
    """

    name: str
    pictures: int
    person_iou: float | None = None
    mean_iou: float | None = None
    boundary_iou: float | None = None
    alpha_mae: float | None = None
    scrap_fraction: float | None = None
    hole_fraction: float | None = None
    set_person_iou: float | None = None
    set_mean_iou: float | None = None
    false_person_fraction: float | None = None
    calibration_error: float | None = None
    noise_flicker: float | None = None
    reliability: Reliability = field(default_factory=Reliability)
    by_picture: tuple[ImageFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """Figures of one model on all data sets and clips, and its speed.

    Attributes
    ----------
    median_ms, one_thread_ms
        Median time of the network alone, on ``threads`` threads and on one.
    quality, refined
        How alpha was made: see `export.evaluation.matte_paths.MattePath`.
    frame
        Aspect ratio, width / height, to which the images were cropped; None: they were not.
    """

    name: str
    file: str
    sha256: str
    input_height: int
    input_width: int
    threads: int
    median_ms: float
    sets: tuple[SetFigures, ...]
    one_thread_ms: float | None = None
    quality: Quality = "fast"
    refined: Quality | None = None
    clips: tuple[ClipFigures, ...] = ()
    frame: float | None = None

    def to_json_dict(self) -> dict[str, Any]:
        """The figures as plain numbers, texts, lists and dicts."""
        return asdict(self)


def evaluate(
    models: Sequence[ModelFile],
    folders: Sequence[Path],
    *,
    threads: int = 4,
    path: MattePath = NETWORK_ALONE,
    clips: Sequence[Path] = (),
    frame: float | None = None,
    on_set: Callable[[DataSet], None] | None = None,
) -> tuple[ModelFigures, ...]:
    """Measure every model on every data set and clip.

    Parameters
    ----------
    models
        The models.
    folders
        Data sets, as `export.data.data_set.find_data_set` reads them.
    threads
        Number of threads that evaluate images in parallel; the networks are timed on the same number.
    path
        How a model gets from an image to alpha.
    clips
        Folders of frames or video files, on which flicker is measured.
    frame
        Aspect ratio, width / height, of a camera to which every image is cropped; None: no crop.
    on_set
        Called before each data set.

    Raises
    ------
    DataError
        A data set or clip cannot be read.
    ModelError
        A model cannot be run.
    """
    # Find all data sets first, so that a missing one is reported before any work is done.
    data_sets = [find_data_set(folder, frame) for folder in folders]
    finders = open_finders(models, path)
    # Figures by set and by clip, each a list over the models.
    with ThreadPoolExecutor(threads) as executor:
        by_set = []
        for data_set, folder in zip(data_sets, folders, strict=True):
            if on_set is not None:
                on_set(data_set)
            by_set.append(_measure_folder(finders, data_set, folder, executor))
        by_clip = [measure_clip(clip.stem, read_clip(clip), finders(LabelMeaning.SUBJECT), executor) for clip in clips]
    # Time the networks alone and regroup the figures by model.
    return tuple(
        ModelFigures(
            name=model.name,
            file=model.given_path.name,
            sha256=model.sha256(),
            input_height=model.spec.input_height,
            input_width=model.spec.input_width,
            threads=threads,
            median_ms=median_ms,
            sets=tuple(figures[index] for figures in by_set),
            one_thread_ms=one_thread_ms,
            quality=path.quality,
            refined=path.refined,
            frame=frame,
            clips=tuple(figures[index] for figures in by_clip),
        )
        for index, (model, median_ms, one_thread_ms) in enumerate(_measure_speed(models, threads))
    )


def measure_models(
    models: Sequence[ModelFile], folders: Sequence[Path], threads: int
) -> tuple[tuple[SetFigures, ...], ...]:
    """Figures of each model on each data set: probability of the network alone, whole images, no clips, no times.

    Raises
    ------
    DataError
        A data set cannot be read.
    ModelError
        A model cannot be run.
    """
    finders = open_finders(models, NETWORK_ALONE)
    with ThreadPoolExecutor(threads) as executor:
        by_set = [_measure_folder(finders, find_data_set(folder), folder, executor) for folder in folders]
    return tuple(tuple(figures[index] for figures in by_set) for index in range(len(models)))


FindersFor = Callable[[LabelMeaning], Sequence[FindAlpha]]
"""Gives, for what the masks of a data set show, one callable a model that finds it."""


def open_finders(models: Sequence[ModelFile], path: MattePath) -> FindersFor:
    """Models as callables that find alpha; each is opened at its first use and then kept."""

    @cache
    def finders_for(meaning: LabelMeaning) -> Sequence[FindAlpha]:
        return [open_finder(model, path, meaning) for model in models]

    return finders_for


def open_finder(model: ModelFile, path: MattePath, meaning: LabelMeaning = LabelMeaning.SUBJECT) -> FindAlpha:
    """A model as one callable that finds alpha. It runs in the calling thread: callers work on images in parallel."""
    return path.open(open_segmenter(model, meaning))


def open_segmenter(model: ModelFile, meaning: LabelMeaning) -> OnnxSegmenter:
    """A model on one thread, whose probability is of what masks of this meaning show."""
    spec = model.spec
    if spec.class_names[: len(TARGET_NAMES)] == TARGET_NAMES:
        spec = replace(spec, person_class_index=channel_of(meaning))
    return OnnxSegmenter(model.onnx_path, threads=1, spec=spec)


def _measure_folder(finders: FindersFor, data_set: DataSet, folder: Path, executor: Executor) -> list[SetFigures]:
    return measure_set(finders(meaning_of(data_set.name)), data_set, set_name(folder), executor)


def set_name(folder: Path) -> str:
    """The name of a data set by its path: "selfie/val" for a train or val folder, else its last part."""
    resolved = folder.resolve()
    return "/".join(resolved.parts[-2:]) if resolved.name in {"train", "val", "test"} else resolved.name


def measure_set(finders: Sequence[FindAlpha], data_set: DataSet, name: str, executor: Executor) -> list[SetFigures]:
    """Figures of each finder on one data set; every image is decoded once.

    Parameters
    ----------
    finders
        Callables that find a person's probability or alpha.
    executor
        Runs images in parallel; the finders are called from its threads.
    """
    # Accuracy on every image, flicker under noise on a few.
    by_image = executor.map(partial(_measure_image, finders, has_people=data_set.has_people), data_set.items)
    noisy = data_set.items[:: max(1, len(data_set.items) // NOISE_IMAGES)][:NOISE_IMAGES]
    flickers = executor.map(partial(_measure_noise, finders), noisy, range(len(noisy)))
    # Regroup by finder and summarise.
    of_finders = zip(*by_image, strict=True)
    return [
        _summarise(name, judged, float(np.mean(flicker)))
        for judged, flicker in zip(of_finders, zip(*flickers, strict=True), strict=True)
    ]


def _measure_image(finders: Sequence[FindAlpha], item: DataItem, *, has_people: bool) -> list[MeasuredImage]:
    labelled = load_labelled(item)
    image, label = np.ascontiguousarray(labelled[..., :3]), labelled[..., 3]
    alphas = (resize_alpha(find_alpha(image), label.shape) for find_alpha in finders)
    if has_people:
        return [measure_person(item.image_path.name, alpha, label) for alpha in alphas]
    return [measure_nobody(item.image_path.name, alpha) for alpha in alphas]


def _measure_noise(finders: Sequence[FindAlpha], item: DataItem, seed: int) -> list[float]:
    return noise_flicker(np.ascontiguousarray(load_labelled(item)[..., :3]), finders, seed)


def _summarise(name: str, judged: Sequence[MeasuredImage], flicker: float) -> SetFigures:
    """Means over the images of a data set, and figures from the counts summed over it."""
    over_set = sum((one.confusion for one in judged), Confusion())
    reliability = sum((one.reliability for one in judged), Reliability())
    figures = [one.figures for one in judged]
    has_people = figures[0].person_iou is not None
    return SetFigures(
        name=name,
        pictures=len(judged),
        person_iou=_mean(one.person_iou for one in figures),
        mean_iou=float(np.mean([one.confusion.mean_iou for one in judged])) if has_people else None,
        boundary_iou=_mean(one.boundary_iou for one in figures),
        alpha_mae=_mean(one.alpha_mae for one in figures),
        scrap_fraction=_mean(one.scrap_fraction for one in figures),
        hole_fraction=_mean(one.hole_fraction for one in figures),
        set_person_iou=over_set.person_iou if has_people else None,
        set_mean_iou=over_set.mean_iou if has_people else None,
        false_person_fraction=_mean(one.false_person_fraction for one in figures),
        calibration_error=reliability.calibration_error,
        noise_flicker=flicker,
        reliability=reliability,
        by_picture=tuple(figures),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    """Mean of the values that are not None; None where there are none."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _measure_speed(models: Sequence[ModelFile], threads: int) -> list[tuple[ModelFile, float, float]]:
    """Each model with its median time in milliseconds on ``threads`` threads and on one."""
    networks = [(model.onnx_path, model.spec) for model in models]
    shared = measure_median_ms(networks, threads=threads)
    alone = shared if threads == 1 else measure_median_ms(networks, threads=1)
    return list(zip(models, shared, alone, strict=True))
