"""A batch on a pool whose workers are lost while they work."""

import json
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portrait.batch import run as run_module
from portrait.batch.events import JobDone, JobStarted
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.plan import plan_batch
from portrait.batch.pool_executor import MOST_LOSSES, WorkerLost
from portrait.batch.ray_worker import ClusterOptions
from portrait.batch.run import BatchOptions, run_batch
from portrait.batch.work import JobOutcome, JobTask, make_job
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError

ON_CLUSTER = BatchOptions(cluster=ClusterOptions())


@dataclass
class FakePool:
    """Workers in this process. A task in ``losses`` ends its worker so often, after its file was written."""

    engine: PortraitEngine
    idle: int = 2
    losses: Counter[str] = field(default_factory=Counter)
    most_running: int = 0
    running: deque[JobTask] = field(default_factory=deque)

    def __enter__(self) -> "FakePool":
        return self

    def __exit__(self, *_: object) -> None:
        assert not self.running, "the pool is left when no worker works any more"

    @property
    def has_idle_worker(self) -> bool:
        return self.idle > 0

    def submit(self, task: JobTask) -> None:
        assert self.idle > 0, "back-pressure: no worker has two tasks"
        self.idle -= 1
        self.running.append(task)
        self.most_running = max(self.most_running, len(self.running))

    def wait(self) -> list[JobOutcome | WorkerLost]:
        if not self.running:
            raise PortraitError("No worker is left")
        task = self.running.popleft()
        self.idle += 1
        outcome = make_job(self.engine, task)
        name = task.prepared.job.source.name
        if self.losses[name] > 0:
            self.losses[name] -= 1
            task.outputs[0].with_name(".portrait-0123.part").write_bytes(b"half")
            return [WorkerLost(task)]
        return [outcome]


@pytest.fixture
def pool(engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch) -> FakePool:
    """The pool that a batch on a cluster gets."""
    pool = FakePool(engine)
    monkeypatch.setattr(run_module, "open_ray_pool", lambda *_: pool)
    return pool


def states(folder: Path) -> Counter[tuple[str, str]]:
    """How often each source has each state in the journal."""
    lines = (folder / JOURNAL_NAME).read_text("utf-8").splitlines()
    return Counter((values["source"], values["state"]) for values in map(json.loads, lines))


def test_lost_jobs_are_begun_again_and_nothing_is_lost_or_done_twice(
    photo_tree: Path, tmp_path: Path, pool: FakePool, run, summary_of, files_in
) -> None:
    pool.losses = Counter({"b.jpg": 1, "c.JPG": 2})
    events = run(photo_tree, tmp_path / "out", pool.engine, ON_CLUSTER)
    assert (summary_of(events).done, summary_of(events).failed) == (6, 0)
    ends = Counter(event.job.source.name for event in events if isinstance(event, JobDone))
    assert len(ends) == 6
    assert set(ends.values()) == {1}
    assert pool.most_running == 2
    local = tmp_path / "local"
    run(photo_tree, local, pool.engine)
    assert files_in(tmp_path / "out") == files_in(local), "no half files of lost workers are left"
    for name in files_in(local) - {JOURNAL_NAME}:
        assert (tmp_path / "out" / name).read_bytes() == (local / name).read_bytes()
    noted = states(tmp_path / "out")
    assert noted["b.jpg", "started"] == 2
    assert noted["trip/c.JPG", "started"] == 3
    assert {noted[source, "done"] for source, _ in noted} == {1}
    assert summary_of(run(photo_tree, tmp_path / "out", pool.engine)).skipped == 6, "the journal is the local one"


def test_a_photo_that_ends_every_worker_fails_alone(
    photo_tree: Path, tmp_path: Path, pool: FakePool, run, summary_of
) -> None:
    pool.losses["b.jpg"] = 99
    summary = summary_of(run(photo_tree, tmp_path / "out", pool.engine, ON_CLUSTER))
    assert (summary.done, [failure.job.source.name for failure in summary.failures]) == (5, ["b.jpg"])
    assert f"{MOST_LOSSES} workers were lost" in summary.failures[0].message
    assert pool.losses["b.jpg"] == 99 - MOST_LOSSES
    assert summary_of(run(photo_tree, tmp_path / "out", pool.engine)).done == 1


def test_cancelled_while_workers_are_lost(photo_tree: Path, tmp_path: Path, pool: FakePool, run, summary_of) -> None:
    pool.losses["a.png"] = 1
    cancel = threading.Event()
    events = []
    for event in run_batch(plan_batch(photo_tree, tmp_path / "out"), pool.engine, ON_CLUSTER, cancel):
        events.append(event)
        cancel.set()
    summary = summary_of(events)
    assert (summary.cancelled, summary.done, summary.left) == (True, 1, 5)
    assert summary_of(run(photo_tree, tmp_path / "out", pool.engine)).done == 5


def test_a_listener_that_leaves_finds_what_was_running_in_the_journal(
    photo_tree: Path, tmp_path: Path, pool: FakePool, run, summary_of
) -> None:
    pool.losses["b.jpg"] = 1
    events = run_batch(plan_batch(photo_tree, tmp_path / "out"), pool.engine, ON_CLUSTER)
    assert isinstance(next(events), JobStarted)
    assert isinstance(next(events), JobStarted)
    events.close()  # type: ignore[attr-defined]
    assert states(tmp_path / "out") == {("a.png", "started"): 1, ("b.jpg", "started"): 1, ("a.png", "done"): 1}
    assert summary_of(run(photo_tree, tmp_path / "out", pool.engine)).done == 5


def test_a_cluster_that_loses_its_last_worker_ends_the_batch_with_its_error(
    photo_tree: Path, tmp_path: Path, pool: FakePool
) -> None:
    pool.idle = 0
    with pytest.raises(PortraitError, match="No worker is left"):
        list(run_batch(plan_batch(photo_tree, tmp_path / "out"), pool.engine, ON_CLUSTER))


def test_a_foreign_file_and_a_bug_fail_their_own_jobs(
    photo_tree: Path, tmp_path: Path, pool: FakePool, caplog: pytest.LogCaptureFixture, monkeypatch, run, summary_of
) -> None:
    def broken(engine: PortraitEngine, source: Path, *others: object) -> None:
        raise ZeroDivisionError(f"a bug in {source.name}")

    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.jpg").write_bytes(b"mine")
    monkeypatch.setattr("portrait.batch.work.make_portrait_file", broken)
    summary = summary_of(run(photo_tree, tmp_path / "out", pool.engine, ON_CLUSTER))
    messages = {failure.job.source.name: failure.message for failure in summary.failures}
    assert len(messages) == 5
    assert [conflict.job.source.name for conflict in summary.conflicts] == ["b.jpg"]
    assert (tmp_path / "out" / "b.jpg").read_bytes() == b"mine"
    assert "a bug in c.JPG" in caplog.text
    assert "Traceback" in caplog.text
