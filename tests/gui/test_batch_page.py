"""A folder in, portraits out, and what became of each photo."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from portrait.batch.events import BatchJob, BatchSummary, JobFailed, JobSkipped
from portrait.batch.plan import BatchPlan
from portrait.gui.batch_page import BatchPage
from portrait.gui.batch_results import BatchResults


@pytest.fixture
def folder(photo_path: Path, broken_path: Path) -> Path:
    """Three photos of a person in two folders, a broken one, and a text."""
    folder = photo_path.parent
    (folder / "party").mkdir()
    for name in ("bob.png", "party/eve.png"):
        (folder / name).write_bytes(photo_path.read_bytes())
    (folder / "notes.txt").write_text("hello")
    return folder


@pytest.fixture
def page(under_test) -> BatchPage:
    under_test.window.show_page("batch")
    return under_test.window.batch_page


def run(under_test, page: BatchPage) -> None:
    page.start()
    assert page.is_running
    under_test.wait(lambda: not page.is_running)


def rows(page: BatchPage) -> dict[str, tuple[str, str, str]]:
    model = page.results.table_model
    found = [model.row(index) for index in range(model.rowCount())]
    return {Path(row.name).as_posix(): (row.status, row.details, row.hint) for row in found}


def test_start_waits_for_both_folders(page: BatchPage, folder: Path) -> None:
    assert page.body.currentWidget() is page.empty_state
    assert not page.start_button.isEnabled()
    page.form.input_row.set_folder(folder)
    assert not page.start_button.isEnabled()
    page.form.output_row.set_folder(folder.with_name("out"))
    assert page.start_button.isEnabled()
    assert not page.open_button.isEnabled()


def test_a_batch_tells_of_every_photo(page: BatchPage, under_test, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    page.set_input_folder(folder)
    run(under_test, page)
    result = rows(page)
    assert {name: row[0] for name, row in result.items()} == {
        "anna.png": "Done",
        "bob.png": "Done",
        "party/eve.png": "Done",
        "broken.png": "Failed",
    }
    _, details, hint = result["broken.png"]
    assert details.startswith("broken.png")
    assert hint
    assert "128 × 96" in result["anna.png"][1]
    assert page.banner.text.startswith("1 of 4 photos failed")
    assert "3 done" in page.results.status.text()
    assert page.results.progress.value() == page.results.progress.maximum() == 4
    assert page.open_button.isEnabled()
    output = folder.with_name("photos-portraits")
    assert {p.relative_to(output).as_posix() for p in output.rglob("*.png")} == {"anna.png", "bob.png", "party/eve.png"}
    assert {path: path.read_bytes() for path in before} == before


def test_a_second_run_skips_what_is_done_unless_told_otherwise(page: BatchPage, under_test, folder: Path) -> None:
    (folder / "broken.png").unlink()
    page.set_input_folder(folder)
    run(under_test, page)
    run(under_test, page)
    assert {row[0] for row in rows(page).values()} == {"Skipped"}
    page.form.restart_box.setChecked(True)
    run(under_test, page)
    assert {row[0] for row in rows(page).values()} == {"Done"}
    assert page.banner.kind == "done"


@pytest.mark.usefixtures("nobody")
def test_photos_without_a_person_are_marked(page: BatchPage, under_test, folder: Path) -> None:
    page.set_input_folder(folder)
    run(under_test, page)
    assert rows(page)["anna.png"][0] == "No person"
    assert "without a person" in page.results.status.text()


def test_an_output_folder_inside_the_input_is_refused(page: BatchPage, under_test, folder: Path) -> None:
    page.form.input_row.set_folder(folder)
    page.form.output_row.set_folder(folder / "out")
    run(under_test, page)
    assert page.banner.kind == "error"
    assert "\n" in page.banner.text, "no hint"
    assert page.body.currentWidget() is page.empty_state
    assert not (folder / "out").exists()


def test_an_empty_folder_is_told(page: BatchPage, under_test, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page.set_input_folder(tmp_path / "empty")
    run(under_test, page)
    assert page.banner.kind == "warning"
    assert "no photos" in page.banner.text


def test_cancel_ends_the_batch_and_the_form_opens_again(
    page: BatchPage, under_test, folder: Path, ellipse_segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        (folder / f"more{number}.png").write_bytes((folder / "anna.png").read_bytes())
    page.set_input_folder(folder)
    find = ellipse_segmenter.find_probability
    monkeypatch.setattr(
        ellipse_segmenter, "find_probability", lambda *a: (page.results.table_model.rowCount() and find(*a)) or find(*a)
    )
    page.start()
    assert not page.form.isEnabled()
    assert page.start_button.text() == "Cancel"
    page.cancel()
    assert not page.start_button.isEnabled()
    under_test.wait(lambda: not page.is_running)
    assert page.banner.text.startswith("The batch was cancelled")
    assert page.form.isEnabled()
    assert page.start_button.text() == "Start"


def job(index: int, total: int) -> BatchJob:
    return BatchJob(Path(f"/in/{index}.jpg"), Path(f"/out/{index}.jpg"), index, total)


def test_the_time_left_counts_only_photos_that_were_worked_on(qtbot) -> None:
    now_s = 100.0
    results = BatchResults(clock=lambda: now_s)
    qtbot.addWidget(results)
    results.begin()
    jobs = tuple(job(index, 100) for index in range(1, 101))
    results.show_plan(BatchPlan(Path("/in"), Path("/out"), jobs, ()))
    for index in range(1, 51):
        results.add(JobSkipped(job(index, 100), "done before"))
    assert results.status.text() == "50 of 100"
    now_s = 140.0
    for index in range(51, 61):
        results.add(JobFailed(job(index, 100), "bad", "hint"))
    assert results.status.text() == "60 of 100 · about 3 min left"


def test_the_hint_is_the_tooltip_of_a_failed_photo(qtbot) -> None:
    results = BatchResults()
    qtbot.addWidget(results)
    results.begin()
    results.show_plan(BatchPlan(Path("/in"), Path("/out"), (job(1, 1),), ()))
    results.add(JobFailed(job(1, 1), "/in/1.jpg is empty", "copy it again"))
    index = results.table_model.index(0, 2)
    assert index.data() == "1.jpg is empty"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "Copy it again"
    assert results.table_model.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is not None


def test_a_summary_names_only_what_there_was(qtbot) -> None:
    results = BatchResults()
    qtbot.addWidget(results)
    results.show_summary(BatchSummary(5, 3, 0, 2, 0, cancelled=False, elapsed_s=300.0))
    assert results.status.text() == "3 done · 2 done before · in 5 min"
