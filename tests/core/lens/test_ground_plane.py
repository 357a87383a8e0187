"""Where the floor is, from the outline of who stands on it."""

import cv2
import numpy as np
import pytest

from portrait.core.arrays import AlphaMatte
from portrait.core.lens.floor import find_floor
from portrait.core.lens.ground_plane import Ground, find_ground

HEIGHT, WIDTH = 400, 300


def standing(foot_row: int = 360, height_px: int = 300, column: int = 150, shape: tuple[int, int] = (HEIGHT, WIDTH)):
    """Head, trunk and two legs."""
    alpha = np.zeros(shape, np.float32)
    top, part = foot_row - height_px, height_px / 8
    cv2.ellipse(alpha, (column, round(top + part / 2)), (round(0.4 * part), round(0.55 * part)), 0, 0, 360, 1.0, -1)
    trunk = (column - part, top + 0.9 * part, column + part, top + 4 * part)
    legs = [
        (
            column + side * 0.5 * part - 0.35 * part,
            top + 4 * part - 1,
            column + side * 0.5 * part + 0.35 * part,
            foot_row,
        )
        for side in (-1, 1)
    ]
    for left, upper, right, lower in (trunk, *legs):
        alpha[round(upper) : round(lower), max(0, round(left)) : round(right)] = 1.0
    return alpha


def half_figure(bottom: int) -> AlphaMatte:
    """Head and chest, cut off straight."""
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(alpha, (150, 100), (40, 55), 0, 0, 360, 1.0, -1)
    alpha[150:bottom, 60:240] = 1.0
    return alpha


def test_the_floor_is_in_focus_at_the_feet_and_all_blurred_at_the_eyes() -> None:
    ground = find_ground(standing(foot_row=360, height_px=300))
    assert ground is not None
    assert ground.near == pytest.approx(360 / HEIGHT, abs=0.01)
    assert ground.near - 0.05 < ground.far < ground.near
    assert 60 / HEIGHT < ground.horizon < 110 / HEIGHT


def test_the_answer_does_not_depend_on_the_number_of_pixels() -> None:
    alpha = standing()
    small, large = find_ground(alpha), find_ground(cv2.resize(alpha, (3 * WIDTH, 3 * HEIGHT)))
    assert small is not None
    assert large is not None
    assert [small.near, small.far, small.horizon] == pytest.approx([large.near, large.far, large.horizon], abs=0.01)


@pytest.mark.parametrize(
    "alpha",
    [
        np.zeros((HEIGHT, WIDTH), np.float32),
        np.ones((HEIGHT, WIDTH), np.float32),
        half_figure(HEIGHT),
        half_figure(330),
        standing(foot_row=600, height_px=560),
        np.full((1, 1), 1.0, np.float32),
    ],
    ids=["nobody", "all", "selfie", "behind a table", "cut at the hips", "one pixel"],
)
def test_without_feet_there_is_no_floor(alpha: AlphaMatte) -> None:
    assert find_ground(alpha) is None
    assert find_floor(alpha) is None


def test_the_floor_is_sharp_from_the_nearest_feet_to_the_farthest() -> None:
    people = np.maximum(standing(370, 300, 90), standing(340, 270, 210))
    ground = find_ground(people)
    assert ground is not None
    floor = find_floor(people)
    assert floor is not None
    assert floor.shape == people.shape
    defocus = floor[:, 0]
    assert not defocus[340:370].any()
    assert defocus[300] > 0.0 > defocus[385]


def test_a_distant_passer_by_does_not_move_the_floor() -> None:
    alone = find_ground(standing(370, 300, 90))
    assert find_ground(np.maximum(standing(370, 300, 90), standing(200, 90, 250))) == alone


def test_blur_grows_linearly_from_the_feet_to_the_horizon_and_slowly_before_them() -> None:
    column = Ground(near=0.9, far=0.88, horizon=0.2).defocus_map(1000, 3)[:, 1]
    assert column[:200] == pytest.approx(1.0, abs=2e-3)
    slopes = np.diff(column[210:870])
    assert slopes == pytest.approx(-1.0 / 680.0, rel=0.02)
    assert column[880:900] == pytest.approx(0.0, abs=1e-6)
    assert -0.16 < column[-1] < column[950] < 0.0


def test_even_people_as_high_as_the_picture_leave_a_floor() -> None:
    alpha = standing(foot_row=395, height_px=395)
    ground = find_ground(alpha)
    assert ground is None or 0.0 <= ground.horizon < ground.far
    defocus = Ground(0.3, 0.29, 0.1).defocus_map(HEIGHT, WIDTH)
    assert float(defocus.min()) == -1.0  # bounded, however near the floor comes


def test_feet_too_far_apart_are_not_kept_sharp_together() -> None:
    """A stage with somebody at its front and somebody at its back: the floor between them is not all in focus."""
    ground = find_ground(np.maximum(standing(370, 300, 90), standing(200, 170, 230)))
    assert ground is not None
    defocus = ground.defocus_map(HEIGHT, 1)[:, 0]
    assert not defocus[360:369].any()
    assert defocus[200] > 0.1
    assert ground.near - ground.far == pytest.approx(0.35 * 300 / HEIGHT, abs=0.02)


def test_who_is_cut_at_the_ankles_stands_a_little_below_the_frame() -> None:
    ground = find_ground(standing(foot_row=415, height_px=340))
    assert ground is not None
    assert 1.0 <= ground.near < 1.1
    defocus = ground.defocus_map(HEIGHT, 1)[:, 0]
    assert 0.0 <= defocus[-1] < 0.1


def test_a_wide_skirt_does_not_hide_that_somebody_stands() -> None:
    alpha = standing()
    cv2.fillConvexPoly(alpha, np.array([[120, 150], [180, 150], [215, 320], [85, 320]]), 1.0)
    ground = find_ground(alpha)
    assert ground is not None
    assert ground.near == pytest.approx(360 / HEIGHT, abs=0.01)


def test_who_sits_or_lies_far_away_is_on_the_floor_and_seen_from_above() -> None:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[270:320, 70:230] = 1.0
    ground = find_ground(alpha)
    assert ground is not None
    assert ground.near == pytest.approx(320 / HEIGHT, abs=0.01)
    assert ground.horizon < 270 / HEIGHT


def test_a_bystander_is_as_blurred_from_head_to_feet_as_the_floor_is_there() -> None:
    main, other = standing(370, 320, 90), standing(220, 150, 240)
    plain, floor = find_floor(main), find_floor(main, [cv2.resize(other, (WIDTH // 2, HEIGHT // 2))])
    assert plain is not None
    assert floor is not None
    inside = floor[cv2.erode(other, np.ones((5, 5))) > 0.5]
    assert np.ptp(inside) == 0.0
    assert inside[0] == pytest.approx(float(plain[219, 0]), abs=0.02)
    np.testing.assert_array_equal(floor[:, :180], plain[:, :180])


def test_a_bystander_beside_the_subject_is_not_sharp() -> None:
    main, other = standing(370, 320, 90), standing(368, 300, 230)
    floor = find_floor(main, [other])
    assert floor is not None
    assert floor[200, 230] >= 0.4 - 1e-6
