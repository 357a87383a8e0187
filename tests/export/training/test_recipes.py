"""The shipped models' stages: each started from the one before, kept when done, gone on with when cut short."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import pytest
import torch
from torch import Tensor, nn

from export.cli import train as command
from export.cli.application import main
from export.data.sources import find_closed
from export.data.transforms import PRESETS
from export.errors import ExportError
from export.models import ARCHITECTURES
from export.models.checkpoint import read_checkpoint
from export.onnx.loading import load_onnx, read_spec
from export.training import recipes, train
from export.training.config import Distillation, LossWeights, TrainConfig
from export.training.recipes import RECIPES, Average, Stage, plan_stage, run_recipe
from portrait.files.system.assets import asset_path


@pytest.fixture
def given(
    tmp_path: Path, red_finder: nn.Module, make_data_set: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> TrainConfig:
    """What a user gives for a recipe "tiny" of two stages with two steps each."""
    stage = TrainConfig(
        train_dirs=(), out_dir=Path(), arch="red_finder", input_size_px=32, epochs=1, minibatch_size=4, name="tiny"
    )
    stages = (Stage("first", stage), Stage("second", replace(stage, seed=1, input_size_px=48)))
    monkeypatch.setattr(recipes, "RECIPES", MappingProxyType({"tiny": stages}))
    weights = tmp_path / "start.pt"
    torch.save(red_finder.state_dict(), weights)
    return TrainConfig(
        train_dirs=(make_data_set("people", count=8),),
        out_dir=tmp_path / "out",
        initial_weights=weights,
        device="cpu",
        threads=1,
        workers=0,
        checkpoint_every_steps=1,
    )


def test_stages_follow_each_other_and_are_done_once(
    given: TrainConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps: list[tuple[str, int]] = []
    step = train.train_step

    def die_in_second(run: train.Run, *minibatch: Tensor) -> None:
        steps.append((run.config.out_dir.name, run.state.step))
        if steps.count(("2-second", 1)) == 1:
            raise KeyboardInterrupt
        step(run, *minibatch)

    monkeypatch.setattr(train, "train_step", die_in_second)
    with pytest.raises(KeyboardInterrupt):
        run_recipe("tiny", given)
    assert steps == [("1-first", 0), ("1-first", 1), ("2-second", 0), ("2-second", 1)]
    first = given.out_dir / "1-first" / "checkpoint.pt"
    written = first.stat().st_mtime_ns
    last = run_recipe("tiny", given)
    assert last == given.out_dir / "2-second" / "checkpoint.pt"
    assert steps[4:] == [("2-second", 1)]
    assert first.stat().st_mtime_ns == written
    assert read_checkpoint(last)["step"] == 2
    assert run_recipe("tiny", given) == last
    assert len(steps) == 5
    assert "stage 2 of 2: second" in capsys.readouterr().out


def test_a_stage_starts_from_the_averaged_weights_of_the_one_before(
    given: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: dict[str, Tensor] = {}
    step = train.train_step

    def watch(run: train.Run, *minibatch: Tensor) -> None:
        started.setdefault(run.config.out_dir.name, run.state.network.state_dict()["head.weight"].clone())
        step(run, *minibatch)

    monkeypatch.setattr(train, "train_step", watch)
    run_recipe("tiny", given)
    ended = read_checkpoint(given.out_dir / "1-first" / "checkpoint.pt")
    assert torch.equal(started["2-second"], ended["ema"]["head.weight"])
    assert not torch.equal(started["2-second"], ended["model"]["head.weight"])
    assert not torch.equal(started["1-first"], started["2-second"])


def test_a_recipe_without_weights_is_refused(given: TrainConfig) -> None:
    with pytest.raises(ExportError, match="starts from weights") as caught:
        run_recipe("tiny", replace(given, initial_weights=None))
    assert "--weights" in caught.value.hint
    assert not given.out_dir.exists()


def test_the_user_says_where_and_the_stage_says_how(tmp_path: Path) -> None:
    given = TrainConfig(
        train_dirs=(Path("a"),),
        val_dirs=(Path("b"),),
        unlabelled_dirs=(Path("c"),),
        out_dir=tmp_path,
        epochs=99,
        seed=99,
        distillation=Distillation((Path("t.onnx"),)),
        device="cuda",
        threads=7,
        workers=5,
    )
    stage = RECIPES["live"][1]
    assert isinstance(stage, Stage)
    planned = plan_stage(stage, 2, tmp_path / "w.pt", given)
    assert planned.out_dir == tmp_path / "2-sharpen"
    assert planned.cache_dir == tmp_path / "cache"
    assert (planned.train_dirs, planned.val_dirs, planned.unlabelled_dirs) == ((Path("a"),), (Path("b"),), (Path("c"),))
    assert (planned.device, planned.threads, planned.workers) == ("cuda", 7, 5)
    assert planned.distillation == given.distillation
    assert planned.initial_weights == tmp_path / "w.pt"
    assert (planned.epochs, planned.seed, planned.losses) == (stage.config.epochs, 1, stage.config.losses)


def test_the_shipped_recipes_can_be_built() -> None:
    for name, stages in RECIPES.items():
        runs = [stage for stage in stages if isinstance(stage, Stage)]
        assert runs[-1].config.name == f"portrait-{name}"
        for run in runs:
            assert run.config.arch in ARCHITECTURES
            assert run.config.preset in PRESETS
        assert len({stage.name for stage in stages}) == len(stages)
        seeds = [run.config.seed for run in runs]
        assert all(a != b for a, b in pairwise(seeds)), "else a stage would draw the pictures of the one before again"


def test_a_mean_is_of_stages_before_it() -> None:
    for stages in RECIPES.values():
        for index, stage in enumerate(stages):
            if isinstance(stage, Average):
                before = {earlier.name for earlier in stages[:index]}
                assert {name.removesuffix("@start") for name, _ in stage.shares} <= before


def test_the_command_hands_a_recipe_its_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[str, TrainConfig]] = []

    def record(name: str, config: TrainConfig) -> Path:
        seen.append((name, config))
        return config.out_dir

    monkeypatch.setattr(command, "run_recipe", record)
    words = ["train", "--recipe", "live", "--data", "d", "--weights", "w", "--out", str(tmp_path)]
    teachers = ["--teacher", "a.onnx", "--teacher", "b.pt", "--unlabelled", "u", "--device", "cpu"]
    assert main([*words, *teachers]) == 0
    ((name, config),) = seen
    assert name == "live"
    assert config.distillation.teachers == (Path("a.onnx"), Path("b.pt"))
    assert config.unlabelled_dirs == (Path("u"),)
    assert config.device == "cpu"


@pytest.mark.parametrize(
    "words",
    [
        ["--data", "d", "--recipe", "best"],
        ["--data", "d", "--recipe", "live", "--weights", "w", "--epochs", "3"],
        ["--data", "d", "--loss", "lovasz"],
        ["--data", "d", "--loss", "hinge=1"],
        ["--data", "d", "--loss", "iou=-1"],
        ["--data", "d", "--loss", "iou=nan"],
        ["--data", "d", "--preset", "wild"],
        [],
    ],
)
def test_usage_errors(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--out", str(tmp_path / "o"), *words]) == 2
    assert "Usage" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_losses_are_read_on_top_of_the_defaults() -> None:
    assert command.parse_losses(["lovasz=0.5", "iou=0"]) == LossWeights(lovasz=0.5, iou=0.0)
    assert command.parse_losses([]) == LossWeights()


def test_a_mean_takes_its_place_among_the_stages(given: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = recipes.RECIPES["tiny"]
    mean = Average("mean", (("first", 1.0), ("second", 3.0)))
    monkeypatch.setattr(recipes, "RECIPES", MappingProxyType({"tiny": (*stages, mean)}))
    path = run_recipe("tiny", given)
    assert path == given.out_dir / "3-mean" / "checkpoint.pt"
    first, second = (read_checkpoint(given.out_dir / name / "checkpoint.pt")["ema"] for name in ("1-first", "2-second"))
    for name, tensor in read_checkpoint(path)["ema"].items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, 0.25 * first[name] + 0.75 * second[name])
    written = path.stat().st_mtime_ns
    assert run_recipe("tiny", given) == path
    assert path.stat().st_mtime_ns == written


def test_a_mean_may_be_with_the_weights_that_a_stage_started_from(
    given: TrainConfig, red_finder: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = (recipes.RECIPES["tiny"][0], Average("kept", (("first@start", 0.5), ("first", 0.5))))
    monkeypatch.setattr(recipes, "RECIPES", MappingProxyType({"tiny": stages}))
    mean = read_checkpoint(run_recipe("tiny", given))["ema"]
    start, end = red_finder.state_dict(), read_checkpoint(given.out_dir / "1-first" / "checkpoint.pt")["ema"]
    assert not torch.equal(start["head.weight"], end["head.weight"])
    torch.testing.assert_close(mean["head.weight"], 0.5 * (start["head.weight"] + end["head.weight"]))


@pytest.mark.parametrize("name", ["live", "photo"])
def test_a_bundled_file_comes_from_the_last_stages_of_its_recipe(name: str) -> None:
    spec = read_spec(load_onnx(asset_path("models") / f"portrait-{name}.onnx"))
    last = [stage.config for stage in RECIPES[name] if isinstance(stage, Stage)][-1]
    assert spec is not None
    assert f"-{last.input_size_px}px-{last.epochs}ep-seed{last.seed}" in spec.training_id


def test_the_open_recipe_refuses_sets_without_an_open_licence(given: TrainConfig) -> None:
    with pytest.raises(ExportError, match="does not train on people") as caught:
        run_recipe("open", given)
    assert "leave these sets out" in caught.value.hint
    assert not given.out_dir.exists()
    assert find_closed(["fullbody", "everyday", "noperson", "lecture", "my-own"]) == []
