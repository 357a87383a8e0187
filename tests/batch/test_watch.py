"""A watched folder: what comes, grows, is renamed, deleted, or goes away with its disk. Driven step by step."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portrait.batch.events import BatchEvent, BatchSummary, JobDone, JobFailed
from portrait.batch.folder_events import FolderEvents
from portrait.batch.plan import BatchPlan, plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.batch.settled_files import SettledFiles
from portrait.batch.watch import Watch, WatchEvent, WatchNote
from portrait.engine import PortraitEngine
from portrait.photo.made_files import JOURNAL_NAME
from portrait.photo.options import FileOptions

SETTLE_S = 2.0
OPTIONS = BatchOptions(FileOptions(quality="fast"), workers=1)
Step = Callable[[], object]


def nothing() -> None:
    pass


class Scene:
    """A watch with a clock of its own: each wait is the next step of a test, and lets so much time pass."""

    def __init__(self, engine: PortraitEngine, root: Path) -> None:
        self.input_dir, self.output_dir = root / "in", root / "out"
        self.now_s, self.opened = 1000.0, 0
        self.steps: list[Step] = []
        self.cancel = threading.Event()
        self.engine = engine
        self.settled = SettledFiles(SETTLE_S, lambda: self.now_s, lambda: 0.0)

    def open(self) -> None:
        self.opened += 1

    def wait(self, timeout_s: float) -> bool:
        self.now_s += timeout_s
        return False

    def pause(self) -> None:
        """Stands for the pause between two rounds."""
        self.now_s += SETTLE_S
        if self.steps:
            self.steps.pop(0)()
        else:
            self.cancel.set()

    def plan(self) -> BatchPlan:
        return plan_batch(self.input_dir, self.output_dir)

    def run(self, plan: BatchPlan) -> Iterator[BatchEvent]:
        return run_batch(plan, self.engine, OPTIONS, self.cancel)

    def watch(self, *steps: Step, monkeypatch: pytest.MonkeyPatch) -> list[WatchEvent]:
        """The events of a watch with these steps; a round comes before the first and after each."""
        self.steps = list(steps)
        monkeypatch.setattr(Watch, "_pause", lambda _: self.pause())
        arguments = (self.input_dir, self.output_dir, self.plan, self.run, self, self.settled, SETTLE_S, self.cancel)
        return list(Watch(*arguments).events())


@pytest.fixture
def scene(engine: PortraitEngine, tmp_path: Path) -> Scene:
    (tmp_path / "in").mkdir()
    return Scene(engine, tmp_path)


def made(events: list[WatchEvent]) -> list[str]:
    return [event.job.source.name for event in events if isinstance(event, JobDone)]


def failed(events: list[WatchEvent]) -> list[str]:
    return [event.job.source.name for event in events if isinstance(event, JobFailed)]


def notes(events: list[WatchEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, WatchNote)]


def test_what_is_there_and_what_comes_is_made_once(
    scene: Scene, write_photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photo(scene.input_dir / "a.png")
    events = scene.watch(
        nothing, lambda: write_photo(scene.input_dir / "new" / "b.png"), nothing, nothing, monkeypatch=monkeypatch
    )
    assert made(events) == ["a.png", "b.png"]
    assert sum(isinstance(event, BatchSummary) for event in events) == 2
    assert (scene.output_dir / "new" / "b.png").exists()
    # A second watch has the same journal.
    again = Scene(scene.engine, scene.input_dir.parent)
    assert made(again.watch(nothing, nothing, monkeypatch=monkeypatch)) == []


def test_a_file_that_grows_is_taken_when_it_is_whole(
    scene: Scene, write_photo: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_photo(tmp_path / "whole.png").read_bytes()
    photo = scene.input_dir / "a.png"
    parts = [lambda end=end: photo.write_bytes(whole[:end]) for end in (100, 900, 1500, len(whole))]
    events = scene.watch(*parts, nothing, nothing, monkeypatch=monkeypatch)
    assert (made(events), failed(events)) == (["a.png"], [])


def test_a_file_that_pauses_half_written_fails_and_is_made_when_it_is_whole(
    scene: Scene, write_photo: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_photo(tmp_path / "whole.png").read_bytes()
    photo = scene.input_dir / "a.png"
    events = scene.watch(
        lambda: photo.write_bytes(whole[:900]),
        *[nothing] * 3,
        lambda: photo.write_bytes(whole),
        *[nothing] * 2,
        monkeypatch=monkeypatch,
    )
    assert (failed(events), made(events)) == (["a.png"], ["a.png"])  # failed once, though looked at again and again


def test_a_renamed_file_is_made_under_its_name_and_a_deleted_one_is_no_failure(
    scene: Scene, write_photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    partial, photo = scene.input_dir / "a.jpg.part", scene.input_dir / "a.jpg"
    goner = write_photo(scene.input_dir / "gone.png")
    runs = scene.run

    def run_and_delete(plan: BatchPlan) -> Iterator[BatchEvent]:
        goner.unlink(missing_ok=True)  # after the plan, before its turn
        return runs(plan)

    scene.run = run_and_delete  # type: ignore[method-assign]
    write_photo(scene.input_dir / "b.jpg").rename(partial)
    events = scene.watch(nothing, lambda: partial.rename(photo), nothing, nothing, monkeypatch=monkeypatch)
    assert (made(events), failed(events)) == (["a.jpg"], [])


def test_a_changed_photo_is_made_anew(
    scene: Scene, write_photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photo(scene.input_dir / "a.png")
    events = scene.watch(
        nothing, lambda: write_photo(scene.input_dir / "a.png", 50, 66), nothing, nothing, monkeypatch=monkeypatch
    )
    assert made(events) == ["a.png", "a.png"]


@pytest.mark.parametrize("goes", ["in", "out"])
def test_a_folder_that_goes_away_is_waited_for(
    scene: Scene, write_photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, goes: str
) -> None:
    folder = scene.input_dir if goes == "in" else scene.output_dir
    aside = folder.with_name("aside")
    write_photo(scene.input_dir / "a.png")

    def come_back() -> None:
        if folder.exists():
            folder.rmdir()  # fails where anything was written there
        aside.rename(folder)
        write_photo(scene.input_dir / "b.png")

    def go_away() -> None:
        folder.rename(aside)
        if goes == "out":
            folder.mkdir()  # the empty place of a disk that was unmounted

    events = scene.watch(
        nothing,
        go_away,
        nothing,
        lambda: None if goes == "in" else write_photo(scene.input_dir / "c.png"),
        come_back,
        *[nothing] * 3,
        monkeypatch=monkeypatch,
    )
    assert sorted(made(events)) == (["a.png", "b.png"] if goes == "in" else ["a.png", "b.png", "c.png"])
    assert failed(events) == []
    gone, back = notes(events)
    assert f"{folder} is not there" in gone
    assert "again" in back
    assert sorted(path.name for path in scene.output_dir.iterdir() if path.suffix == ".png") == sorted(made(events))


def test_a_folder_that_was_replaced_is_listened_to_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace_folder() -> None:
        scene.input_dir.rename(scene.input_dir.with_name("aside"))
        scene.input_dir.mkdir()

    scene.watch(nothing, replace_folder, nothing, monkeypatch=monkeypatch)
    assert scene.opened == 2


def test_failures_of_a_disk_that_went_away_are_tried_again(
    scene: Scene, write_photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photo(scene.input_dir / "a.png")
    scene.output_dir.mkdir()
    (scene.output_dir / JOURNAL_NAME).touch()
    aside, runs, tries = scene.output_dir.with_name("aside"), scene.run, []

    def lose_output(plan: BatchPlan) -> Iterator[BatchEvent]:
        if tries:
            yield from runs(plan)
            return
        tries.append(scene.output_dir.rename(aside))
        for job in plan.jobs:
            yield JobFailed(job, "No such folder")

    scene.run = lose_output  # type: ignore[method-assign]
    events = scene.watch(
        nothing, nothing, lambda: aside.rename(scene.output_dir), *[nothing] * 3, monkeypatch=monkeypatch
    )
    assert (failed(events), made(events)) == (["a.png"], ["a.png"])


def test_old_files_are_taken_at_the_first_look(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    os.utime(path, (500.0, 500.0))
    settled = SettledFiles(SETTLE_S, lambda: 0.0, lambda: 510.0)
    assert settled.is_due(path, is_first_look=True)
    assert not settled.is_due(path)  # while watched, two looks are needed whatever its date says: copies keep dates
    assert settled.is_waiting
    settled.forget_others(set())
    assert not settled.is_waiting


def test_the_system_tells_of_changes_but_not_of_those_in_the_output(tmp_path: Path) -> None:
    (tmp_path / "in" / "out").mkdir(parents=True)
    events = FolderEvents(tmp_path / "in", ignored=tmp_path / "in" / "out")
    events.open()
    try:
        (tmp_path / "in" / "a.jpg").write_bytes(b"x")
        assert events.wait(20.0)
        (tmp_path / "in" / "a.jpg").unlink()
        assert events.wait(20.0)
    finally:
        events.close()
    shutil.rmtree(tmp_path / "in")
    events.open()  # a folder that is gone: nothing to listen to, and no error
    assert not events.wait(0.0)
    events.close()
