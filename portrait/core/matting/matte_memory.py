"""Memory of a video's mattes, written again when nobody holds them any more."""

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from portrait.native.cells import CelledMatte

_MOST = 6
"""Mattes that are kept: those of a session's frames under way, and those that a window holds."""


@dataclass(slots=True, eq=False)
class _Kept:
    """Memory with the cells of what it holds, and the array over it that was given last, which all its views hold."""

    matte: CelledMatte
    given: weakref.ref[Any]


class MatteMemory:
    """Gives mattes to be written that still hold an earlier one, so that most of their cells are right already.

    A matte that was given is left alone as long as it or any view of it is held.
    """

    def __init__(self) -> None:
        self._kept: list[_Kept] = []

    def take(self, shape: tuple[int, int]) -> CelledMatte:
        """A matte of this (H, W), whose cells tell what it holds; who takes it writes both."""
        of_size = [kept for kept in self._kept if kept.matte.alpha.shape == shape]
        free = next((kept.matte for kept in of_size if kept.given() is None), None)
        matte = free or CelledMatte.unknown(np.empty(shape, np.float32))
        given = np.frombuffer(matte.alpha.data, np.float32)  # its views hold it, not the memory alone
        others = [kept for kept in of_size if kept.matte is not matte]
        self._kept = [*others, _Kept(matte, weakref.ref(given))][-_MOST:]
        return CelledMatte(given.reshape(shape), matte.cells)
