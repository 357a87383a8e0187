"""The Batch page, and a folder of photos to run."""

from pathlib import Path

import pytest

from portrait.gui.batch.batch_page import BatchPage


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
