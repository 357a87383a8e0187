import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from export import train
from export.checkpoint import load_checkpoint, read_checkpoint
from export.config import TrainConfig
from export.errors import DataError
from export.train import CHECKPOINT_NAME, learning_rate_factor, load_fitting, run_training, update_ema


@pytest.fixture
def config(tmp_path: Path, red_finder: nn.Module) -> TrainConfig:
    """A run of two epochs of two steps on six pictures of red people."""
    folder = tmp_path / "people"
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    rng = np.random.default_rng(0)
    for i in range(6):
        image = rng.integers(0, 120, (48, 48, 3), np.uint8)
        mask = np.zeros((48, 48), np.uint8)
        mask[10:40, 10 + i : 30 + i] = 255
        image[mask == 255] = (230, 30, 30)
        Image.fromarray(image).save(folder / "images" / f"{i}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
    return TrainConfig(
        train_dirs=(folder,),
        val_dirs=(folder,),
        out_dir=tmp_path / "run",
        arch="red_finder",
        input_size_px=32,
        epochs=2,
        minibatch_size=12,
        threads=1,
        workers=0,
        checkpoint_every_steps=1,
    )


def test_a_run_leaves_checkpoint_curve_and_samples(config: TrainConfig) -> None:
    path = run_training(config)
    network, spec = load_checkpoint(path)
    assert spec.input_height == 32
    assert not network.training
    with (config.out_dir / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert 0.0 <= float(rows[0]["people"]) <= 1.0
    assert len(list(config.out_dir.glob("samples-*.png"))) == 2


def test_a_killed_run_goes_on_with_the_numbers_it_would_have_had(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_checkpoint(run_training(config))
    resumed = replace(config, out_dir=config.out_dir.with_name("killed"))
    step = train.train_step

    def die_at_third(state: train.TrainState, *arguments: object) -> float:
        if state.step == 2:
            raise KeyboardInterrupt
        return step(state, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "train_step", die_at_third)
    with pytest.raises(KeyboardInterrupt):
        run_training(resumed)
    monkeypatch.setattr(train, "train_step", step)
    again = read_checkpoint(run_training(resumed))
    assert again["step"] == whole["step"] > 2
    for part in ("model", "ema"):
        for name, tensor in whole[part].items():
            torch.testing.assert_close(again[part][name], tensor, rtol=0, atol=0, msg=name)


def test_a_finished_run_is_not_run_again(config: TrainConfig) -> None:
    path = run_training(config)
    written = path.stat().st_mtime_ns
    assert run_training(config) == config.out_dir / CHECKPOINT_NAME
    assert path.stat().st_mtime_ns == written


def test_fewer_pictures_than_a_minibatch_is_an_error(config: TrainConfig) -> None:
    with pytest.raises(DataError, match="minibatch"):
        run_training(replace(config, minibatch_size=500))


def test_initial_weights_are_taken_where_they_fit(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 3))
    kept = network[1].weight.detach().clone()
    save_file({"0.weight": torch.full((2, 2), 7.0), "1.weight": torch.zeros(9, 9)}, tmp_path / "w.safetensors")
    load_fitting(network, tmp_path / "w.safetensors")
    assert (network[0].weight == 7.0).all()
    torch.testing.assert_close(network[1].weight, kept)
    save_file({"other": torch.zeros(1)}, tmp_path / "none.safetensors")
    with pytest.raises(DataError, match="no tensor"):
        load_fitting(network, tmp_path / "none.safetensors")


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
