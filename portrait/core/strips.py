"""Strips: full-resolution work in rows that fit the cache, one after the other or several at once."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import cv2
from threadpoolctl import threadpool_limits

Item = TypeVar("Item")

Answer = TypeVar("Answer")

STRIP_PIXELS = 256 * 1024
"""Full-resolution float work is done in strips of about this many pixels: they stay in a core's cache, and
memory does not grow with the image.
"""


class StripMap(Protocol):
    """Runs a function on strips: the built-in ``map``, one after the other, or an executor's ``map``, in parallel.

    The work on a strip never waits for that on another.
    """

    def __call__(self, function: Callable[[Item], Answer], items: Iterable[Item], /) -> Iterable[Answer]: ...


def stay_in_calling_thread() -> None:
    """Switch off the threads of OpenCV and of NumPy's BLAS in this process: a call runs in the thread that makes it.

    On strips that fit a core's cache, handing work to other threads costs as much as it gains, and takes cores from the
    network, the next frame and the next photo. Those of OpenBLAS also wait for their next product in a busy loop.
    """
    cv2.setNumThreads(1)
    threadpool_limits(limits=1, user_api="blas")


def strips(height: int, width: int, multiple: int = 1, most: int | None = None) -> Iterator[slice]:
    """Row slices of at most about `STRIP_PIXELS` pixels, and of ``most`` rows; their starts are multiples of
    ``multiple``.
    """
    wanted = min(STRIP_PIXELS // max(1, width), height if most is None else most)
    rows = max(1, wanted // multiple) * multiple
    for start in range(0, height, rows):
        yield slice(start, min(height, start + rows))
