"""Real processes: one that is killed, and two against one."""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.distributed import TCPStore

from export.data.train_samples import EpochSampler
from export.errors import ExportError
from export.models.checkpoint import read_checkpoint
from export.training.config import TrainConfig
from export.training.distributed import RankSampler, World, choose_device, open_world
from export.training.state import CHECKPOINT_NAME
from export.training.train import run_training

CPU = torch.device("cpu")


def make_config(data: Path, out_dir: Path) -> TrainConfig:
    """Two epochs of four steps; the runs share their decoded pictures."""
    return TrainConfig(
        train_dirs=(data,),
        val_dirs=(data,),
        out_dir=out_dir,
        cache_dir=out_dir.parent / "cache",
        arch="plain_finder",
        input_size_px=32,
        epochs=2,
        minibatch_size=4,
        device="cpu",
        threads=1,
        workers=0,
        checkpoint_every_steps=2,
    )


@pytest.fixture
def run_processes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int | None]]:
    """`training_process.run_processes`, which the processes must be able to import."""
    folder = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([folder, *sys.path]))
    runner: Callable[..., list[int | None]] = importlib.import_module("training_process").run_processes
    return runner


def same(one: Any, other: Any) -> bool:
    """Whether nested containers of tensors and numbers are the same, bit by bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else bool(one == other)


def test_a_process_killed_inside_an_epoch_goes_on_bit_by_bit(
    tmp_path: Path, make_data_set: Callable[..., Path], run_processes: Callable[..., list[int | None]]
) -> None:
    whole = replace(
        make_config(make_data_set("people", count=16), tmp_path / "whole"),
        arch="deeplabv3plus_mobilenet_v2",
        network={"width_multiplier": 0.25, "aspp_channels": 8, "skip_channels": (4, 4), "decoder_channels": (8, 4)},
    )
    killed = replace(whole, out_dir=tmp_path / "killed")
    assert run_processes([killed], kill_step=7) == [-signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM]
    assert read_checkpoint(killed.out_dir / CHECKPOINT_NAME)["step"] == 6
    assert len((killed.out_dir / "curve.csv").read_text().splitlines()) == 2
    states = [read_checkpoint(run_training(config)) for config in (killed, whole)]
    for part in ("step", "epochs", "model", "ema", "optimizer"):
        assert same(states[0][part], states[1][part]), part
    assert (killed.out_dir / "curve.csv").read_bytes() == (whole.out_dir / "curve.csv").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="torch's Windows wheels come without the store torchrun uses")
def test_two_processes_train_as_one_and_survive_a_kill(
    tmp_path: Path, make_data_set: Callable[..., Path], run_processes: Callable[..., list[int | None]]
) -> None:
    """One of them is killed inside an epoch, and both are started anew, as by ``torchrun --max-restarts``."""
    data = make_data_set("people", count=16)
    alone, whole, killed = (make_config(data, tmp_path / name) for name in ("alone", "whole", "killed"))
    assert run_processes([alone]) == [0]
    store = TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    assert 0 not in run_processes([killed], size=2, kill_step=7, store_port=store.port)
    assert read_checkpoint(killed.out_dir / CHECKPOINT_NAME)["step"] == 6
    assert run_processes([killed, whole], size=2, store_port=store.port, life=1) == [0, 0]

    one, two, resumed = (read_checkpoint(config.out_dir / CHECKPOINT_NAME) for config in (alone, whole, killed))
    for rank in range(2):
        assert same(torch.load(whole.out_dir / f"rank-{rank}.pt"), dict(two["model"]))
    for part in ("step", "epochs", "model", "ema", "optimizer"):
        assert same(resumed[part], two[part]), part
    for name, tensor in two["model"].items():
        torch.testing.assert_close(one["model"][name], tensor, rtol=1e-4, atol=1e-5)
    losses = [[epoch["loss"] for epoch in state["epochs"]] for state in (one, two)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_the_shares_of_the_processes_make_up_every_minibatch() -> None:
    whole = list(EpochSampler(12, 4, epochs=2))
    shares = [list(RankSampler(whole, World(CPU, rank, 2))) for rank in range(2)]
    assert all(len(share) == 2 for shared in shares for share in shared)
    for minibatch, first, second in zip(whole, *shares, strict=True):
        assert sorted(first + second) == sorted(minibatch)


def test_a_minibatch_that_cannot_be_shared_is_refused() -> None:
    World(CPU, 0, 4).require_divides(24)
    with pytest.raises(ExportError, match="24 cannot be shared by 5 processes") as caught:
        World(CPU, 0, 5).require_divides(24)
    assert "--minibatch-size 25" in caught.value.hint


def test_a_run_refuses_it_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone in its group, but told that there are three."""
    monkeypatch.setenv("WORLD_SIZE", "3")
    group = SimpleNamespace(is_initialized=lambda: True, get_rank=lambda: 0, get_world_size=lambda: 3)
    monkeypatch.setattr("export.training.distributed.distributed", group)
    with pytest.raises(ExportError, match="3 processes"):
        run_training(make_config(tmp_path / "none", tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_without_torchrun_a_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with open_world("cpu") as world:
        assert world == World(CPU, 0, 1)
        assert world.is_first


def test_devices_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert choose_device("auto") == choose_device("cpu") == CPU
    with pytest.raises(ExportError, match="0 CUDA devices"):
        choose_device("cuda")
    with pytest.raises(ExportError, match="no device 'gpu'"):
        choose_device("gpu")
