"""The command line: what the user types, sees and gets back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from safetensors.torch import save_file
from torch import nn

from export.cli import card as card_module
from export.cli import train as train_module
from export.cli.application import app, main
from export.cli.options import parse_size, repeat_options, split_data_dirs
from export.errors import DataError
from export.models.published import PublishedWeights
from export.training.config import TrainConfig
from portrait.core.model_spec import ModelSpec
from portrait.inference.segmenter import OnnxSegmenter


@pytest.fixture
def red_weights(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of published weights for an architecture named "red_finder"."""
    monkeypatch.setattr("export.models.published.PUBLISHED", {"red_finder": PublishedWeights(person_spec)})
    path = tmp_path / "red.safetensors"
    save_file(red_finder.state_dict(), path)
    return path


def test_convert_evaluate_card(
    tmp_path: Path, red_weights: Path, make_data_set: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    model, data = tmp_path / "red.onnx", [str(make_data_set(name)) for name in ("one", "two")]
    assert main(["convert", "--checkpoint", str(red_weights), "--arch", "red_finder", "-o", str(model)]) == 0
    assert "differs from torch by" in capsys.readouterr().out
    assert main(["evaluate", "--model", str(model), "--data", *data, "--json", "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert [one["name"] for one in json.loads(printed)["models"][0]["sets"]] == ["one", "two"]
    (tmp_path / "figures.json").write_text(printed, encoding="utf-8")
    assert main(["card", "--model", str(model), "--figures", str(tmp_path / "figures.json")]) == 0
    assert "| one | 2 | **red** |" in model.with_suffix(".md").read_text(encoding="utf-8")
    assert main(["evaluate", "--model", str(model), "--data", data[0], "--threads", "1"]) == 0
    assert "person IoU" in " ".join(capsys.readouterr().out.split())


def test_fixed_size(tmp_path: Path, red_weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["convert", "--checkpoint", str(red_weights), "--arch", "red_finder", "--size", "33x47"]
    assert main([*words, "-o", str(tmp_path / "red.onnx"), "--name", "scarlet"]) == 0
    assert "1×3×33×47" in capsys.readouterr().out
    assert OnnxSegmenter(tmp_path / "red.onnx", threads=1).spec.name == "scarlet"


def test_user_error_is_one_line_and_a_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--checkpoint", str(tmp_path / "none.pt"), "-o", str(tmp_path / "x.onnx")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("error: there is no")
    assert said[1].startswith("hint: ")


@pytest.mark.parametrize(
    "argv",
    [
        ["convert"],
        ["unknown"],
        ["train", "--data", "d", "--out", "o", "--arch", "hrnet"],
        ["convert", "--checkpoint", "c", "-o", "x.onnx", "--size", "big"],
    ],
)
def test_usage_errors_are_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert "Usage" in capsys.readouterr().err


def test_help_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("train", "evaluate", "convert", "card"))


def test_a_bug_is_seventy_with_its_traceback(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(card_module, "load_figures", broken)
    assert main(["card", "--model", "m.onnx", "--figures", "f.json"]) == 70
    assert "ZeroDivisionError: a bug" in caplog.text


def test_figures_that_are_none_are_a_user_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "figures.json").write_text("[]")
    assert main(["card", "--model", "m.onnx", "--figures", str(tmp_path / "figures.json")]) == 1
    assert "does not hold evaluation figures" in capsys.readouterr().err


def test_train_hands_its_options_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[TrainConfig] = []

    def record(config: TrainConfig) -> Path:
        seen.append(config)
        return config.out_dir / "checkpoint.pt"

    monkeypatch.setattr(train_module, "run_training", record)
    (tmp_path / "selfie" / "train").mkdir(parents=True)
    (tmp_path / "selfie" / "val").mkdir()
    data = [str(tmp_path / "selfie"), str(tmp_path / "rooms")]
    assert main(["train", "--data", *data, "--out", str(tmp_path / "run"), "--epochs", "3", "--size", "128"]) == 0
    (config,) = seen
    assert config.train_dirs == (tmp_path / "selfie" / "train", tmp_path / "rooms")
    assert config.val_dirs == (tmp_path / "selfie" / "val",)
    assert (config.epochs, config.input_size_px, config.out_dir) == (3, 128, tmp_path / "run")
    assert config.arch == TrainConfig(train_dirs=(), out_dir=Path()).arch


def test_training_error_reaches_the_user(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: TrainConfig) -> Path:
        raise DataError("no pictures in d", "a hint")

    monkeypatch.setattr(train_module, "run_training", refuse)
    assert main(["train", "--data", "d", "--out", "o"]) == 1
    assert capsys.readouterr().err == "error: no pictures in d\nhint: a hint\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("evaluate --data a b --json", "evaluate --data a --data b --json"),
        ("evaluate --data a --data b", "evaluate --data a --data b"),
        ("evaluate --model m n --data a b c", "evaluate --model m --model n --data a --data b --data c"),
        ("convert -o x --size 1x2", "convert -o x --size 1x2"),
    ],
)
def test_several_values_after_one_option(typed: str, meant: str) -> None:
    assert repeat_options(typed.split()) == meant.split()


def test_sizes_are_height_by_width() -> None:
    assert parse_size("256x192") == (256, 192)
    for wrong in ("256", "0x4", "axb", "-1x2"):
        with pytest.raises(typer.BadParameter):
            parse_size(wrong)


def test_data_folders_without_train_are_for_training() -> None:
    assert split_data_dirs([Path("rooms")]) == ((Path("rooms"),), ())


def test_command_names_are_the_published_ones() -> None:
    names: list[Any] = [command.name for command in app.registered_commands]
    assert names == [
        *("train", "evaluate", "groups", "people", "agreement", "convert", "quantize", "architectures", "study"),
        *("card", "contact-sheet"),
    ]


def test_arguments_of_the_network_are_read_and_checked() -> None:
    arch = "deeplabv3plus_mobilenet_v2"
    words = ["width_multiplier=0.75", "skip_channels=[48]"]
    assert train_module.parse_network(arch, words) == {"width_multiplier": 0.75, "skip_channels": [48]}
    for wrong in ("width_multiplier", "width_multiplier=wide", "wings=2"):
        with pytest.raises(typer.BadParameter):
            train_module.parse_network(arch, [wrong])
