"""Worst cases: which pictures, in which order, in which colours."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from export.data.data_set import find_data_set
from export.evaluation.evaluate import measure_set
from export.evaluation.worst_cases import (
    CAPTION_PX,
    CELL_PX,
    FALSE_PERSON,
    MARGIN_PX,
    MISSED_PERSON,
    VOID,
    draw_errors,
    draw_worst,
    find_worst,
)
from portrait.core.arrays import RgbImage


def find_in_left_half(image: RgbImage) -> np.ndarray:
    alpha = np.zeros(image.shape[:2], np.float32)
    alpha[:, :40] = image[:, :40, 0] > 128
    return alpha


def find_everywhere(image: RgbImage) -> np.ndarray:
    return np.ones(image.shape[:2], np.float32)


def is_tinted(pixel: np.ndarray, before: np.ndarray, color: tuple[int, int, int]) -> bool:
    """Whether it lies on the way from its former colour to that of its kind of error."""
    return np.allclose(pixel, 0.45 * before + 0.55 * np.asarray(color), atol=1.0)


def test_each_kind_of_error_has_its_colour() -> None:
    labelled = np.full((4, 40, 4), 100, np.uint8)
    labelled[..., 3] = np.repeat([0, 255, 128, 255], 10)
    alpha = np.repeat(np.array([1.0, 0.0, 1.0, 0.9], np.float32), 10)[None].repeat(4, axis=0)
    drawn, before = draw_errors(labelled, alpha), np.full(3, 100.0)
    assert is_tinted(drawn[1, 5], before, FALSE_PERSON)
    assert is_tinted(drawn[1, 15], before, MISSED_PERSON)
    assert is_tinted(drawn[1, 25], before, VOID)
    np.testing.assert_array_equal(drawn[1, 35], before)


def test_the_worst_come_first_whatever_their_set(make_data_set: Callable[..., Path]) -> None:
    folders = [make_data_set("people", count=3), make_data_set("nobody", with_people=False)]
    with ThreadPoolExecutor(1) as executor:
        sets = [measure_set([find_in_left_half], find_data_set(f), f.name, executor)[0] for f in folders]
        cases = find_worst(folders, sets, 4)
        sheet = draw_worst(cases, lambda _: find_in_left_half, executor)
    # The square moves to the right from picture to picture, so ever more of it is missed.
    assert [(case.set_name, case.figures.name) for case in cases][:3] == [
        ("people", "2.png"),
        ("people", "1.png"),
        ("people", "0.png"),
    ]
    assert cases[3].set_name == "nobody"
    assert sheet.shape == (CELL_PX + CAPTION_PX, 4 * (CELL_PX + MARGIN_PX), 3)


def test_a_picture_without_people_taken_for_one_is_the_worst(make_data_set: Callable[..., Path]) -> None:
    folders = [make_data_set("people"), make_data_set("nobody", with_people=False)]
    with ThreadPoolExecutor(1) as executor:
        sets = [measure_set([find_everywhere], find_data_set(f), f.name, executor)[0] for f in folders]
    cases = find_worst(folders, sets, 1)
    assert [(case.set_name, case.figures.false_person_fraction) for case in cases] == [("nobody", 1.0)]
