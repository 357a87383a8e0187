"""The contact sheet: what is drawn over a sample, and the command."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.cli.application import main
from export.data.contact_sheet import HATCH, OUTLINES, draw_sample, tile
from export.data.transforms import PRESETS


def test_the_person_is_outlined_and_what_is_not_judged_hatched() -> None:
    image, label = np.full((40, 60, 3), 50, np.uint8), np.zeros((40, 60), np.uint8)
    label[10:30, 10:30], label[:, 40:] = 255, 128
    person = np.where(label == 255, label, 0)
    person[20:] = 0
    drawn = draw_sample(image, np.stack([person, label]))
    assert (drawn[10, 10:30] == OUTLINES[1]).all()
    assert (drawn[19, 11:29] == OUTLINES[0]).all()
    assert (drawn[12:18, 15:25] == 50).all()
    is_hatched = (drawn == HATCH).all(axis=2)
    assert 0.1 < is_hatched[:, 40:].mean() < 0.5
    assert not is_hatched[:, :40].any()
    assert (image == 50).all()


def test_a_last_row_that_is_not_full_is_filled_with_black() -> None:
    cells = [np.full((4, 5, 3), value, np.uint8) for value in (1, 2, 3)]
    sheet = tile(cells, 2)
    assert sheet.shape == (8, 10, 3)
    assert [sheet[0, 0, 0], sheet[0, 5, 0], sheet[4, 0, 0], sheet[4, 5, 0]] == [1, 2, 3, 0]


@pytest.fixture
def words(make_data_set: Callable[..., Path]) -> list[str]:
    people, rooms = make_data_set("people/train"), make_data_set("rooms", with_people=False)
    folders = [str(people.parent), str(rooms)]
    return ["contact-sheet", "--data", *folders, "--size", "48", "--rows", "2", "--columns", "3"]


@pytest.mark.parametrize("preset", ["plain", "scenes", "varied"])
def test_a_seed_gives_a_sheet(tmp_path: Path, words: list[str], preset: str) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("first", "again", "other")]
    for path, seed in zip(paths, ("1", "1", "2"), strict=True):
        assert main([*words, "--preset", preset, "-o", str(path), "--seed", seed]) == 0
    first, again, other = (np.asarray(Image.open(path)) for path in paths)
    assert first.shape == (96, 144, 3)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_evaluation_shows_each_picture_once(tmp_path: Path, words: list[str]) -> None:
    assert main([*words, "--preset", "eval", "-o", str(tmp_path / "eval.png")]) == 0
    sheet = np.asarray(Image.open(tmp_path / "eval.png"))
    cells = sheet.reshape(2, 48, 3, 48, 3).swapaxes(1, 2).reshape(6, -1)
    assert sum(cell.any() for cell in cells) == 4  # two pictures with people, two without


def test_an_unknown_preset_is_a_usage_error(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--preset", "wild", "-o", str(tmp_path / "x.png")]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in (*PRESETS, "eval"))


def test_no_pictures_is_a_user_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contact-sheet", "--data", str(tmp_path), "-o", str(tmp_path / "x.png")]) == 1
    assert "no pictures" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()
