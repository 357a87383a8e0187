import math

import pytest

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import THIRD_STOPS, Lens


def test_thin_lens_textbook_value() -> None:
    # 50 mm f/2 focused at 1.5 m, background at infinity: c = 50² / (2 · 1450) mm.
    assert Lens().circle_of_confusion_mm(2.0) == pytest.approx(2500.0 / 2900.0)


def test_background_in_the_focal_plane_is_sharp() -> None:
    assert Lens(background_distance_m=1.5).circle_of_confusion_mm(1.4) == 0.0


def test_nearer_subject_blurs_more() -> None:
    near, far = Lens(focus_distance_m=0.8), Lens(focus_distance_m=3.0)
    assert near.circle_of_confusion_mm(2.0) > far.circle_of_confusion_mm(2.0)


@pytest.mark.parametrize(
    "arguments",
    [
        {"focus_distance_m": 0.04},
        {"focus_distance_m": 1.5, "background_distance_m": 1.0},
        {"focal_length_mm": 0.0},
        {"focus_distance_m": math.nan},
    ],
)
def test_impossible_lens_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="focal length"):
        Lens(**arguments)


def test_third_stops_are_engraved_values_a_third_of_a_stop_apart() -> None:
    assert (THIRD_STOPS[0], THIRD_STOPS[-1]) == (1.4, 16.0)
    exact = [2.0 ** (third / 6.0) for third in range(3, 25)]
    assert pytest.approx(exact, rel=0.03) == THIRD_STOPS
    assert all(BlurOptions(f_number=stop).f_number == stop for stop in THIRD_STOPS)


def test_distance_follows_from_the_size_on_the_sensor() -> None:
    # 0.42 m wide through 50 mm, 21 mm wide on a sensor with a diagonal of 43.27 mm: magnification 1 : 20.
    assert Lens(50.0).distance_m(0.42, 21.0 / math.hypot(36.0, 24.0)) == pytest.approx(0.05 * 21.0)
