"""Strips: full-resolution work in rows that fit the cache, one after the other or several at once."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import cv2

Item = TypeVar("Item")

Answer = TypeVar("Answer")

STRIP_PIXELS = 256 * 1024
"""Full-resolution float work is done in strips of about this many pixels: they stay in a core's cache, and
memory does not grow with the image.
"""


class StripMap(Protocol):
    """How work on strips is run: as by the built-in ``map``, one after the other, or as by the ``map`` of an executor,
    several at once. A strip's work never waits for that of another.
    """

    def __call__(self, function: Callable[[Item], Answer], items: Iterable[Item], /) -> Iterable[Answer]: ...


def stay_in_calling_thread() -> None:
    """Keep OpenCV, in this process, from spreading single calls over several threads.

    On strips that fit a core's cache the hand-over costs as much as it gains, and takes the cores from the network, the
    next frame and the next photo.
    """
    cv2.setNumThreads(1)


def strips(height: int, width: int, multiple: int = 1, most: int | None = None) -> Iterator[slice]:
    """Row slices of at most about `STRIP_PIXELS` pixels, and of ``most`` rows; their starts are multiples of
    ``multiple``.
    """
    wanted = min(STRIP_PIXELS // max(1, width), height if most is None else most)
    rows = max(1, wanted // multiple) * multiple
    for start in range(0, height, rows):
        yield slice(start, min(height, start + rows))
