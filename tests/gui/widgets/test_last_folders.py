"""A dialog opens where the user last was."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from portrait.gui.widgets.last_folders import LastFolders


def test_folders_are_kept_one_for_each_purpose(tmp_path: Path) -> None:
    state = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    folders = LastFolders()
    assert folders.folder("portraits", Path("else")) == Path("else")
    folders.remember("portraits", tmp_path / "a.jpg")
    folders.keep(state)
    later = LastFolders()
    later.load(state)
    assert later.folder("portraits", Path("else")) == tmp_path
    assert later.folder("background", Path("else")) == Path("else")


def test_a_folder_that_is_gone_is_not_proposed(tmp_path: Path) -> None:
    folders = LastFolders()
    folders.remember("portraits", tmp_path / "gone" / "a.jpg")
    assert folders.folder("portraits", tmp_path) == tmp_path


def test_the_next_portrait_is_proposed_where_the_last_was_saved(
    under_test, photo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_test.open_photos(photo_path)
    page, target = under_test.window.photo_page, tmp_path / "portraits" / "first.png"
    target.parent.mkdir()
    proposed: list[Path] = []

    def answer(parent: object, path: Path) -> Path | None:
        proposed.append(path)
        return target if len(proposed) == 1 else None

    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_target", answer)
    page.files.choose_target()
    page.files.choose_target()
    assert proposed == [photo_path.with_name("anna-portrait.png"), target.with_name("anna-portrait.png")]
    under_test.wait(lambda: page.save_banner.kind == "done")
    under_test.window.close()
    assert under_test.state.value("folders/portraits") == str(target.parent)
