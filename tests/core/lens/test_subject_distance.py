import cv2
import numpy as np
import pytest

from portrait.core.arrays import AlphaMatte
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.subject_distance import FARTHEST_M, NEAREST_M, DistanceSmoother, focus_on, subject_distance_m
from portrait.core.lens.thin_lens import Lens


def person(height: int, width: int, figure_px: float, top_px: float, x_px: float | None = None) -> AlphaMatte:
    """A standing figure of this height, 1.7 m in proportion: head, shoulders, trunk, legs. The frame may cut it."""
    alpha = np.zeros((height, width), np.float32)
    scale = figure_px / 1.7
    x = width / 2 if x_px is None else x_px

    def ellipse(y_m: float, half_width_m: float, half_height_m: float) -> None:
        center = (round(x * 16), round((top_px + y_m * scale) * 16))
        cv2.ellipse(
            alpha, center, (round(half_width_m * scale * 16), round(half_height_m * scale * 16)), 0, 0, 360, 1, -1, 8, 4
        )

    ellipse(0.12, 0.085, 0.12)
    ellipse(0.55, 0.22, 0.32)
    ellipse(1.2, 0.17, 0.5)
    return alpha


FRAMINGS = {
    "face": (2600.0, 100.0),
    "head and shoulders": (1500.0, 80.0),
    "half body": (800.0, 60.0),
    "whole": (420.0, 30.0),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_distance_of_a_figure_of_known_size(framing: str) -> None:
    figure_px, top_px = FRAMINGS[framing]
    truth = Lens().distance_m(1.7, figure_px / np.hypot(480.0, 640.0))
    assert subject_distance_m(person(480, 640, figure_px, top_px)) == pytest.approx(truth, rel=0.25)


def test_a_close_face_blurs_more_than_a_whole_figure() -> None:
    radii = [
        focus_on(BlurOptions(), person(480, 640, *framing)).blur_radius_px(480, 640) for framing in FRAMINGS.values()
    ]
    assert radii == sorted(radii, reverse=True)
    assert radii[0] > 3.0 * radii[-1]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_preview_and_file_agree(framing: str) -> None:
    alpha = person(1200, 1600, *(2.5 * side for side in FRAMINGS[framing]))
    preview = cv2.resize(alpha, (400, 300), interpolation=cv2.INTER_AREA)
    assert subject_distance_m(preview) == pytest.approx(subject_distance_m(alpha), rel=0.03)


def test_place_in_the_frame_and_mirror_do_not_matter() -> None:
    middle, left = person(480, 640, 420, 30), person(480, 640, 420, 30, x_px=150)
    assert subject_distance_m(left) == pytest.approx(subject_distance_m(middle), rel=0.03)
    assert subject_distance_m(np.ascontiguousarray(left[:, ::-1])) == pytest.approx(subject_distance_m(left), rel=0.03)


def test_a_longer_lens_stands_farther_away() -> None:
    alpha = person(480, 640, 800, 60)
    distances = [subject_distance_m(alpha, focal_length_mm) for focal_length_mm in (50.0, 85.0)]
    assert distances[0] is not None
    assert distances[1] == pytest.approx(distances[0] * 85.0 / 50.0)


def test_a_raised_hand_changes_little() -> None:
    alpha = person(480, 640, 1500, 80)
    distance_m = subject_distance_m(alpha)
    alpha[:300, 400:425] = 1.0
    assert subject_distance_m(alpha) == pytest.approx(distance_m, rel=0.35)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (1, 400), (300, 1), (97, 1400)])
@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_any_matte_gives_a_possible_distance_or_none(height: int, width: int, value: float) -> None:
    distance_m = subject_distance_m(np.full((height, width), value, np.float32))
    assert (distance_m is None) if value < 0.5 else (distance_m is None or NEAREST_M <= distance_m <= FARTHEST_M)


def test_a_speck_is_no_subject() -> None:
    alpha = np.zeros((480, 640), np.float32)
    assert subject_distance_m(alpha) is None
    alpha[100:103, 100:103] = 1.0
    assert subject_distance_m(alpha) is None
    assert focus_on(BlurOptions(), alpha) == BlurOptions()


def test_a_chosen_radius_or_distance_is_left_alone() -> None:
    alpha = person(480, 640, 1500, 80)
    for options in (BlurOptions(blur_radius_fraction=0.02), BlurOptions(lens=Lens(focus_distance_m=3.0))):
        assert focus_on(options, alpha) is options


def test_a_longer_lens_blurs_more_however_small_the_figure() -> None:
    for framing in FRAMINGS.values():
        alpha = person(480, 640, *framing)
        radii = [
            focus_on(BlurOptions(lens=Lens(focal_length_mm)), alpha).blur_radius_px(480, 640)
            for focal_length_mm in (50.0, 85.0, 200.0)
        ]
        # c = f · magnification / N: at the same framing in proportion to the focal length.
        assert [radius / radii[0] for radius in radii] == pytest.approx([1.0, 85.0 / 50.0, 4.0], rel=0.01)


def test_the_smoothed_distance_goes_to_the_new_one_without_turning_back() -> None:
    smoother = DistanceSmoother()
    assert smoother.smooth(1.0) == pytest.approx(1.0)
    path = [smoother.smooth(2.0) for _ in range(60)]
    assert path == sorted(path)
    assert path[0] < 1.1
    assert path[12] == pytest.approx(1.6, abs=0.1)  # two thirds of the way after half a second at 25 frames a second
    assert path[-1] == pytest.approx(2.0, rel=0.01)


def test_a_jumping_distance_is_calmed() -> None:
    smoother = DistanceSmoother()
    shown = [smoother.smooth(1.0 if frame % 2 else 1.5) for frame in range(60)][30:]
    assert max(shown) / min(shown) < 1.05
    assert np.prod(shown) ** (1.0 / len(shown)) == pytest.approx(np.sqrt(1.5), rel=0.02)


def test_while_nobody_is_seen_the_last_distance_holds() -> None:
    smoother = DistanceSmoother()
    assert smoother.smooth(None) is None
    smoother.smooth(3.0)
    assert smoother.smooth(None) == pytest.approx(3.0)
    smoother.reset()
    assert smoother.smooth(None) is None
    assert smoother.smooth(0.7) == pytest.approx(0.7)


def test_a_finger_pointing_upwards_does_not_send_anybody_far_away() -> None:
    """The trunk keeps what the top of the outline tells within a factor of 2, and that is one of two parts."""
    alone = person(480, 640, 800, 200)
    distances = []
    for width in (3, 6, 9):
        alpha = alone.copy()
        alpha[:260, 320 : 320 + width] = 1.0
        distances.append(subject_distance_m(alpha))
    assert max(distances) < 1.01 * min(distances)
    assert max(distances) < 1.5 * subject_distance_m(alone)


def test_the_height_of_a_whole_figure_counts_wherever_it_stands() -> None:
    """The lengths of one figure agree where the frame cuts it and where it does not, high up or low down."""
    whole = [subject_distance_m(person(1200, 900, 420.0, top_px)) for top_px in (60.0, 380.0, 700.0)]
    assert np.ptp(whole) < 0.02 * whole[0]
    assert whole[0] == pytest.approx(subject_distance_m(person(1200, 900, 420.0, 790.0)), rel=0.15)
