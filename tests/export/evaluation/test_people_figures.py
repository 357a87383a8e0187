"""People told apart on numbered images: with true masks, with a network, and where nobody is numbered."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.cli.application import main


@pytest.fixture
def numbered(tmp_path: Path) -> Path:
    """Green images with two red people apart, and of the second image two who cannot be told apart by their mask."""
    folder = tmp_path / "street"
    for name in ("images", "masks", "instances"):
        (folder / name).mkdir(parents=True)
    for index, gap in enumerate((20, 0)):
        instances = np.zeros((60, 100), np.uint8)
        instances[10:50, 20:40], instances[10:50, 40 + gap : 62 + gap] = 1, 2
        image = np.full((60, 100, 3), (0, 200, 0), np.uint8)
        image[instances > 0] = (255, 0, 0)
        Image.fromarray(image).save(folder / "images" / f"{index}.png")
        Image.fromarray(np.where(instances > 0, np.uint8(255), np.uint8(0))).save(folder / "masks" / f"{index}.png")
        Image.fromarray(instances).save(folder / "instances" / f"{index}.png")
    return folder


def test_recall_and_quality_by_set_and_model(
    numbered: Path, red_onnx: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["people", "--data", str(numbered), "--model", str(red_onnx), "--threads", "1", "--json"]) == 0
    true, found = json.loads(capsys.readouterr().out)
    assert (true["model"], found["model"]) == ("the true masks", red_onnx.stem)
    assert true["images"] == 2
    assert true["counts"]["found"] == 3, "of the second image the larger one, whose IoU with both is just above a half"
    assert true["counts"]["missed"] == 1
    assert found["counts"]["found"] >= 2
    assert true["counts_of_several"] == true["counts"]


def test_a_table_fits_and_names_its_columns(numbered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["people", "--data", str(numbered)]) == 0
    shown = capsys.readouterr().out
    assert "PQ" in shown
    assert "0.750" in shown


def test_a_set_without_numbers_is_a_user_error(
    make_data_set: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["people", "--data", str(make_data_set("selfie"))]) == 1
    assert "instances/" in capsys.readouterr().err
