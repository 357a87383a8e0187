"""Notices lie over the picture: what the user is about to click stays where it is."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.page import Page

LONG = "a reason that is told at some length, so that it goes on to another line, and then to one more " * 2


def place_in_window(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint()), widget.size())


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    page = Page("Title", "")
    page.body.addWidget(QWidget())
    qtbot.addWidget(page)
    page.resize(600, 400)
    page.show()
    return page


def test_a_notice_moves_nothing_and_stays_inside_the_body(page: Page, qtbot: QtBot) -> None:
    before = page.body.geometry()
    page.banner.show_notice("error", LONG, LONG, ("Try again", lambda: None))
    qtbot.wait(1)
    assert page.body.geometry() == before
    assert before.contains(page.notices.geometry())
    labels = page.banner.findChildren(QLabel)
    assert all(label.height() >= label.heightForWidth(label.width()) for label in labels), "a line is cut"
    page.resize(420, 400)
    qtbot.wait(1)
    assert page.body.geometry().contains(page.notices.geometry())
    page.banner.clear()
    assert page.notices.isHidden()


def test_a_notice_is_in_front_and_can_be_closed_by_the_mouse(page: Page, qtbot: QtBot) -> None:
    pressed: list[int] = []
    page.banner.show_notice("info", "Hello", "", ("Press", lambda: pressed.append(1)))
    qtbot.wait(1)
    button = page.banner.findChild(QPushButton)
    assert page.childAt(place_in_window(button).center()) is button


def test_a_saved_portrait_leaves_picture_and_tools_where_they_are(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    places = [place_in_window(widget) for widget in (page.view, page.editing.bar, page.save_button)]
    page.save_to(photo_path.with_name("out.png"))
    under_test.wait(lambda: page.save_banner.kind == "done" and not page.is_busy)
    under_test.qtbot.wait(1)
    assert [place_in_window(widget) for widget in (page.view, page.editing.bar, page.save_button)] == places
    assert place_in_window(page.view).contains(place_in_window(page.notices))


def test_the_form_of_a_batch_stays_in_its_place(under_test) -> None:
    page = under_test.window.batch_page
    under_test.window.show_page("batch")
    place = place_in_window(page.form)
    page.banner.show_notice("warning", "1 of 2 photos failed")
    under_test.qtbot.wait(1)
    assert place_in_window(page.form) == place
    assert page.banner.isVisible()
