"""The table of a batch: what became of each photo, how far it is, what comes first."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from portrait.batch.events import BatchJob, BatchSummary, JobDone, JobFailed, JobSkipped
from portrait.batch.plan import BatchPlan
from portrait.gui.batch.batch_results import BatchResults
from portrait.photo.report import FileReport


def job(index: int, total: int) -> BatchJob:
    return BatchJob(Path(f"/in/{index}.jpg"), Path(f"/out/{index}.jpg"), index, total)


def test_the_time_left_counts_only_photos_that_were_worked_on(qtbot) -> None:
    now_s = 100.0
    results = BatchResults(clock=lambda: now_s)
    qtbot.addWidget(results)
    results.begin()
    jobs = tuple(job(index, 100) for index in range(1, 101))
    results.show_plan(BatchPlan(Path("/in"), Path("/out"), jobs))
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
    results.show_plan(BatchPlan(Path("/in"), Path("/out"), (job(1, 1),)))
    results.add(JobFailed(job(1, 1), "/in/1.jpg is empty", "copy it again"))
    index = results.table_model.index(0, 2)
    assert index.data() == "1.jpg is empty"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "Copy it again"
    assert results.table_model.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is not None


@pytest.fixture
def results(qtbot) -> BatchResults:
    """Of 200 photos, of which every tenth failed and the last was skipped."""
    results = BatchResults()
    qtbot.addWidget(results)
    results.resize(420, 300)
    results.show()
    results.begin()
    jobs = tuple(job(index, 200) for index in range(1, 201))
    results.show_plan(BatchPlan(Path("/in"), Path("/out"), jobs))
    for each in jobs[:-1]:
        report = FileReport(each.source, each.target, "done", 4, 3, 0.5, {})
        is_bad = each.index % 10 == 0
        results.add(JobFailed(each, f"{each.source} is empty", "copy it again") if is_bad else JobDone(each, report))
    results.add(JobSkipped(jobs[-1], "done before"))
    return results


def shown(results: BatchResults, column: int) -> list[str]:
    model = results.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_failures_can_be_sorted_to_the_top(results: BatchResults) -> None:
    in_order = shown(results, 1)
    assert in_order == [f"{index}.jpg" for index in range(1, 201)]
    results.table.scrollToBottom()
    results.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert results.table.verticalScrollBar().value() == 0
    assert shown(results, 0) == ["Failed"] * 19 + ["Done"] * 180 + ["Skipped"]
    assert shown(results, 1)[:2] == ["10.jpg", "20.jpg"]
    results.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert shown(results, 1) == in_order


def test_details_have_the_most_room_however_narrow(results: BatchResults) -> None:
    for width_px in (300, 420, 900, 1600):
        results.resize(width_px, 300)
        widths = [results.table.columnWidth(column) for column in range(3)]
        assert widths[2] == max(widths)


def test_tooltips_hold_what_may_be_cut_off_and_what_to_do(results: BatchResults) -> None:
    tips = [results.table.model().index(9, column).data(Qt.ItemDataRole.ToolTipRole).splitlines() for column in (1, 2)]
    assert tips == [["10.jpg", "Copy it again"], ["10.jpg is empty", "Copy it again"]]
    assert results.table.model().index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == "1.jpg"


def test_the_table_follows_unless_one_looks_at_earlier_rows(results: BatchResults, qtbot) -> None:
    bar = results.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(0)
    results.add(JobSkipped(job(1, 200), "done before"))
    QApplication.processEvents()
    assert bar.value() == 0


def test_a_summary_names_only_what_there_was(qtbot) -> None:
    results = BatchResults()
    qtbot.addWidget(results)
    results.show_summary(BatchSummary(5, 3, 0, 2, 0, cancelled=False, elapsed_s=300.0))
    assert results.status.text() == "3 done · 2 done before · in 5 min"


def test_a_cancelled_batch_says_how_many_are_left(qtbot) -> None:
    results = BatchResults()
    qtbot.addWidget(results)
    results.show_summary(BatchSummary(62, 20, 0, 4, 1, cancelled=True, elapsed_s=6.0))
    assert results.status.text() == "20 done · 4 done before · 1 failed · 37 left · in 6 s"
