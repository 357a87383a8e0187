"""The dialog for the name of a portrait, as Qt shows it where the platform has none of its own."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.dialogs import ask_for_target


class SaveDialog:
    """A user who types names, chooses a format and answers questions; and what was asked."""

    def __init__(self, parent: QWidget, folder: Path) -> None:
        self.parent = parent
        self.folder = folder
        self.filters: list[str] = []
        self.questions: list[str] = []
        self.formats: list[Qt.TextFormat] = []

    def ask(
        self, *names: str, chosen: str = "", answer: str = "Yes", proposed: str = "anna-portrait.png"
    ) -> Path | None:
        """Type a name each time the dialog comes up, and cancel it when there are no more."""
        left = list(names)

        def act() -> None:
            QTimer.singleShot(10, self.parent, act)  # before a dialog opens another inside this very call
            match QApplication.activeModalWidget():
                case QFileDialog() as dialog if left:
                    self.filters.append(dialog.selectedNameFilter())
                    self._choose(dialog, chosen)
                    dialog.findChild(QLineEdit, "fileNameEdit").setText(left.pop(0))
                    dialog.accept()
                case QFileDialog() as dialog:
                    dialog.reject()
                case QMessageBox() as box:
                    self.questions.append(box.text())
                    self.formats.append(box.textFormat())
                    box.button(QMessageBox.StandardButton[answer]).click()

        QTimer.singleShot(10, self.parent, act)
        return ask_for_target(self.parent, self.folder / proposed)

    def _choose(self, dialog: QFileDialog, chosen: str) -> None:
        combo = dialog.findChild(QComboBox, "fileTypeCombo")
        index = combo.findText(chosen, Qt.MatchFlag.MatchStartsWith) if chosen else combo.currentIndex()
        combo.setCurrentIndex(index)
        combo.activated.emit(index)


@pytest.fixture
def save_dialog(qtbot: QtBot, tmp_path: Path) -> SaveDialog:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    qtbot.waitExposed(parent)
    return SaveDialog(parent, tmp_path)


@pytest.mark.parametrize("answer", ["Yes", "No"])
@pytest.mark.parametrize("name", ["holiday", "holiday.png", "v1.2 final"])
def test_no_file_is_replaced_unasked(save_dialog: SaveDialog, name: str, answer: str) -> None:
    there = save_dialog.folder / (name if name.endswith(".png") else f"{name}.png")
    there.write_bytes(b"precious")
    target = save_dialog.ask(name, answer=answer)
    assert len(save_dialog.questions) == 1
    assert there.name in save_dialog.questions[0]
    assert target == (there if answer == "Yes" else None)


def test_a_name_that_looks_like_markup_is_shown_as_it_is(save_dialog: SaveDialog) -> None:
    (save_dialog.folder / "<b>x.png").write_bytes(b"precious")
    save_dialog.ask("<b>x")
    assert "<b>x.png" in save_dialog.questions[0]
    assert save_dialog.formats == [Qt.TextFormat.PlainText]


def test_who_keeps_the_file_is_asked_for_another_name(save_dialog: SaveDialog) -> None:
    (save_dialog.folder / "holiday.png").write_bytes(b"precious")
    assert save_dialog.ask("holiday", "beach", answer="No") == save_dialog.folder / "beach.png"


@pytest.mark.parametrize(
    ("proposed", "name"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.heif", "HEIC"), ("a.tif", "TIFF")]
)
def test_the_format_of_the_proposed_name_is_chosen(save_dialog: SaveDialog, proposed: str, name: str) -> None:
    save_dialog.ask("b", proposed=proposed)
    assert [text.split()[0] for text in save_dialog.filters] == [name]


@pytest.mark.parametrize(
    ("typed", "chosen", "name"),
    [
        ("new", "", "new.png"),
        ("new", "JPEG", "new.jpg"),
        ("v1.2 final", "WebP", "v1.2 final.webp"),
        ("new.tif", "JPEG", "new.tif"),
        ("NEW.JPG", "PNG", "NEW.JPG"),
        ("new.gif", "", "new.gif"),  # a picture's ending: saving tells that it cannot be written
    ],
)
def test_the_chosen_format_decides_the_ending_of_a_name_without_one(
    save_dialog: SaveDialog, typed: str, chosen: str, name: str
) -> None:
    assert save_dialog.ask(typed, chosen=chosen) == save_dialog.folder / name
    assert not save_dialog.questions


def test_a_cancelled_dialog_names_nothing(save_dialog: SaveDialog) -> None:
    assert save_dialog.ask() is None
