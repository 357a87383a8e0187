"""How many photos the cores and the memory of this machine, or of its container, allow to be processed at once."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

_ASSUMED_MEMORY_BYTES = 8 * 2**30
_MEMORY_SHARE = 0.5
_BYTES_PER_PIXEL = 32
"""Peak memory of one photo, from decoding to saving. JPEG needs less than 20; transparency and HEIC need more."""

_TYPICAL_PHOTO_PX = 12_000_000
_MAX_WORKERS = 8

CGROUP_ROOT = Path("/sys/fs/cgroup")
CGROUP_OF_PROCESS = Path("/proc/self/cgroup")


def pixel_budget() -> int:
    """Most pixels to process at once, by the memory; a larger photo is processed alone."""
    return int(_memory_bytes() * _MEMORY_SHARE / _BYTES_PER_PIXEL)


def worker_count(requested: int) -> int:
    """Number of workers: the requested one, or for 0 as many as cores and memory allow."""
    if requested > 0:
        return requested
    return max(1, min(_core_count(), pixel_budget() // _TYPICAL_PHOTO_PX, _MAX_WORKERS))


def threads_per_worker(requested: int) -> int:
    """Compute threads of the network for each of so many workers.

    One for workers whose number was given: then N workers use N cores. With 0, as for `worker_count`, the cores are
    shared out: where the memory allows fewer workers than there are cores, each has several.
    """
    return 1 if requested > 0 else max(1, _core_count() // worker_count(0))


def _core_count() -> int:
    """Cores that this process may use; a quota of 1.5 cores counts as two."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([cores, *(max(1, math.ceil(quota)) for quota in _core_quotas())])


def _memory_bytes() -> int:
    """Physical memory, an assumed amount where the system does not tell, or less where a container is given less."""
    memory = _ASSUMED_MEMORY_BYTES
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([memory, *_memory_limits()])


def _memory_limits() -> Iterator[int]:
    """Memory limits of the control groups of this process, in bytes; version 2, then version 1."""
    for name in ("memory.max", "memory.high"):  # above the second a process is slowed down to a crawl
        for text in _read_all("", name):
            yield from (int(word) for word in text.split() if word.isdecimal())
    for text in _read_all("memory", "memory.limit_in_bytes"):
        yield from (int(word) for word in text.split() if word.isdecimal())


def _core_quotas() -> Iterator[float]:
    """Cores that the control groups of this process may use over time; version 2, then version 1."""
    for text in _read_all("", "cpu.max"):
        quota, _, period = text.partition(" ")
        if quota.isdecimal() and period.strip().isdecimal():
            yield int(quota) / int(period)
    quotas, periods = (list(_read_all("cpu", f"cpu.cfs_{name}_us")) for name in ("quota", "period"))
    yield from (int(quota) / int(period) for quota, period in zip(quotas, periods, strict=False) if int(quota) > 0)


def _read_all(controller: str, name: str) -> Iterator[str]:
    """Contents of a file in the control group of this process and in all groups above it, where it is there.

    A container usually sees its own group as the root, so that the path in ``/proc/self/cgroup`` need not exist.
    """
    root = CGROUP_ROOT / controller
    below = _group_path(controller).strip("/")
    group = root / below
    for folder in (group, *group.parents):
        if folder.is_relative_to(root):
            try:
                yield (folder / name).read_text(encoding="ascii")
            except OSError:
                continue


def _group_path(controller: str) -> str:
    """Path of this process's control group: of a controller of version 1, or for an empty name of version 2."""
    try:
        lines = CGROUP_OF_PROCESS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controller in controllers.split(","):
            return path if ".." not in path else ""
    return ""
