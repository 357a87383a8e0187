"""A folder in, portraits out, and what became of each photo."""

from collections.abc import Callable
from pathlib import Path

import pytest

from portrait.gui.batch.batch_page import BatchPage
from tests.gui.batch.conftest import rows, run

pytestmark = pytest.mark.slow


def test_start_waits_for_both_folders(page: BatchPage, folder: Path) -> None:
    assert page.body.currentWidget() is page.empty_state
    assert not page.start_button.isEnabled()
    page.form.input_row.set_folder(folder)
    assert not page.start_button.isEnabled()
    page.form.output_row.set_folder(folder.with_name("out"))
    assert page.start_button.isEnabled()
    assert page.empty_state.title == "Ready"
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


def test_an_output_folder_that_is_the_input_is_refused(page: BatchPage, under_test, folder: Path) -> None:
    page.form.input_row.set_folder(folder)
    page.form.output_row.set_folder(folder)
    run(under_test, page)
    assert page.banner.kind == "error"
    assert "\n" in page.banner.text, "no hint"
    assert page.body.currentWidget() is page.empty_state


def test_failed_photos_are_tried_again_and_results_open_on_a_double_click(
    page: BatchPage, under_test, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.set_input_folder(folder)
    run(under_test, page)
    (folder / "broken.png").write_bytes((folder / "anna.png").read_bytes())
    page.retry_failed()
    under_test.wait(lambda: not page.is_running)
    assert rows(page)["broken.png"][0] == "Done"
    assert {row[0] for name, row in rows(page).items() if name != "broken.png"} == {"Skipped"}
    opened = []
    monkeypatch.setattr("portrait.gui.widgets.other_programs.QDesktopServices.openUrl", lambda url: opened.append(url))
    page.results.table.doubleClicked.emit(page.results.table.model().index(0, 1))
    assert Path(opened[0].toLocalFile()).parent == folder.with_name("photos-portraits")


def test_what_was_left_out_and_kept_is_told(page: BatchPage, under_test, folder: Path) -> None:
    (folder / "broken.png").unlink()
    for number in range(5):
        (folder / f"{number}.pdf").touch()
    (folder / "link").symlink_to(folder / "party", target_is_directory=True)
    page.set_input_folder(folder)
    run(under_test, page)
    assert page.banner.kind == "info"
    assert "Links to folders that were not followed: 1 (link)" in page.banner.text
    assert "Other files that were left out: 6 (0.pdf, 1.pdf, 2.pdf, …)" in page.banner.text
    (folder.with_name("photos-portraits") / "anna.png").write_bytes(b"mine")
    under_test.shell.model.set_value("background", "mono")
    run(under_test, page)
    assert page.banner.kind == "warning"
    assert page.banner.text.startswith("1 of 3 photos were left out")


def test_an_empty_folder_is_told(page: BatchPage, under_test, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page.set_input_folder(tmp_path / "empty")
    run(under_test, page)
    assert page.banner.kind == "error"
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


def test_cut_outs_as_jpeg_are_refused_once_and_the_page_can_start_again(
    page: BatchPage, under_test, folder: Path
) -> None:
    under_test.shell.model.set_value("background", "transparent")
    under_test.shell.model.set_value("save.format", "jpg")
    page.set_input_folder(folder)
    page.start()
    under_test.wait(lambda: not page.is_running)
    assert page.banner.kind == "error"
    assert "The portraits cannot be transparent" in page.banner.text
    assert page.results.table_model.rowCount() == 0
    under_test.shell.model.set_value("save.format", "png")
    page.start()
    under_test.wait(lambda: not page.is_running)
    assert page.results.table_model.rowCount() > 0


def test_whatever_is_raised_on_start_leaves_the_page_usable(
    page: BatchPage, under_test, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    page.set_input_folder(folder)
    for owner, name in ((page.results, "begin"), (under_test.shell.bridge.batch, "start")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fail)
            with pytest.raises(ZeroDivisionError):
                page.start()
        assert not page.is_running
        assert page.form.isEnabled()
    run(under_test, page)
    assert rows(page)["anna.png"][0] == "Done"


def test_a_bug_while_the_folder_is_looked_through_ends_the_batch_and_is_told_once(
    page: BatchPage, under_test, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    page.set_input_folder(folder)
    with monkeypatch.context() as patch:
        patch.setattr("portrait.gui.batch.batch_service.plan_batch", fail)
        run(under_test, page)
    assert "a bug" in page.banner.text
    run(under_test, page)
    assert rows(page)["anna.png"][0] == "Done"
    assert under_test.shell.reporter.dialog is None
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_a_folder_can_be_dropped(drag: Callable[..., bool], page: BatchPage, folder: Path, photo_path: Path) -> None:
    assert not drag(page, photo_path)
    assert drag(page, photo_path, folder)
    assert page.form.folders == (folder, folder.with_name("photos-portraits"))
    assert drag(page.form.output_row, folder / "party")
    assert page.form.folders == (folder, folder / "party")


def test_another_folder_takes_away_what_was_told_of_the_one_before(page: BatchPage, under_test, folder: Path) -> None:
    page.set_input_folder(folder)
    run(under_test, page)
    assert page.body.currentWidget() is page.results
    before = page.form.folders
    page.set_input_folder(folder / "party")
    assert page.banner.kind is None
    assert page.body.currentWidget() is page.empty_state
    assert before is not None
    for row, path in zip((page.form.input_row, page.form.output_row), before, strict=True):
        row.set_folder(path)
    assert page.body.currentWidget() is page.results, "it is told of the same folders again"


def test_a_folder_that_comes_while_a_batch_runs_is_refused_aloud(page: BatchPage, under_test, folder: Path) -> None:
    page.set_input_folder(folder)
    page.start()
    page.set_input_folder(folder / "party")
    assert page.banner.text.startswith("A batch is running: party was not taken")
    assert page.form.folders is not None
    assert page.form.folders[0] == folder
    under_test.wait(lambda: not page.is_running)


def test_where_all_failed_no_others_are_done(page: BatchPage, under_test, folder: Path) -> None:
    for path in (*folder.glob("*.png"), *folder.glob("party/*.png")):
        path.write_bytes(b"no picture")
    page.set_input_folder(folder)
    run(under_test, page)
    assert page.banner.text.startswith("4 of 4 photos failed")
    assert "others" not in page.banner.text
