import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.lens import BlurOptions, Lens, radius_px_to_fraction


def test_thin_lens_textbook_value() -> None:
    # 50 mm f/2 focused at 1.5 m, background at infinity: c = 50² / (2 · 1450) mm.
    assert Lens().circle_of_confusion_mm(2.0) == pytest.approx(2500.0 / 2900.0)


def test_background_in_the_focal_plane_is_sharp() -> None:
    assert Lens(background_distance_m=1.5).circle_of_confusion_mm(1.4) == 0.0


def test_nearer_subject_blurs_more() -> None:
    near, far = Lens(focus_distance_m=0.8), Lens(focus_distance_m=3.0)
    assert near.circle_of_confusion_mm(2.0) > far.circle_of_confusion_mm(2.0)


@pytest.mark.parametrize(
    "arguments", [{"focus_distance_m": 0.04}, {"background_distance_m": 1.0}, {"focal_length_mm": 0.0}]
)
def test_impossible_lens_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="focal length"):
        Lens(**arguments)


@given(st.floats(1.4, 16.0), st.floats(1.4, 16.0))
def test_a_smaller_f_number_never_blurs_less(first: float, second: float) -> None:
    wide, narrow = sorted((first, second))
    assert BlurOptions(f_number=wide).blur_radius_px(480, 640) >= BlurOptions(f_number=narrow).blur_radius_px(480, 640)


def test_radius_scales_with_the_picture() -> None:
    options = BlurOptions(f_number=2.8)
    assert options.blur_radius_px(3000, 4000) == pytest.approx(10.0 * options.blur_radius_px(300, 400))


def test_radius_in_pixels_overrides_the_f_number() -> None:
    options = BlurOptions(f_number=16.0, blur_radius_fraction=radius_px_to_fraction(12.0, 480, 640))
    assert options.blur_radius_px(480, 640) == pytest.approx(12.0)


@pytest.mark.parametrize(
    "arguments",
    [
        {"f_number": 1.0},
        {"f_number": math.nan},
        {"blur_radius_fraction": 0.3},
        {"highlight_boost": 1.5},
        {"aperture_shape": "heart"},
    ],
)
def test_options_out_of_range_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        BlurOptions(**arguments)  # type: ignore[arg-type]
