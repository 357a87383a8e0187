"""Where the lens is focused, and how much around it stays sharp: the choice and its text form. Light to import."""

from typing import TypeAlias

FocusPoint: TypeAlias = tuple[float, float]
"""x as a share of the image's width, y of its height."""

FOCUS_FORM = "auto|X,Y"
"""How a focus is written: at the subject, or at a point by its shares of width and height."""

FOCAL_RANGE_MAX = 0.9
"""In units of the defocus far behind the subject: with more nothing would be out of focus."""


def parse_focus(text: str) -> FocusPoint | None:
    """Read a focus in the form of `FOCUS_FORM`; None is the subject. Raises ValueError for anything else."""
    if text == "auto":
        return None
    x, y = (float(share) for share in text.split(","))
    require_focus((x, y))
    return x, y


def require_focus(point: FocusPoint | None) -> None:
    """Raise ValueError for a point that does not lie in the image."""
    if point is not None and not all(0.0 <= share <= 1.0 for share in point):
        raise ValueError(f"a point of the image lies in 0 … 1, got {point!r}")


def require_focal_range(focal_range: float) -> None:
    """Raise ValueError for a range that would leave nothing out of focus."""
    if not 0.0 <= focal_range <= FOCAL_RANGE_MAX:
        raise ValueError(f"focal_range must lie in 0 … {FOCAL_RANGE_MAX:g}, got {focal_range!r}")


def focus_text(point: FocusPoint | None) -> str:
    """The form of a focus that `parse_focus` reads; three digits are less than a finger's width."""
    return "auto" if point is None else f"{point[0]:.3f},{point[1]:.3f}"
