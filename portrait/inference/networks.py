"""Which networks an engine works with: opened by the model and the subject that were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from portrait.inference.joint_segmenter import join_networks
from portrait.inference.lazy import LazySegmenter
from portrait.inference.model_store import CLASSES_MODEL, PEOPLE_SUBJECTS, Quality, find_model
from portrait.inference.second_opinion import open_second_opinion
from portrait.inference.segmenter import ClassSegmenter, LabelSegmenter, OnnxSegmenter, Segmenter


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """The networks of ``fast`` and ``fine``, and the one that ``fine`` asks for a second opinion."""

    fast: Segmenter
    fine: Segmenter
    second_opinion: LabelSegmenter | None = None


def _is_more_than_people(subject: Sequence[str]) -> bool:
    """Whether a subject, by the names of its classes, needs a network of classes; none are people."""
    return not PEOPLE_SUBJECTS.issuperset(subject)


def networks_for(people: Networks, subject: Sequence[str], open_classes: Callable[[], ClassSegmenter]) -> Networks:
    """The networks that find a subject: those for people alone, or joined with a network of classes.

    Parameters
    ----------
    people
        Networks for people; not opened, where they are lazy and the subject has no people.
    subject
        Names of classes; none: people.
    open_classes
        Opens a network of classes, in which any subject may be chosen; called where it is needed.

    Raises
    ------
    ModelError
        It cannot be opened, or does not know a class.
    """
    if not _is_more_than_people(subject):
        return people
    things = open_classes()
    return Networks(join_networks(people.fast, things, subject), join_networks(people.fine, things, subject))


def open_networks(
    bundled_dir: Path,
    model: str | Path | None,
    subject: Sequence[str] = (),
    *,
    threads: int | None = None,
    provider: str = "cpu",
) -> Networks:
    """Open the networks of a model for a subject. Those that not every image needs are opened at their first use.

    Parameters
    ----------
    bundled_dir
        Folder of the bundled models.
    model
        Name or path, which serves both qualities; None: the bundled one of each, and for things that of classes.
    subject
        Names of classes that are kept sharp; none: people.
    threads, provider
        As `OnnxSegmenter` takes them.

    Raises
    ------
    ModelError
        No such model, it cannot be opened, or does not know the subject.
    """
    open_one = partial(OnnxSegmenter, threads=threads, provider=provider)
    fast_path, fine_path = (find_model(model, bundled_dir, quality) for quality in get_args(Quality))
    if not model and _is_more_than_people(subject):
        fast_people, fine_people = (LazySegmenter(partial(open_one, path)) for path in (fast_path, fine_path))
        people = Networks(fast_people, fine_people)
        return networks_for(people, subject, lambda: open_one(find_model(CLASSES_MODEL, bundled_dir)))
    fast = open_one(fast_path, subject=subject)
    is_same = fine_path == fast_path
    fine = fast if is_same else LazySegmenter(partial(open_one, fine_path, subject=subject))
    return Networks(fast, fine, None if model else open_second_opinion(bundled_dir, threads, provider))
