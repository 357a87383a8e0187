import json
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from portrait.batch import job_steps as steps_module
from portrait.batch import run as run_module
from portrait.batch.events import BatchSummary, JobDone, JobFailed, JobStarted
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.plan import plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.core.arrays import RgbImage
from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo
from portrait.files.system import atomic
from portrait.photo import session as session_module
from portrait.photo.options import FileOptions

WritePhoto = Callable[..., Path]
ONE_WORKER = BatchOptions(workers=1)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_whole_tree(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, workers: int, run, summary_of, files_in
) -> None:
    before = {path: path.read_bytes() for path in photo_tree.rglob("*") if path.is_file()}
    events = run(photo_tree, tmp_path / "out", engine, BatchOptions(workers=workers))
    summary = summary_of(events)
    assert (summary.total, summary.done, summary.failed, summary.skipped) == (6, 6, 0, 0)
    assert not summary.cancelled
    assert files_in(tmp_path / "out") == {
        "a.png", "b.jpg", "trip/c.JPG", "trip/day 2/d.webp", "trip/day 2/ä.tif", "z.png", JOURNAL_NAME,
    }  # fmt: skip
    assert Counter(type(event) for event in events) == {JobStarted: 6, JobDone: 6, BatchSummary: 1}
    assert {path: path.read_bytes() for path in before} == before


def test_bad_files_are_named_and_stop_nothing(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run, summary_of, files_in
) -> None:
    source = tmp_path / "in"
    for index in range(5):
        write_photo(source / f"good{index}.jpg")
    (source / "empty.jpg").touch()
    (source / "text.jpg").write_text("hello")
    cut = write_photo(source / "cut.jpg")
    cut.write_bytes(cut.read_bytes()[:400])
    (source / "dangling.png").symlink_to(source / "nowhere.png")
    events = run(source, tmp_path / "out", engine, BatchOptions(workers=2))
    summary = summary_of(events)
    assert (summary.done, summary.failed) == (5, 4)
    assert {failure.job.source.name for failure in summary.failures} == {
        "empty.jpg", "text.jpg", "cut.jpg", "dangling.png",
    }  # fmt: skip
    for failure in summary.failures:
        assert failure.job.source.name in failure.message
        assert failure.hint
    assert files_in(tmp_path / "out") == {f"good{index}.jpg" for index in range(5)} | {JOURNAL_NAME}


def test_unexpected_error_is_logged_and_stops_nothing(
    photo_tree: Path,
    tmp_path: Path,
    engine: PortraitEngine,
    ellipse_segmenter: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    run,
    summary_of,
) -> None:
    really_find = ellipse_segmenter.find_probability

    def fail_once(image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        if ellipse_segmenter.calls == 0:
            ellipse_segmenter.calls += 1
            raise ZeroDivisionError("a bug")
        return really_find(image, input_size)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", fail_once)
    with caplog.at_level(logging.ERROR):
        summary = summary_of(run(photo_tree, tmp_path / "out", engine))
    assert (summary.done, summary.failed) == (5, 1)
    assert "unexpected error" in summary.failures[0].message
    assert "ZeroDivisionError" in caplog.text


def test_unexpected_error_in_a_header_is_that_photos_alone(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, run, summary_of
) -> None:
    def broken_plugin(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    def for_b(really: Callable[..., Any]) -> Callable[..., Any]:
        return lambda path, **options: (broken_plugin if path.name == "b.jpg" else really)(path, **options)

    monkeypatch.setattr(steps_module, "read_size", for_b(steps_module.read_size))
    monkeypatch.setattr(session_module, "load_photo", for_b(load_photo))
    summary = summary_of(run(photo_tree, tmp_path / "out", engine))
    assert (summary.done, [failure.job.source.name for failure in summary.failures]) == (5, ["b.jpg"])
    assert "ZeroDivisionError" in summary.failures[0].message


def test_nobody_found_counts_as_done(
    photo_tree: Path, tmp_path: Path, nobody_engine: PortraitEngine, run, summary_of
) -> None:
    summary = summary_of(run(photo_tree, tmp_path / "out", nobody_engine))
    assert (summary.done, summary.no_person) == (6, 6)


def test_leftovers_of_a_killed_run_are_removed(photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run) -> None:
    out = tmp_path / "out"
    leftovers = [folder / "trip" / ".portrait-00.part" for folder in (out, out / "mattes")]
    for leftover in leftovers:
        leftover.parent.mkdir(parents=True)
        leftover.write_bytes(b"half")
    run(photo_tree, out, engine, BatchOptions(FileOptions(save_matte_path=out / "mattes"), workers=1))
    assert not any(leftover.exists() for leftover in leftovers)


@pytest.mark.parametrize("is_linked", [False, True])
def test_half_files_of_others_in_a_matte_folder_are_kept(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, is_linked: bool, run
) -> None:
    mattes = tmp_path / "mattes"
    at_work = mattes / "trip" / ".portrait-00.part"
    at_work.parent.mkdir(parents=True)
    at_work.write_bytes(b"half")
    if is_linked:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mattes").symlink_to(mattes, target_is_directory=True)
        mattes = tmp_path / "out" / "mattes"
    run(photo_tree, tmp_path / "out", engine, BatchOptions(FileOptions(save_matte_path=mattes), workers=1))
    assert at_work.read_bytes() == b"half", "no lock says that the batch which writes it has ended"


def test_cancel_finishes_what_runs_and_begins_no_more(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of, files_in
) -> None:
    cancel = threading.Event()
    events = []
    for event in run_batch(plan_batch(photo_tree, tmp_path / "out"), engine, BatchOptions(workers=1), cancel):
        events.append(event)
        if isinstance(event, JobDone):
            cancel.set()
    summary = summary_of(events)
    assert summary.cancelled
    assert 1 <= summary.done < 6
    assert len(files_in(tmp_path / "out")) == summary.done + 1
    rest = summary_of(run(photo_tree, tmp_path / "out", engine))
    assert (rest.done, rest.skipped) == (6 - summary.done, summary.done)


def test_listener_that_leaves_ends_the_threads(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    events = run_batch(plan_batch(photo_tree, tmp_path / "out"), engine, BatchOptions(workers=2))
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert not any(thread.name.startswith("batch") for thread in threading.enumerate())
    assert summary_of(run(photo_tree, tmp_path / "out", engine)).failed == 0


def test_jobs_and_pixels_in_work_are_bounded(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(6):
        write_photo(tmp_path / "in" / f"{index}.png", height=100, width=100)
    write_photo(tmp_path / "in" / "3-large.png", height=300, width=300)
    monkeypatch.setattr(run_module, "pixel_budget", lambda: 25_000)
    running, seen = {}, []
    for event in run_batch(plan_batch(tmp_path / "in", tmp_path / "out"), engine, BatchOptions(workers=4)):
        if isinstance(event, JobStarted):
            with Image.open(event.job.source) as picture:
                running[event.job.index] = picture.width * picture.height
            seen.append(sorted(running.values()))
        elif isinstance(event, JobDone | JobFailed):
            del running[event.job.index]
    assert [90_000] in seen
    assert all(sum(weights) <= 25_000 for weights in seen if weights != [90_000])
    assert max(map(len, seen)) == 2


def test_full_disk_stops_with_one_error_after_what_is_in_hand(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, run, summary_of
) -> None:
    really_write = atomic._write_to_disk
    room = iter([True, False, True, False])

    def write(path: Path, data: bytes) -> None:
        if data and not next(room, False):
            raise OSError(28, "No space left on device")
        really_write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "_write_to_disk", write)
        summary = summary_of(run(photo_tree, tmp_path / "out", engine, BatchOptions(workers=2)))
    assert (summary.failed, summary.left, summary.cancelled) == (1, 5 - summary.done, False)
    assert summary.done in (1, 2)
    assert summary.stopped_by == summary.failures[0]
    assert "The disk is full" in summary.failures[0].message
    assert summary_of(run(photo_tree, tmp_path / "out", engine)).failed == 0


def test_a_full_disk_is_told_once_though_several_workers_meet_it(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, run, summary_of
) -> None:
    both = threading.Barrier(2, timeout=30)
    really_write = atomic._write_to_disk

    def write(path: Path, data: bytes) -> None:
        if not data:
            return really_write(path, data)
        both.wait()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "_write_to_disk", write)
    events = run(photo_tree, tmp_path / "out", engine, BatchOptions(workers=2))
    assert [type(event) for event in events].count(JobFailed) == 1
    assert (summary_of(events).failed, summary_of(events).left) == (1, 5)


def test_stop_at_the_first_failure_and_the_failed_alone_again(
    photo_tree: Path, tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run, summary_of
) -> None:
    (photo_tree / "b.jpg").write_text("no photo")
    fast = BatchOptions(workers=1, fail_fast=True)
    summary = summary_of(run(photo_tree, tmp_path / "out", engine, fast))
    assert (summary.done, summary.failed, summary.left, summary.cancelled) == (1, 1, 4, False)
    assert summary.stopped_by == summary.failures[0]
    write_photo(photo_tree / "b.jpg")
    only_failed = BatchOptions(workers=1, only_failed=True)
    summary = summary_of(run(photo_tree, tmp_path / "out", engine, only_failed))
    assert (summary.done, summary.skipped) == (1, 5)
    assert summary_of(run(photo_tree, tmp_path / "out", engine, only_failed)).done == 0
    assert summary_of(run(photo_tree, tmp_path / "out", engine)).done == 4


def test_empty_plan_has_a_summary_only(tmp_path: Path, engine: PortraitEngine, run) -> None:
    (tmp_path / "in").mkdir()
    assert [type(event) for event in run(tmp_path / "in", tmp_path / "out", engine)] == [BatchSummary]


def test_options_that_cannot_be_are_a_programmers_error() -> None:
    with pytest.raises(ValueError, match="workers"):
        BatchOptions(workers=-1)
    with pytest.raises(ValueError, match="on_conflict"):
        BatchOptions(on_conflict="ask")  # type: ignore[arg-type]


def test_another_model_does_all_again(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, ellipse_segmenter: Any, run, summary_of
) -> None:
    run(photo_tree, tmp_path / "out", engine)
    ellipse_segmenter.spec = replace(ellipse_segmenter.spec, name="another")
    assert summary_of(run(photo_tree, tmp_path / "out", engine)).done == 6


def test_the_journal_is_open_until_the_last_worker_has_ended(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, ellipse_segmenter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener leaves while a photo is in work: what it becomes is still written down."""
    may_end = threading.Event()
    really_find, really_shut_down = ellipse_segmenter.find_probability, ThreadPoolExecutor.shutdown

    def find(image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        assert may_end.wait(20.0)
        return really_find(image, input_size)

    def shut_down(pool: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> None:
        may_end.set()
        really_shut_down(pool, *args, **kwargs)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", find)
    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", shut_down)
    events = run_batch(plan_batch(photo_tree, tmp_path / "out"), engine, BatchOptions(workers=1))
    with closing(events):  # type: ignore[type-var]
        assert isinstance(next(events), JobStarted)
    states = [json.loads(line)["state"] for line in (tmp_path / "out" / JOURNAL_NAME).read_text().splitlines()]
    assert states == ["started", "done"]
