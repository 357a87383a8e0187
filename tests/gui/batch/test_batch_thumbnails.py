"""Thumbnails in the table of a batch: loaded aside, bounded, and none where there is no picture."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from portrait.batch.events import BatchJob, JobDone, JobFailed
from portrait.batch.plan import BatchPlan
from portrait.files.thumbnail import thumbnail_jpeg
from portrait.gui.batch import batch_thumbnails
from portrait.gui.batch.batch_results import BatchResults
from portrait.gui.batch.batch_table import AFTER, BEFORE
from portrait.gui.batch.batch_thumbnails import SIDE_PX, BatchThumbnails
from portrait.photo.report import FileReport


@pytest.fixture
def thumbnails(qtbot) -> Iterator[BatchThumbnails]:
    bugs: list[Exception] = []
    thumbnails = BatchThumbnails(bugs.append)
    yield thumbnails
    assert thumbnails.stop()
    assert bugs == []


def test_a_picture_is_loaded_once_and_what_is_none_stays_empty(
    thumbnails: BatchThumbnails, tmp_path: Path, write_photo: Callable[..., Path], monkeypatch, qtbot
) -> None:
    read: list[Path] = []

    def note(path: Path, side_px: int) -> bytes:
        read.append(path)
        return thumbnail_jpeg(path, side_px)

    monkeypatch.setattr(batch_thumbnails, "thumbnail_jpeg", note)
    photo = write_photo(tmp_path / "a.jpg", 90, 120)
    (tmp_path / "b.jpg").write_text("no photo")
    with qtbot.waitSignal(thumbnails.loaded):
        assert thumbnails.pixmap(photo) is None
        assert thumbnails.pixmap(photo) is None, "painted again before it is there"
    pixmap = thumbnails.pixmap(photo)
    assert pixmap is not None
    assert pixmap.deviceIndependentSize().width() == SIDE_PX
    with qtbot.waitSignal(thumbnails.loaded):
        assert thumbnails.pixmap(tmp_path / "b.jpg") is None
    with qtbot.assertNotEmitted(thumbnails.loaded, wait=50):
        assert thumbnails.pixmap(tmp_path / "b.jpg") is None, "it is not asked for again at every painting"
    assert read == [photo, tmp_path / "b.jpg"]
    thumbnails.forget()
    assert thumbnails.pixmap(photo) is None


def test_what_was_scrolled_past_is_not_loaded(thumbnails: BatchThumbnails, monkeypatch, qtbot) -> None:
    read: list[Path] = []

    def note(path: Path, side_px: int) -> bytes:
        read.append(path)
        return b""

    monkeypatch.setattr(batch_thumbnails, "thumbnail_jpeg", note)
    paths = [Path(f"/{number}.jpg") for number in range(300)]
    for path in paths:
        thumbnails.pixmap(path)
    qtbot.waitUntil(lambda: len(read) == 41)
    assert read[1:] == paths[:-41:-1], "the rows in view come first"


def test_the_table_shows_before_and_after(
    thumbnails: BatchThumbnails, tmp_path: Path, write_photo: Callable[..., Path], qtbot
) -> None:
    photo, portrait = write_photo(tmp_path / "a.jpg"), write_photo(tmp_path / "out" / "a.jpg")
    results = BatchResults(thumbnails=thumbnails)
    qtbot.addWidget(results)
    results.begin()
    jobs = (BatchJob(photo, portrait, 1, 2), BatchJob(photo, portrait, 2, 2))
    results.show_plan(BatchPlan(tmp_path, tmp_path / "out", jobs))
    results.add(JobDone(jobs[0], FileReport(photo, portrait, "done", 4, 3, 0.5, {})))
    results.add(JobFailed(jobs[1], "no", "hint"))
    results.resize(700, 300)
    results.show()
    model, decoration = results.table_model, Qt.ItemDataRole.DecorationRole
    qtbot.waitUntil(lambda: model.index(0, AFTER).data(decoration) is not None)
    qtbot.waitUntil(lambda: model.index(1, BEFORE).data(decoration) is not None)
    assert model.index(1, AFTER).data(decoration) is None, "there is no portrait"
    assert results.table.rowHeight(0) >= SIDE_PX
    header = results.table.horizontalHeader()
    order = [model.headerData(header.logicalIndex(place), Qt.Orientation.Horizontal) for place in range(5)]
    assert order == ["Result", "Before", "After", "Photo", "Details"]
    assert results.table.model().index(0, AFTER).data(Qt.ItemDataRole.ToolTipRole) == str(portrait)
