import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.lens.aperture import Aperture
from portrait.core.lens.blur_options import BLUR_RADIUS_FRACTION_MAX, BlurOptions, radius_px_to_fraction
from portrait.core.lens.thin_lens import FOCUS_DISTANCES_M, Lens


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
        {"blade_curvature": -0.1},
        {"aperture_rotation_deg": math.inf},
        {"cats_eye": 1.1},
        {"swirl": math.nan},
    ],
)
def test_options_out_of_range_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments)).removeprefix("aperture_")):
        BlurOptions(**arguments)  # type: ignore[arg-type]


def test_a_longer_lens_blurs_more_at_the_same_framing() -> None:
    fraction = 0.2
    blurs = [
        Lens(focal, focus_distance_m=Lens(focal).distance_m(0.18, fraction)).circle_of_confusion_mm(2.0)
        for focal in (50.0, 85.0, 135.0)
    ]
    # c = f · magnification / N: at the same framing in proportion to the focal length.
    assert [blur / blurs[0] for blur in blurs] == pytest.approx([1.0, 85.0 / 50.0, 135.0 / 50.0])


def test_focusing_leaves_a_lens_that_is_focused_by_hand_alone() -> None:
    by_hand = BlurOptions(lens=Lens(focus_distance_m=2.0))
    assert by_hand.focused_at(0.7) is by_hand
    assert BlurOptions().focused_at(None) == BlurOptions()
    assert BlurOptions().focused_at(0.7).lens.focus_distance_m == 0.7


@given(st.floats(0.01, 100.0), st.floats(8.0, 800.0), st.floats(0.5, 50.0))
def test_any_subject_can_be_focused(distance_m: float, focal_length_mm: float, behind: float) -> None:
    background_m = focal_length_mm / 1000.0 * 2.0 * (1.0 + behind)
    options = BlurOptions(lens=Lens(focal_length_mm, None, background_m)).focused_at(distance_m)
    assert 0.0 <= options.blur_radius_px(480, 640) < math.inf


def test_a_nearer_subject_never_blurs_less() -> None:
    radii = [BlurOptions().focused_at(distance_m).blur_radius_px(480, 640) for distance_m in (0.4, 0.8, 1.5, 3.0, 9.0)]
    assert all(nearer > farther for nearer, farther in pairwise(radii))


@pytest.mark.parametrize(
    ("stated_mm", "expected_mm"),
    [(None, 50.0), (26.0, 50.0), (85.0, 85.0), (400.0, 200.0), (0.0, 50.0), (5000.0, 50.0), (math.nan, 50.0)],
)
def test_a_photo_is_rendered_by_a_portrait_lens(stated_mm: float | None, expected_mm: float) -> None:
    assert BlurOptions().taken_with(stated_mm).lens == Lens(expected_mm)


def test_a_focal_length_chosen_by_hand_wins_over_the_photos() -> None:
    by_hand = BlurOptions(lens=Lens(135.0))
    assert by_hand.taken_with(85.0) is by_hand


@pytest.mark.parametrize("distance_m", FOCUS_DISTANCES_M)
def test_any_photo_can_be_focused_at_any_distance_of_the_scale(distance_m: float) -> None:
    blur = BlurOptions(lens=Lens(focus_distance_m=distance_m))
    radii = [blur.taken_with(stated_mm).blur_radius_px(3000, 4000) for stated_mm in (None, 85.0, 400.0, 800.0)]
    assert all(nearer <= longer for nearer, longer in pairwise(radii))
    assert radii[-1] <= BLUR_RADIUS_FRACTION_MAX * 5000.0


def test_the_blur_ends_at_one_colour() -> None:
    macro = BlurOptions(f_number=1.4, lens=Lens(200.0, focus_distance_m=0.4))
    assert macro.blur_radius_px(300, 400) == BLUR_RADIUS_FRACTION_MAX * 500.0


def test_the_aperture_of_the_options_is_that_of_the_kernel() -> None:
    options = BlurOptions(
        aperture_shape="nonagon", blade_curvature=0.2, aperture_rotation_deg=12.0, cats_eye=0.3, swirl=0.4
    )
    assert options.aperture == Aperture("nonagon", 0.2, 12.0, 0.3, 0.4)
    assert not options.aperture.is_even
    assert BlurOptions().aperture.is_even
