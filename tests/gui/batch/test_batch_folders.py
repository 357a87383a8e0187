"""Folders of a batch that are typed: paths that cannot be, and what is said of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from portrait.gui.batch.batch_page import BatchPage
from tests.gui.batch.conftest import rows, run

pytestmark = pytest.mark.slow


def type_output(page: BatchPage, folder: Path, text: str) -> None:
    page.form.input_row.set_folder(folder)
    page.form.output_row.line.setText(text)


@pytest.mark.parametrize("text", ["~nobody-of-this-name", "~nobody-of-this-name/portraits", "portraits"])
def test_a_path_that_has_no_beginning_is_told_on_start(page: BatchPage, folder: Path, text: str) -> None:
    type_output(page, folder, text)
    page.start()
    assert not page.is_running
    assert page.banner.kind == "error"
    assert text.split("/")[0] in page.banner.text
    assert "\n" in page.banner.text, "no hint"
    assert page.start_button.isEnabled()


def test_the_folder_of_the_user_may_be_typed_as_a_tilde(page: BatchPage, folder: Path) -> None:
    type_output(page, folder, "~/portraits")
    assert page.form.folders == (folder, Path.home() / "portraits")


def test_a_name_that_is_too_long_is_told_and_another_can_be_chosen(page: BatchPage, under_test, folder: Path) -> None:
    type_output(page, folder, str(folder.with_name("z" * 300)))
    assert not page.open_button.isEnabled()
    run(under_test, page)
    assert page.banner.kind == "error"
    assert "too long" in page.banner.text
    page.set_input_folder(folder)
    run(under_test, page)
    assert rows(page)["anna.png"][0] == "Done"


def test_a_folder_that_may_not_be_entered_is_told(
    drag: Callable[..., bool], page: BatchPage, under_test, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = folder.with_name("locked")

    def refusing(really_ask):
        def ask(path: Path, *words: object, **options: object) -> object:
            if locked in Path(path).parents:
                raise PermissionError(13, "Permission denied", str(path))
            return really_ask(path, *words, **options)

        return ask

    for name in ("stat", "lstat", "mkdir"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))
    type_output(page, folder, str(locked / "out"))
    assert not page.open_button.isEnabled()
    assert not drag(page, locked / "photos")
    assert not drag(page.form.output_row, locked / "photos")
    run(under_test, page)
    assert page.banner.text.startswith("No permission to write")
    assert page.start_button.isEnabled()
