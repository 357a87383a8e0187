"""Workers by what a container is given, not by what its host has."""

from pathlib import Path

import pytest

from portrait.batch import resources


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The control group of this process, without limits, on a machine of 64 cores."""
    monkeypatch.setattr(resources, "CGROUP_ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "CGROUP_OF_PROCESS", tmp_path / "of-process")
    monkeypatch.setattr(resources.os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    (tmp_path / "of-process").write_text("5:cpu,cpuacct:/old\n4:memory:/old\n0::/pods/one\n")
    for folder in ("pods/one", "cpu/old", "memory/old"):
        (tmp_path / "cgroup" / folder).mkdir(parents=True)
    return tmp_path / "cgroup"


def test_without_limits_the_machine_counts(group: Path) -> None:
    (group / "pods" / "one" / "memory.max").write_text("max\n")
    (group / "pods" / "one" / "cpu.max").write_text("max 100000\n")
    (group / "cpu" / "old" / "cpu.cfs_quota_us").write_text("-1\n")
    (group / "cpu" / "old" / "cpu.cfs_period_us").write_text("100000\n")
    assert resources._core_count() == 64
    assert resources.pixel_budget() > 0


@pytest.mark.parametrize("folder", ["pods/one", "pods", ""])
def test_the_limit_of_any_group_above_counts(group: Path, folder: str) -> None:
    (group / folder / "memory.max").write_text(f"{2**30}\n")
    (group / folder / "cpu.max").write_text("250000 100000\n")
    assert resources.pixel_budget() == 2**30 // 64
    assert resources._core_count() == 3
    assert resources.worker_count(0) == 1
    assert resources.worker_count(5) == 5
    (group / folder / "memory.high").write_text(f"{2**29}\n")
    assert resources.pixel_budget() == 2**29 // 64


def test_limits_of_version_1(group: Path) -> None:
    (group / "memory" / "memory.limit_in_bytes").write_text(f"{2**31}\n")
    (group / "cpu" / "old" / "cpu.cfs_quota_us").write_text("50000\n")
    (group / "cpu" / "old" / "cpu.cfs_period_us").write_text("100000\n")
    assert resources.pixel_budget() == 2**31 // 64
    assert resources._core_count() == 1


def test_a_system_without_control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "CGROUP_ROOT", tmp_path / "none")
    monkeypatch.setattr(resources, "CGROUP_OF_PROCESS", tmp_path / "none")
    assert resources.worker_count(0) >= 1


def test_cores_are_shared_out_among_workers(group: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resources.threads_per_worker(1) == 1, "one worker, one core: two make twice as much"
    assert resources.threads_per_worker(0) == 64 // resources.worker_count(0)
    monkeypatch.setattr(resources, "pixel_budget", lambda: 0)
    assert (resources.worker_count(0), resources.threads_per_worker(0)) == (1, 64)
    monkeypatch.setattr(resources.os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert resources.threads_per_worker(0) == 1
