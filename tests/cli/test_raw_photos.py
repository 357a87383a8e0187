"""Camera raw files on the command line: the camera's own picture, or developed."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.files.raw import development
from tests.files.dng import make_dng, patches

pytest.importorskip("rawpy")


@pytest.fixture
def raw_photo(tmp_path: Path) -> Path:
    """Taken upright; the picture of the camera is twice as large as the mosaic, so that the two are told apart."""
    file = io.BytesIO()
    Image.fromarray(np.full((480, 640, 3), 90, np.uint8)).save(file, "JPEG")
    path = tmp_path / "in" / "a.dng"
    path.parent.mkdir()
    path.write_bytes(make_dng(patches(240, 320), 6, file.getvalue()))
    return path


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_photo_develops_on_request(run, raw_photo: Path, tmp_path: Path) -> None:
    outcome = run("photo", raw_photo, "--raw", "develop", "-o", tmp_path / "out", "--json")
    assert outcome.status == 0
    (row,) = outcome.rows
    assert (row["status"], row["width"], row["height"]) == ("done", 240, 320)
    assert any("developed by LibRaw" in warning for warning in row["warnings"])
    assert size_of(tmp_path / "out" / "a.jpg") == (240, 320)
    # What it was made with stands in the portrait, and makes it again.
    again = run("photo", raw_photo, "--edits", tmp_path / "out" / "a.jpg", "-o", tmp_path / "again.jpg")
    assert again.status == 0
    assert size_of(tmp_path / "again.jpg") == (240, 320)
    assert run("photo", raw_photo, "-o", tmp_path / "plain.jpg").status == 0
    assert size_of(tmp_path / "plain.jpg") == (480, 640)


def test_another_way_to_read_raw_files_makes_a_folder_again(
    run, raw_photo: Path, tmp_path: Path, developed_here: None
) -> None:
    words = ("batch", raw_photo.parent, tmp_path / "out")
    sizes = []
    for more in ([], ["--raw", "preview"], ["--raw", "develop"], ["--raw", "develop"]):
        outcome = run(*words, *more)
        assert outcome.status == 0
        sizes.append((size_of(tmp_path / "out" / "a.jpg"), "skipped: " in outcome.err))
    assert sizes == [((480, 640), False), ((480, 640), True), ((240, 320), False), ((240, 320), True)]


@pytest.mark.slow  # a process with an engine is started
def test_a_limit_of_time_holds_for_developing_too(raw_photo: Path, tmp_path: Path) -> None:
    from portrait.batch.events import BatchSummary
    from portrait.batch.plan import plan_batch
    from portrait.batch.process_pool import WorkerLimits
    from portrait.batch.run import BatchOptions, run_batch
    from portrait.photo.options import FileOptions
    from tests.batch.worker_engines import open_row_engine

    options = FileOptions(quality="fast", raw="develop")
    limits = WorkerLimits(time_limit_s=300.0, open_engine=open_row_engine)
    plan = plan_batch(raw_photo.parent, tmp_path / "out")
    *_, summary = run_batch(plan, open_row_engine(), BatchOptions(options, workers=1, limits=limits))
    assert isinstance(summary, BatchSummary)
    assert (summary.done, summary.failed) == (1, 0), summary.failures
    assert size_of(tmp_path / "out" / "a.jpg") == (240, 320)


def test_what_is_missing_fails_the_raw_file_alone(
    run, raw_photo: Path, save_scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(development, "find_spec", lambda name: None)
    save_scene(raw_photo.parent / "b.png")
    outcome = run("batch", raw_photo.parent, tmp_path / "out", "--raw", "develop")
    assert outcome.status == 1
    assert "rawpy is not installed" in outcome.err
    assert "portrait[raw]" in outcome.err
    assert (tmp_path / "out" / "b.png").is_file()


def test_a_batch_counts_the_pixels_of_the_sensor_where_those_of_the_picture_are_fewer(
    engine, raw_photo: Path, tmp_path: Path
) -> None:
    from portrait.batch.job_steps import JobSteps
    from portrait.batch.journal import open_journal
    from portrait.batch.options import BatchOptions
    from portrait.batch.plan import plan_batch
    from portrait.photo.options import FileOptions

    raw_photo.write_bytes(make_dng(patches(240, 320)))  # no picture of the camera
    plan = plan_batch(raw_photo.parent, tmp_path / "out")
    (tmp_path / "out").mkdir()
    counted = []
    for mode in ("preview", "develop"):
        with open_journal(tmp_path / "out", raw_photo.parent) as journal:
            steps = JobSteps(plan, BatchOptions(FileOptions(raw=mode)), journal, "")
            counted.append(steps.prepare_with_size(next(iter(plan.jobs))).pixels)
    assert counted[0] == 0
    assert counted[1] >= 240 * 320
