"""The shared library of native passes: found, checked against its sources and loaded once; or absent."""

import ctypes
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ARRAY, _SIZE, _FLOAT = ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_float

Argument = NDArray[Any] | int | float
"""What is given to a pass: its arrays, sizes and numbers."""

SIGNATURES: Mapping[str, Sequence[type]] = {
    "upsample_rows": (_ARRAY, *[_SIZE] * 5, _ARRAY),
    "upsample_light": (_ARRAY, *[_SIZE] * 5, _ARRAY),
    "find_cells": (_ARRAY, _SIZE, _SIZE, _ARRAY),
    "downsample_background": (*[_ARRAY] * 3, _SIZE, _SIZE, _ARRAY, _ARRAY, *[_SIZE] * 4, _ARRAY, _ARRAY),
    "inpaint": (_ARRAY, _ARRAY, *[_SIZE] * 3, _FLOAT, _SIZE, _ARRAY),
    "find_soft": (_ARRAY, _ARRAY, *[_SIZE] * 3, _FLOAT, _FLOAT, _ARRAY, _ARRAY),
    "learn_models": (_ARRAY, _ARRAY, *[_SIZE] * 7, *[_FLOAT] * 5, _ARRAY, _ARRAY),
    "unmix": (_ARRAY, _ARRAY, _SIZE, _SIZE, _ARRAY, _SIZE, _ARRAY, *[_SIZE] * 5, _FLOAT, *[_ARRAY] * 3),
    "guided_coefficients": (_ARRAY, _ARRAY, _SIZE, _SIZE, _SIZE, _FLOAT, _ARRAY),
    "apply_coefficients": (_ARRAY, _SIZE, _SIZE, _SIZE, _ARRAY, *[_SIZE] * 3, _FLOAT, _ARRAY),
    "sweep_distances": (_ARRAY, *[_SIZE] * 3, *[_ARRAY] * 3),
    "measure_motion": (_ARRAY, _ARRAY, _SIZE, _SIZE, _FLOAT, _FLOAT, _FLOAT, _ARRAY),
    "network_input": (_ARRAY, _SIZE, _SIZE, _ARRAY, _ARRAY, _SIZE, _SIZE, _ARRAY),
    "survey": (_ARRAY, _SIZE, _FLOAT, _ARRAY),
    "encode_levels": (_ARRAY, _SIZE, _ARRAY, _ARRAY),
    "composite_light": (_ARRAY, _ARRAY, _SIZE, _ARRAY, _ARRAY, _SIZE, _ARRAY, _FLOAT, *[_ARRAY] * 3),
    "follow": (_ARRAY, _ARRAY, _SIZE, _SIZE, _ARRAY, _SIZE, _SIZE, _FLOAT, _ARRAY),
    "follow_coefficients": (
        *(_ARRAY, *[_SIZE] * 3, _ARRAY, _SIZE, _SIZE, _ARRAY, _ARRAY),
        *(_ARRAY, _SIZE, _SIZE, _FLOAT, _ARRAY, _ARRAY),
    ),
    "composite_upsampled": (
        *(_ARRAY, _SIZE, _SIZE, *[_ARRAY] * 3, _SIZE, _SIZE),
        *(_ARRAY, _ARRAY, _SIZE, _ARRAY, _ARRAY),
    ),
    "composite": (*[_ARRAY] * 3, _SIZE, _ARRAY, _ARRAY, *[_SIZE] * 3, _ARRAY, _ARRAY),
}
"""Arguments of the passes, as in ``source``. Each answers with a status."""

_OUT_OF_MEMORY, _NOT_FINITE, _BAD_INDEX = 1, 2, 3

_BUILDS = ("v3", "v2", "plain")


@dataclass(frozen=True, slots=True)
class Library:
    """A loaded library.

    Attributes
    ----------
    build
        Its name: the level of x86-64 that it needs, or ``plain``.
    compiler
        What it was compiled with.
    """

    passes: ctypes.CDLL
    build: str
    compiler: str


@dataclass(slots=True)
class _Use:
    """Whether the library is used where there is one."""

    is_on: bool = True


_use = _Use()


def find_library() -> Library | None:
    """The library, loaded at the first call; None where there is none that fits, or within `without_library`."""
    return load() if _use.is_on else None


def has_library() -> bool:
    """Whether `call` may be used; otherwise NumPy does the work."""
    return find_library() is not None


@contextmanager
def without_library() -> Iterator[None]:
    """Do all work with NumPy, in every thread: for comparisons."""
    before, _use.is_on = _use.is_on, False
    try:
        yield
    finally:
        _use.is_on = before


def call(name: str, *arguments: Argument) -> None:
    """Run a pass of `SIGNATURES`, without the interpreter's lock.

    Whoever calls has checked shapes and sizes; here every array is checked to be C-contiguous.

    Raises
    ------
    ValueError
        An array is not C-contiguous, or an index is out of bounds or not ascending.
    FloatingPointError
        Light that is NaN or infinite.
    MemoryError
        There is not enough.
    """
    library = find_library()
    if library is None:
        raise RuntimeError("there is no native library")
    status = getattr(library.passes, name)(*[_address(item) for item in arguments])
    if status == _OUT_OF_MEMORY:
        raise MemoryError(name)
    if status == _NOT_FINITE:
        raise FloatingPointError("light must be finite: some values are NaN or infinite")
    if status == _BAD_INDEX:
        raise ValueError("an index is out of bounds or not ascending")


def _address(argument: Argument) -> int | float:
    if not isinstance(argument, np.ndarray):
        return argument
    if not argument.flags.c_contiguous:
        raise ValueError("a native pass needs arrays that are C-contiguous")
    return int(argument.__array_interface__["data"][0])  # faster than argument.ctypes.data


@cache
def load() -> Library | None:
    """Load the best build that this processor runs; None where there is none."""
    package = files("portrait.native")
    digest = _digest_sources(package.joinpath("source"))
    for build in _BUILDS:
        library = _open(package.joinpath("library", build + _suffix()), build, digest)
        if library is not None:
            return library
    return None


def _suffix() -> str:
    return {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def _open(path: Traversable, build: str, digest: str) -> Library | None:
    """Load a build if it is there, comes from these sources, and runs on this processor."""
    if not path.is_file():
        return None
    try:
        passes = ctypes.CDLL(str(path))
        passes.source_digest.restype = passes.compiler.restype = ctypes.c_char_p
        level = int(passes.cpu_level())
        is_fit = passes.source_digest() == digest.encode() and level >= {"v2": 2, "v3": 3}.get(build, 0)
        if not is_fit:
            return None
        for name, arguments in SIGNATURES.items():
            getattr(passes, name).argtypes = arguments
        return Library(passes, build, passes.compiler().decode())
    except (OSError, AttributeError):  # of another system, or damaged
        return None


def _digest_sources(folder: Traversable) -> str:
    """As `portrait.native.build.digest_sources` does."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if path.name.endswith((".c", ".h")):
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
