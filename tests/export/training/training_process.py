"""Training in processes of their own, set up as torchrun sets them up, and killed on demand.

They are forked from a server that has torch in memory already: starting an interpreter would take longer than training.
"""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import wait

import torch
from torch import Tensor, nn

from export import models
from export.training import train
from export.training.config import TrainConfig
from export.training.distributed import open_world

_START_METHODS = multiprocessing.get_all_start_methods()
_CONTEXT = multiprocessing.get_context("forkserver" if "forkserver" in _START_METHODS else "spawn")
_TIME_LIMIT_S = 200.0


class PlainFinder(nn.Module):
    """No batch norm, full precision: the mean over samples is all that ties them together."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 8, 3, padding=1)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        with torch.autocast("cpu", enabled=False):
            return {"out": self.head(self.body(image).relu())}


def run_processes(
    configs: Sequence[TrainConfig], *, size: int = 1, kill_step: int | None = None, store_port: int = 0, life: int = 0
) -> list[int | None]:
    """Train with each configuration in turn, by ``size`` processes; their exit codes.

    The last process kills itself before step ``kill_step``; when one ends badly, the others are ended too. With a port,
    the processes meet at the store there, which outlives them, for the ``life``-th time after the first.
    """
    _CONTEXT.set_forkserver_preload(["torch._dynamo", "export.training.train", __name__])
    environments = [
        {
            **{"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size)},
            **{"MASTER_ADDR": "localhost", "MASTER_PORT": str(store_port)},
            **{"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": str(life)},
        }
        for rank in range(size)
    ]
    kill_steps = [kill_step if rank == size - 1 else None for rank in range(size)]
    processes = [
        _CONTEXT.Process(target=_train, args=(environment, configs, step))
        for environment, step in zip(environments, kill_steps, strict=True)
    ]
    for process in processes:
        process.start()
    running = list(processes)
    while running:
        wait([process.sentinel for process in running], _TIME_LIMIT_S)
        if all(process.is_alive() for process in running) or any(process.exitcode for process in processes):
            for process in running:
                process.kill()
        running = [process for process in running if process.is_alive()]
    return [process.exitcode for process in processes]


def _train(environment: dict[str, str], configs: Sequence[TrainConfig], kill_step: int | None) -> None:
    """In the process: every run leaves this process's weights as ``rank-N.pt`` in its folder."""
    os.environ.update(environment)
    models.ARCHITECTURES = {**models.ARCHITECTURES, "plain_finder": PlainFinder}
    networks = {}
    train_step = train.train_step

    def watch(run: train.Run, *minibatch: Tensor) -> None:
        if run.state.step == kill_step:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        train_step(run, *minibatch)
        networks[run.config.out_dir] = run.state.network

    train.train_step = watch
    with open_world("cpu"):
        for config in configs:
            train.run_training(config)
    for out_dir, network in networks.items():
        torch.save(network.state_dict(), out_dir / f"rank-{environment['RANK']}.pt")
