"""Distributed data-parallel training: one process, or several that ``torchrun`` started and that share each minibatch.

With N processes each takes 1/N of every minibatch. Losses are normalised over the whole minibatch, so the gradient
equals that of a single process. Batch norm can differ: on CUDA its statistics are those of the whole minibatch
(SyncBatchNorm); on a CPU, where torch has no SyncBatchNorm, each process normalises with the statistics of its own
share, and the running statistics that are kept are those of the first process.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import Sampler

from export.errors import ExportError

SampleKey = tuple[int, int]
"""(epoch, position)."""


@dataclass(frozen=True, slots=True)
class World:
    """The processes of one training run, seen from one of them."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that validates and writes files."""
        return self.rank == 0

    def require_divides(self, minibatch_size: int) -> None:
        """Refuse a minibatch that cannot be shared out evenly.

        Raises
        ------
        ExportError
            It cannot.
        """
        if minibatch_size % self.size:
            fitting = max(1, round(minibatch_size / self.size)) * self.size
            raise ExportError(
                f"a minibatch of {minibatch_size} cannot be shared by {self.size} processes",
                f"take --minibatch-size {fitting}, or another number of processes",
            )


@contextmanager
def open_world(device: str = "auto") -> Iterator[World]:
    """Join the processes that torchrun started (gloo on a CPU, NCCL on CUDA); alone without torchrun.

    torch cannot join a process group twice in one process (https://github.com/pytorch/pytorch/issues/55967). To do
    several runs, open one block around all of them; the block that each run opens inside it then joins nothing.

    Parameters
    ----------
    device
        As `export.training.config.TrainConfig` has it.

    Raises
    ------
    ExportError
        No such device here.
    """
    chosen = choose_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield World(chosen)
    elif distributed.is_initialized():
        yield World(chosen, distributed.get_rank(), distributed.get_world_size())
    else:
        rank, size = _join("nccl" if chosen.type == "cuda" else "gloo")
        try:
            yield World(chosen, rank, size)
        finally:
            distributed.destroy_process_group()


def _join(backend: str) -> tuple[int, int]:
    """Join the process group; returns rank and number of processes once all have joined."""
    store, rank, size = next(rendezvous("env://"))
    # WORKAROUND https://github.com/pytorch/pytorch/issues/135712: when torchrun restarts the processes
    # (--max-restarts), its store still holds the addresses of the earlier ones.
    store = PrefixStore(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"), store)
    distributed.init_process_group(backend, store=store, rank=rank, world_size=size)
    return rank, size


def choose_device(device: str, local_rank: int = 0) -> torch.device:
    """The device of a process, the ``local_rank``-th on its machine.

    Raises
    ------
    ExportError
        No such device here.
    """
    if device not in {"auto", "cpu", "cuda"}:
        raise ExportError(f"there is no device {device!r}", "take auto, cpu or cuda")
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if local_rank >= torch.cuda.device_count():
        raise ExportError(
            f"process {local_rank + 1} of this machine finds {torch.cuda.device_count()} CUDA devices",
            "start no more processes than devices, or take --device cpu",
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def synchronise_batch_norm(network: nn.Module, world: World) -> nn.Module:
    """Replace batch norm by SyncBatchNorm where there are several processes on CUDA; else the same network."""
    if world.size == 1 or world.device.type != "cuda":
        return network
    synchronised: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
    return synchronised


def make_replica(network: nn.Module, world: World) -> nn.Module:
    """Wrap the network in ``DistributedDataParallel``, which averages gradients over the processes.

    All processes start from the weights of the first. The losses do not use ``aux_classifier``, which so gets no
    gradient; ``find_unused_parameters`` allows that.
    """
    if world.size == 1:
        return network
    has_unused = any(name.startswith("aux_classifier.") for name, _ in network.named_parameters())
    return DistributedDataParallel(network, find_unused_parameters=has_unused)


def mean_over_ranks(value: Tensor) -> Tensor:
    """All-reduce mean of a tensor over the processes, without gradient; the tensor itself where there is only one."""
    if not distributed.is_initialized():
        return value
    total = value.detach().clone()
    distributed.all_reduce(total)
    return total / distributed.get_world_size()


def wait_for_all() -> None:
    """Barrier: after it, files that the first process wrote before it are there for all."""
    if distributed.is_initialized():
        distributed.barrier()


class RankSampler(Sampler[list[SampleKey]]):
    """Distributed sampler: the share of one process in every minibatch."""

    def __init__(self, minibatches: Iterable[list[SampleKey]], world: World) -> None:
        self._minibatches = minibatches
        self._world = world

    def __iter__(self) -> Iterator[list[SampleKey]]:
        for keys in self._minibatches:
            yield keys[self._world.rank :: self._world.size]
