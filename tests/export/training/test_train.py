import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from export.errors import DataError, ExportError
from export.models.checkpoint import load_checkpoint, read_checkpoint
from export.training import train
from export.training.config import LossWeights, TrainConfig
from export.training.curves import EpochFigures, write_curves
from export.training.optimizer import learning_rate_factor
from export.training.selection import BEST_NAME, is_best
from export.training.state import CHECKPOINT_NAME, update_ema
from export.training.train import run_training


@pytest.fixture
def config(tmp_path: Path, red_finder: nn.Module, make_data_set: Callable[..., Path]) -> TrainConfig:
    """A run of two epochs of four steps on pictures of red people."""
    folder = make_data_set("people", count=4)
    return TrainConfig(
        train_dirs=(folder,),
        val_dirs=(folder, make_data_set("rooms", with_people=False)),
        out_dir=tmp_path / "run",
        arch="red_finder",
        input_size_px=32,
        epochs=2,
        minibatch_size=4,
        device="cpu",
        threads=1,
        workers=0,
        checkpoint_every_steps=2,
    )


def test_a_run_leaves_checkpoint_curves_and_samples(config: TrainConfig) -> None:
    path = run_training(config)
    network, spec = load_checkpoint(path)
    assert spec.input_height == 32
    assert not network.training
    with (config.out_dir / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(0.0 <= float(row[name]) <= 1.0 for row in rows for name in ("people", "rooms"))
    with Image.open(config.out_dir / "curve.png") as picture:
        assert picture.width > 1000
    assert len(list(config.out_dir.glob("samples-*.png"))) == 2
    best = read_checkpoint(config.out_dir / BEST_NAME)
    assert is_best([EpochFigures(**figures) for figures in best["epochs"]])


def test_an_end_of_epoch_cut_short_loses_and_doubles_no_row(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First before the checkpoint is written, then between checkpoint and curves."""
    run_training(replace(config, out_dir=config.out_dir.with_name("whole")))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    for dies_in in ("save_sample_sheet", "write_curves"):
        with monkeypatch.context() as patch:
            patch.setattr(train, dies_in, die)
            with pytest.raises(KeyboardInterrupt):
                run_training(config)
    run_training(config)
    rows = [(config.out_dir.with_name(name) / "curve.csv").read_bytes() for name in ("run", "whole")]
    assert rows[0] == rows[1]


def test_a_finished_run_is_neither_run_again_nor_mixed_with_other_settings(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, epochs=1)
    written = run_training(config).stat().st_mtime_ns
    moved = replace(config, out_dir=config.out_dir.rename(tmp_path / "moved"), checkpoint_every_steps=1)
    path = run_training(moved)
    assert path == tmp_path / "moved" / CHECKPOINT_NAME
    assert path.stat().st_mtime_ns == written
    with pytest.raises(ExportError, match="epochs was 1 and is now 3") as caught:
        run_training(replace(moved, epochs=3))
    assert "--out" in caught.value.hint
    with pytest.raises(ExportError, match="losses"):
        run_training(replace(moved, losses=LossWeights(lovasz=1.0)))


def test_every_loss_reaches_the_network_and_is_repeatable(config: TrainConfig) -> None:
    everything = LossWeights(lovasz=0.5, laplacian=0.5, consistency=5.0)
    paths = [
        run_training(replace(config, epochs=1, losses=losses, out_dir=config.out_dir / str(number)))
        for number, losses in enumerate((LossWeights(), everything, everything))
    ]
    weights = [read_checkpoint(path)["model"]["body.0.weight"] for path in paths]
    assert torch.equal(weights[1], weights[2])
    assert not torch.equal(weights[0], weights[1])


def test_fewer_pictures_than_a_minibatch_is_an_error(config: TrainConfig) -> None:
    with pytest.raises(DataError, match="minibatch"):
        run_training(replace(config, minibatch_size=500))


def test_the_schedule_rises_then_falls_to_zero() -> None:
    factors = [learning_rate_factor(step, 100, 0.1) for step in range(100)]
    assert factors[:10] == sorted(factors[:10])
    assert max(factors) == pytest.approx(1.0)
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[-1] < 0.01


def test_averaged_weights_follow_slowly_and_counters_at_once() -> None:
    network, ema = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    with torch.no_grad():
        network.weight.fill_(3.0)
        network.num_batches_tracked.fill_(5)  # type: ignore[union-attr, operator]
    update_ema(ema, network, 0.75)
    assert ema.weight.item() == pytest.approx(1.5)
    assert ema.num_batches_tracked == 5


def test_curves_take_sets_that_came_later(tmp_path: Path) -> None:
    epochs = [EpochFigures(1, 0.5, {"selfie": 0.9}, {}), EpochFigures(2, 0.25, {"selfie": 0.95, "groups": 0.8}, {})]
    write_curves(tmp_path, epochs)
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["groups"] for row in rows] == ["", "0.8000"]
    with Image.open(tmp_path / "curve.png") as picture:
        colors = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(colors[colors.max(axis=1) - colors.min(axis=1) > 100], axis=0)) >= 2
