"""Another focus shifts the defocus, and a focal range has soft ends."""

import numpy as np
import pytest

from portrait.core.lens.focal_range import refocus, soften
from portrait.core.lens.focus import focus_text, parse_focus
from portrait.core.render.look import Look

RAMP = np.linspace(-1.0, 1.0, 2001, dtype=np.float32)[None, :].repeat(3, axis=0)


@pytest.mark.parametrize("focal_range", [0.05, 0.3, 0.5, 0.9])
def test_a_range_is_sharp_has_soft_ends_and_keeps_the_far_as_it_was(focal_range: float) -> None:
    row = soften(RAMP, focal_range)[0]
    assert row[0] == pytest.approx(-1.0, abs=1e-5)
    assert row[-1] == pytest.approx(1.0, abs=1e-5)
    assert not row[np.abs(RAMP[0]) <= focal_range].any()
    steps = np.diff(row)
    assert (steps >= 0.0).all(), "what is farther away is never less blurred"
    assert np.abs(np.diff(steps)).max() < 0.03 * steps.max(), "the slope has no jump"
    assert np.allclose(row, -row[::-1], atol=1e-6)


def test_without_a_range_nothing_changes() -> None:
    assert soften(RAMP, 0.0) is RAMP
    for wrong in (-0.1, 0.95, float("nan")):
        with pytest.raises(ValueError, match="focal_range"):
            Look(focal_range=wrong)


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A person in the middle; on the left something half as far, on the right far away."""
    defocus, alpha = np.zeros((60, 90), np.float32), np.zeros((60, 90), np.float32)
    defocus[:, :30], defocus[:, 60:] = -0.4, 0.8
    alpha[10:, 35:55] = 1.0
    return defocus, alpha


def test_a_point_is_in_focus_and_the_person_is_not() -> None:
    defocus, alpha = scene()
    far, matte = refocus(defocus, alpha, (0.9, 0.5), 0.0)
    assert not matte.any(), "nothing is sharp whatever the map says"
    assert np.abs(far[:, 60:]).max() < 1e-6
    assert far[30, 45] == pytest.approx(-0.8)
    assert far[:, :30].min() == -1.0, "clipped"
    near, _ = refocus(defocus, alpha, (0.1, 0.5), 0.0)
    assert near[30, 45] == pytest.approx(0.4)
    assert near[30, 80] == 1.0


@pytest.mark.parametrize("focus", [None, (0.5, 0.6)])
def test_the_person_in_focus_changes_nothing(focus) -> None:
    defocus, alpha = scene()
    found, matte = refocus(defocus, alpha, focus, 0.0)
    assert found is defocus
    assert matte is alpha


def test_the_form_of_a_focus() -> None:
    assert parse_focus("auto") is None
    assert parse_focus(" 0.25,1") == (0.25, 1.0)
    assert parse_focus(focus_text((0.1234, 0.5))) == (0.123, 0.5)
    assert focus_text(None) == "auto"
    for wrong in ("", "0.5", "0.5,0.5,0.5", "a,b", "1.2,0", "nan,0.5"):
        with pytest.raises(ValueError, match=r"."):
            parse_focus(wrong)
    with pytest.raises(ValueError, match="point"):
        Look(focus=(-1.0, 0.0))
