"""Checks at the door of the native passes, which check nothing themselves but the order of indices."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def require(is_met: bool, message: str) -> None:
    """Raise ValueError with a message unless a requirement is met."""
    if not is_met:
        raise ValueError(message)


def require_array(array: Any, name: str, dtype: DTypeLike, shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Check type and shape of an array, None standing for any side, and give its shape.

    Raises
    ------
    TypeError
        Not an array, or of another type.
    ValueError
        Of another shape.
    """
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        raise TypeError(f"{name} must be an array of {np.dtype(dtype)}")
    fits = array.ndim == len(shape) and all(
        wanted in (None, side) for side, wanted in zip(array.shape, shape, strict=True)
    )
    require(fits, f"{name} must be {shape}, got {array.shape}")
    return tuple(array.shape)
