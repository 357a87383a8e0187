"""The bar of pages."""

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from portrait.gui.rail import Rail

ENTRIES = (("photo", "Photo", "Single photos"), ("live", "Live", "Webcam"), ("batch", "Batch", "A folder"))


@pytest.fixture
def rail(qtbot: QtBot) -> Rail:
    rail = Rail(ENTRIES)
    qtbot.addWidget(rail)
    rail.show()
    return rail


def test_a_page_at_work_is_marked_and_says_so(rail: Rail) -> None:
    button = rail.button(1)
    at_rest = button.grab().toImage()
    button.set_activity("running")
    assert button.grab().toImage() != at_rest
    assert button.accessibleName() == "Live, running"
    assert button.text() == "Live"
    button.set_activity("")
    assert button.grab().toImage() == at_rest
    assert button.accessibleName() == "Live"


def test_a_large_font_finds_room(qapp: QApplication, qtbot: QtBot) -> None:
    before = qapp.font()
    font = QFont(before)
    font.setPointSizeF(24.0)
    qapp.setFont(font)
    try:
        rail = Rail(ENTRIES)
        qtbot.addWidget(rail)
        rail.show()
        assert all(rail.button(i).width() >= rail.button(i).sizeHint().width() for i in range(3))
    finally:
        qapp.setFont(before)
