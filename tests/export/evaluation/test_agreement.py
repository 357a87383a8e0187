"""A network that looks at colour alone agrees with its mirror image and its crop, and with no grey image."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from export.cli.application import main


def test_what_depends_on_colour_is_told(
    red_onnx: Path, make_data_set: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data = [str(make_data_set("mine", count=3)), str(make_data_set("rooms", with_people=False))]
    words = ["agreement", "--model", str(red_onnx), "--data", *data, "--threads", "1"]
    assert main([*words, "--json"]) == 0
    people, rooms = json.loads(capsys.readouterr().out)
    assert (people["images"], people["only_one"], rooms["only_one"]) == (3, 0.0, 0.0)
    assert people["grey"] < 0.05
    assert min(people["qualities"], people["mirrored"], people["cropped"]) > 0.85
    assert [rooms[name] for name in ("qualities", "grey", "mirrored", "cropped")] == [1.0] * 4
    assert main(words) == 0
    assert "only one" in capsys.readouterr().out


def test_three_models_are_a_usage_error(red_onnx: Path, make_data_set: Callable[..., Path]) -> None:
    assert main(["agreement", "--model", *[str(red_onnx)] * 3, "--data", str(make_data_set("mine"))]) == 2
