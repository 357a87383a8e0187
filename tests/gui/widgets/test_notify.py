"""The doors for messages."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

import portrait
from portrait.errors import ImageFileError
from portrait.gui.widgets.notify import Banner, BugReporter, as_sentence, bug_report


@pytest.fixture
def banner(qtbot: QtBot) -> Banner:
    banner = Banner()
    qtbot.addWidget(banner)
    return banner


def button(banner: Banner) -> QPushButton:
    return banner.findChild(QPushButton)


def test_an_error_is_shown_with_its_hint(banner: Banner) -> None:
    banner.show_error(ImageFileError("the file is empty", "copy it again"))
    assert banner.isVisible()
    assert banner.kind == "error"
    assert banner.text == "The file is empty\nCopy it again"
    assert banner.accessibleName() == banner.text
    assert button(banner).isHidden()


def test_the_button_calls_its_action_and_goes_with_the_notice(banner: Banner, qtbot: QtBot) -> None:
    calls: list[int] = []
    banner.show_notice("done", "Saved", action=("Show in folder", lambda: calls.append(1)))
    assert button(banner).text() == "Show in folder"
    qtbot.mouseClick(button(banner), Qt.MouseButton.LeftButton)
    assert calls == [1]
    banner.show_notice("info", "Something else")
    assert button(banner).isHidden()


def test_closing_takes_the_notice_away(banner: Banner) -> None:
    banner.show_notice("info", "Hello")
    banner.clear()
    assert banner.isHidden()
    assert banner.text == ""


def test_a_long_name_is_cut_in_its_middle_and_widens_nothing(banner: Banner, qtbot: QtBot) -> None:
    name = "/photos/" + 240 * "n" + ".jpg"
    banner.resize(400, 80)
    banner.show_error(ImageFileError(f"{name} is not an image", "open another"))
    assert banner.minimumSizeHint().width() <= 400
    assert name in banner.text
    assert name in banner.accessibleName()
    label = next(label for label in banner.findChildren(QLabel) if "not an image" in label.text())
    assert label.text().startswith("/photos/nnn")
    assert label.text().endswith("nnn.jpg is not an image")
    assert name in label.toolTip()
    narrow = len(label.text())
    banner.resize(800, 80)
    qtbot.waitUntil(lambda: len(label.text()) > narrow)


def test_the_words_of_a_message_are_never_cut(banner: Banner) -> None:
    banner.resize(300, 80)
    message = "many ordinary words that go on to the next line, and to the one after it, where there is no more room"
    banner.show_notice("info", message)
    label = next(label for label in banner.findChildren(QLabel) if "ordinary" in label.text())
    assert label.text() == as_sentence(message)
    assert label.toolTip() == ""


@pytest.mark.parametrize(
    ("text", "shown"), [("the disk is full", "The disk is full"), ("a.jpg is empty", "a.jpg is empty"), ("", "")]
)
def test_names_of_files_keep_their_case(text: str, shown: str) -> None:
    assert as_sentence(text) == shown


def raised(message: str) -> Exception:
    try:
        raise ZeroDivisionError(message)
    except ZeroDivisionError as exc:
        return exc


def test_a_report_has_versions_and_traceback() -> None:
    report = bug_report(raised("the reason"))
    assert portrait.__version__ in report
    assert "ZeroDivisionError: the reason" in report
    assert "test_notify.py" in report


def test_one_dialog_at_a_time_and_its_report_can_be_copied(qtbot: QtBot) -> None:
    reporter = BugReporter(lambda: None)
    reporter.on_bug_found(raised("first"))
    dialog = reporter.dialog
    assert dialog is not None
    reporter.on_bug_found(raised("second"))
    assert reporter.dialog is dialog
    copy = next(b for b in dialog.buttons() if "Copy" in b.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "ZeroDivisionError: first" in QGuiApplication.clipboard().text()
    assert reporter.dialog is None


def test_a_crash_is_offered_without_private_names(qtbot: QtBot) -> None:
    reporter = BugReporter(lambda: None)
    reporter.offer_crash(
        'Fatal Python error: Segmentation fault\n\n  File "/home/ann/secret/portrait/gui/tray.py", line 4 in show\n'
    )
    dialog = reporter.dialog
    assert dialog is not None
    assert "ended unexpectedly" in dialog.text()
    copy = next(b for b in dialog.buttons() if "Copy" in b.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text()
    assert portrait.__version__ in report
    assert 'File "portrait/gui/tray.py", line 4 in show' in report
    assert "ann" not in report
    assert "secret" not in report
