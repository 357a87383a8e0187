import csv
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from portrait.batch.events import BatchJob, BatchSummary, JobDone, JobFailed, JobSkipped, JobStarted
from portrait.cli.batch_progress import BarProgress, LineProgress, open_progress
from portrait.photo.report import FileReport


@pytest.fixture
def folder(save_scene, tmp_path: Path) -> Path:
    """Two photos in a tree, and a file that is none."""
    save_scene(tmp_path / "in" / "a.jpg")
    save_scene(tmp_path / "in" / "sub" / "b.png")
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    return tmp_path / "in"


def _files(folder: Path) -> list[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if not path.name.startswith("."))


def test_a_tree_of_photos(run, folder: Path, tmp_path: Path) -> None:
    outcome = run("batch", folder, tmp_path / "out", "--json")
    assert outcome.status == 0
    assert sorted(str(row["status"]) for row in outcome.rows) == ["done", "done"]
    assert _files(tmp_path / "out") == ["a.jpg", "sub/b.png"]
    assert "2 portraits" in outcome.err
    assert "[2/2]" in outcome.err
    assert "1 other file is no photo and was left out" in outcome.err


def test_what_may_hold_photos_is_left_out_by_name(run, folder: Path, tmp_path: Path) -> None:
    (folder / "more.txt").touch()
    (tmp_path / "elsewhere").mkdir()
    (folder / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    said = run("batch", folder, tmp_path / "out").err.splitlines()
    assert f"links to folders were not followed: {folder / 'linked'}" in said
    others = f"{folder / 'more.txt'}, {folder / 'notes.txt'}"
    assert f"2 other files are no photos and were left out: {others}" in said


def test_a_folder_without_photos_is_an_error_that_says_what_is_there(run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    empty = run("batch", tmp_path / "in", tmp_path / "out")
    assert empty.status == 1
    assert empty.err.startswith(f"error: There are no photos in {tmp_path / 'in'}\nhint: Name a folder")
    (tmp_path / "in" / "a.pdf").touch()
    others = run("batch", tmp_path / "in", tmp_path / "out")
    assert others.status == 1
    assert f"1 other file is no photo and was left out: {tmp_path / 'in' / 'a.pdf'}" in others.err
    assert not (tmp_path / "out").exists()


def test_choice_of_photos_and_a_dry_run(run, folder: Path, tmp_path: Path) -> None:
    words = (
        "--include",
        "*.png",
        "--include",
        "*.jpg",
        "--exclude",
        "sub",
        "--since",
        "2d",
        "--name-pattern",
        "p {name}",
    )
    dry = run("batch", folder, tmp_path / "out", "--dry-run", *words)
    assert dry.status == 0
    assert re.search(r"1 photo of [1-9]\d* kB", dry.err)
    assert "names are taken" not in dry.err
    assert "1 folder of portraits" in dry.err
    assert "free there: " in dry.err
    assert "1 left out by --include, --exclude or --since" in dry.err
    assert not (tmp_path / "out").exists()
    assert run("batch", folder, tmp_path / "out", *words, "--workers", "auto").status == 0
    assert _files(tmp_path / "out") == ["p a.jpg"]
    again = run("batch", folder, tmp_path / "out", "--dry-run", "--json", *words)
    assert "1 of the portraits' names are taken" in again.err
    told = json.loads(again.out)
    assert (told["status"], told["photos"], told["files_there"], told["left_out_by_choice"]) == ("planned", 1, 1, 1)
    nothing = run("batch", folder, tmp_path / "out", "--since", "2200-01-01")
    assert nothing.status == 1
    assert "hint: No photo fits" in nothing.err


def test_a_file_in_the_way_is_named_and_no_failure(run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_bytes(b"mine")
    kept = run("batch", folder, tmp_path / "out")
    assert kept.status == 0
    assert f"left out: {folder / 'a.jpg'}: kept" in kept.err
    assert "0 already there, 1 left out for files in the way, 0 failed" in kept.err
    assert run("batch", folder, tmp_path / "out", "--on-conflict", "overwrite").status == 0
    assert (tmp_path / "out" / "a.jpg").read_bytes() != b"mine"


def test_reports(run, folder: Path, tmp_path: Path) -> None:
    (folder / "b <i>.jpg").write_bytes(b"")
    files = [tmp_path / f"report.{form}" for form in ("html", "json", "csv")]
    words = ["batch", folder, tmp_path / "out", *(word for file in files for word in ("--report", file))]
    assert run(*words).status == 1
    page, values, table = (file.read_text("utf-8") for file in files)
    assert page.count("data:image/jpeg;base64,") == 4, "before and after of two photos"
    assert "b &lt;i&gt;.jpg" in page
    assert "<i>" not in page
    assert "http" not in page, "it needs nothing from elsewhere"
    report = json.loads(values)
    assert report["summary"] | {"done": 2, "failed": 1, "total": 3} == report["summary"]
    assert report["left_out"]["other"] == {"count": 1, "first": [str(folder / "notes.txt")]}
    assert [row["status"] for row in csv.DictReader(table.splitlines())].count("failed") == 1
    assert all(row["details"] and row["hint"] for row in report["photos"] if row["status"] == "failed")
    assert run("batch", folder, tmp_path / "out", "--report", tmp_path / "report.txt").status == 1


def test_a_run_that_stops_at_a_failure_says_how_to_go_on(run, folder: Path, tmp_path: Path) -> None:
    (folder / "a.jpg").write_bytes(b"")
    words = ("batch", folder, tmp_path / "out", "--workers", "1")
    stopped = run(*words, "--fail-fast")
    assert stopped.status == 1
    assert "stopped, 1 left; run the same command again" in stopped.err
    assert run(*words).status == 1
    assert "1 already there" in run(*words, "--retry-failed").err


def test_a_second_run_skips_what_is_done_and_restart_does_not(run, folder: Path, tmp_path: Path) -> None:
    run("batch", folder, tmp_path / "out")
    (tmp_path / "out" / "a.jpg").unlink()
    assert "\n1 portrait in " in run("batch", folder, tmp_path / "out").err
    again = run("batch", folder, tmp_path / "out", "--json")
    assert again.status == 0
    assert [row["status"] for row in again.rows] == ["skipped", "skipped"]
    assert "2 already there" in again.err
    anew = run("batch", folder, tmp_path / "out", "--json", "--restart")
    assert [row["status"] for row in anew.rows] == ["done", "done"]


def test_failed_files_are_listed_with_what_to_do(run, folder: Path, tmp_path: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"")
    outcome = run("batch", folder, tmp_path / "out", "--workers", "1", "--json")
    assert outcome.status == 1
    (failed,) = [row for row in outcome.rows if row["status"] == "failed"]
    assert failed["input"] == str(folder / "broken.jpg")
    assert f"error: {failed['error']}" in outcome.err or f"{folder / 'broken.jpg'}: {failed['error']}" in outcome.err
    assert f"hint: {failed['hint']}" in outcome.err
    assert "1 failed" in outcome.err
    assert _files(tmp_path / "out") == ["a.jpg", "sub/b.png"]


def test_format_and_mattes(run, folder: Path, tmp_path: Path) -> None:
    words = ("--format", "webp", "--save-matte", tmp_path / "mattes", "--workers", "1")
    assert run("batch", folder, tmp_path / "out", *words).status == 0
    assert _files(tmp_path / "out") == ["a.webp", "sub/b.webp"]
    assert _files(tmp_path / "mattes") == ["a.png", "sub/b.png"]


@pytest.mark.parametrize(
    "words", [["--format", "bmp"], ["--workers", "-1"], ["--workers", "many"], ["--since", "soon"]]
)
def test_wrong_options_are_usage_errors(run, folder: Path, tmp_path: Path, words: list[str]) -> None:
    assert run("batch", folder, tmp_path / "out", *words).status == 2
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_is_named(run, tmp_path: Path) -> None:
    outcome = run("batch", tmp_path / "nowhere", tmp_path / "out")
    assert outcome.status == 1
    assert outcome.err.startswith(f"error: {tmp_path / 'nowhere'}")
    assert "hint: " in outcome.err


def test_an_interrupted_run_says_how_to_go_on(
    run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = BatchSummary(
        total=2, done=1, no_person=0, skipped=0, failed=0, cancelled=True, elapsed_s=1.0, failures=()
    )
    monkeypatch.setattr("portrait.batch.run.run_batch", lambda *_: iter([cancelled]))
    outcome = run("batch", folder, tmp_path / "out")
    assert outcome.status == 130
    assert "stopped, 1 left; run the same command again" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.fixture
def _heeds_ctrl_c() -> Iterator[None]:
    """Ctrl-C acts, also where a shell started the tests with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_any_number_of_interrupts_ends_with_the_summary(
    run, folder: Path, tmp_path: Path, ellipse_segmenter, monkeypatch: pytest.MonkeyPatch, save_scene
) -> None:
    for number in range(9):
        save_scene(folder / f"{number}.jpg")
    really_find = ellipse_segmenter.find_probability

    def interrupt(image: np.ndarray, input_size: tuple[int, int] | None = None) -> np.ndarray:
        for _ in range(5):
            signal.raise_signal(signal.SIGINT)
        return really_find(image, input_size)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", interrupt)
    before = signal.getsignal(signal.SIGINT)
    outcome = run("batch", folder, tmp_path / "out", "--workers", "1", "--json")
    assert outcome.status == 130
    assert "0 failed" in outcome.err
    assert "same command" in outcome.err
    assert "Traceback" not in outcome.err
    done = [row for row in outcome.rows if row["status"] == "done"]
    assert 0 < len(done) < 11
    assert len(_files(tmp_path / "out")) == len(done), "those under way were finished, and are told"
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_stays_ignored_where_it_was(run, folder: Path, tmp_path: Path, ellipse_segmenter, monkeypatch) -> None:
    really_find = ellipse_segmenter.find_probability

    def interrupt(image: np.ndarray, input_size: tuple[int, int] | None = None) -> np.ndarray:
        signal.raise_signal(signal.SIGINT)
        return really_find(image, input_size)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", interrupt)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        outcome = run("batch", folder, tmp_path / "out", "--workers", "1")
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome.status == 0
    assert _files(tmp_path / "out") == ["a.jpg", "sub/b.png"]


def _job(index: int) -> BatchJob:
    return BatchJob(Path("[red]a.jpg"), Path("b.jpg"), index, 2)


def _warned(job: BatchJob) -> JobDone:
    return JobDone(job, FileReport(job.source, job.target, "done", 4, 3, 0.5, {}, ("depth was not used",)))


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_progress(2) as progress:
        assert isinstance(progress, LineProgress)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with open_progress(2) as progress:
        assert isinstance(progress, BarProgress)
        for event in (JobStarted(_job(1)), JobFailed(_job(1), "no [picture]"), _warned(_job(2))):
            progress.show(event)
    said = capsys.readouterr().err
    assert "failed: [red]a.jpg: no [picture]" in said
    assert "warning: [red]a.jpg: depth was not used" in said


def test_lines_count_finished_files_and_keep_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    progress = LineProgress(Console(stderr=True), 3)
    skipped = JobSkipped(_job(2), "done before")
    for event in (JobStarted(_job(1)), JobFailed(_job(1), "broken"), skipped, _warned(_job(3))):
        progress.show(event)
    assert capsys.readouterr().err.splitlines() == [
        "[1/3] failed: [red]a.jpg",
        "[2/3] skipped: [red]a.jpg",
        "[3/3] done: [red]a.jpg (depth was not used)",
    ]
