"""The top of a page in little room."""

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.page_header import PageHeader


@pytest.fixture
def header(qtbot: QtBot) -> PageHeader:
    header = PageHeader("a photo with a long name.jpg", "29.2 fps · 50 ms latency · 10 % of frames dropped")
    for symbol, text in (("compare", "Compare"), ("open", "Open…")):
        header.add_secondary(SymbolButton(symbol, text))
    header.add_control(SymbolButton("save", "Save as…", is_primary=True))
    qtbot.addWidget(header)
    header.show()
    return header


def buttons(header: PageHeader) -> list[SymbolButton]:
    return header.findChildren(SymbolButton)


def test_buttons_lose_their_texts_before_the_title_does(header: PageHeader) -> None:
    header.resize(900, 60)
    assert [button.text() for button in buttons(header)] == ["Compare", "Open…", "Save as…"]
    header.resize(320, 60)
    assert [button.text() for button in buttons(header)] == ["", "", "Save as…"]
    assert [button.accessibleName() for button in buttons(header)[:2]] == ["Compare", "Open…"]
    assert [button.toolTip() for button in buttons(header)[:2]] == ["Compare", "Open…"]
    header.resize(900, 60)
    assert [button.text() for button in buttons(header)] == ["Compare", "Open…", "Save as…"]


def test_a_control_that_appears_takes_the_room(header: PageHeader, qtbot: QtBot) -> None:
    late = SymbolButton("", "1 of 20 photos that were opened together")
    header.add_control(late)
    late.hide()
    header.resize(620, 60)
    qtbot.waitUntil(lambda: buttons(header)[0].text() == "Compare")
    late.show()
    qtbot.waitUntil(lambda: buttons(header)[0].text() == "")


@pytest.mark.parametrize("width", [60, 120, 200, 280])
def test_figures_are_shown_whole_or_left_out(header: PageHeader, width: int) -> None:
    header.set_title("Live")
    header.resize(900, 60)
    assert header.shown_subtitle == header.subtitle
    header.resize(header.minimumSizeHint().width() + width, 60)
    shown = header.shown_subtitle.split(" · ")
    assert header.subtitle.startswith(header.shown_subtitle.rstrip("…"))
    assert all(part in header.subtitle.split(" · ") for part in shown[1:])


def test_the_controls_stay_in_place_when_the_second_line_comes(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    header, body = PageHeader("Live"), QLabel("body")
    button = SymbolButton("start", "Start")
    header.add_control(button)
    column.addWidget(header)
    column.addWidget(body, 1)
    page.resize(600, 300)
    page.show()
    places = [body.geometry(), button.geometry()]
    header.set_subtitle("starting…")
    qtbot.wait(1)
    assert [body.geometry(), button.geometry()] == places
