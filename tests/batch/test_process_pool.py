"""A batch in processes of their own: what hangs, dies or asks for too much memory fails alone."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portrait.batch.events import BatchEvent, BatchSummary, JobStarted
from portrait.batch.plan import plan_batch
from portrait.batch.process_pool import WorkerLimits
from portrait.batch.run import BatchOptions, run_batch
from portrait.errors import PortraitError
from portrait.photo.options import FileOptions
from tests.batch.worker_engines import (
    DYING_PX,
    GREEDY_PX,
    HANGING_PX,
    open_row_engine,
    refuse_to_open,
)

FAST = FileOptions(quality="fast")


@pytest.fixture(autouse=True)
def _lost_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose worker is lost fails at once: each start of a process takes a while."""
    monkeypatch.setattr("portrait.batch.pool_executor.MOST_LOSSES", 1)


def limited(source: Path, target: Path, limits: WorkerLimits) -> Iterator[BatchEvent]:
    return run_batch(plan_batch(source, target), open_row_engine(), BatchOptions(FAST, workers=1, limits=limits))


@pytest.mark.slow  # three processes are started
def test_each_bad_file_fails_alone_and_the_rest_is_as_on_threads(
    write_photo: Callable[..., Path], files_in, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths = {"a": 64, "b": HANGING_PX, "c": DYING_PX, "d": 66} | ({"e": GREEDY_PX} if sys.platform == "linux" else {})
    for name, width in widths.items():
        write_photo(tmp_path / "in" / f"{name}.png", 48, width)
    limits = WorkerLimits(time_limit_s=300.0, memory_bytes=4 * 2**30, open_engine=open_row_engine)
    for event in limited(tmp_path / "in", tmp_path / "out", limits):
        if isinstance(event, JobStarted) and event.job.source.name == "b.png":  # its process waits for ever
            monkeypatch.setattr("portrait.batch.process_pool.monotonic", lambda: time.monotonic() + 1000.0)
        summary = event
    assert isinstance(summary, BatchSummary)
    said = {failure.job.source.name: failure.message for failure in summary.failures}
    assert "took more than 300 s" in said.pop("b.png")
    assert "lost while they worked" in said.pop("c.png")
    assert all("Not enough memory" in text for text in said.values())
    assert (summary.done, summary.failed) == (2, len(widths) - 2)
    # The others are made as they are on threads, and nothing is left behind.
    for name in widths.keys() - {"a", "d"}:
        (tmp_path / "in" / f"{name}.png").unlink()
    list(run_batch(plan_batch(tmp_path / "in", tmp_path / "plain"), open_row_engine(), BatchOptions(FAST, workers=1)))
    for name in ("a.png", "d.png"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
    assert not [name for name in files_in(tmp_path / "out") if name.endswith(".part")]


def test_a_model_that_cannot_be_opened_ends_the_batch(write_photo: Callable[..., Path], tmp_path: Path) -> None:
    write_photo(tmp_path / "in" / "a.png")
    limits = WorkerLimits(open_engine=refuse_to_open)
    with pytest.raises(PortraitError, match="There is no such model"):
        list(limited(tmp_path / "in", tmp_path / "out", limits))
