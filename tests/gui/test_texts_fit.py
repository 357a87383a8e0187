"""No text of the window is cut off or left in English, with small and with large letters."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QMainWindow, QToolButton, QWidget

from portrait.engine import PortraitEngine
from portrait.files.formats import chosen_names
from portrait.gui.main_window import PAGE_NAMES
from portrait.gui.widgets.field_editors import choice_text
from portrait.gui.widgets.page_header import ElidedLabel
from portrait.language import set_language
from portrait.settings import FIELDS


@pytest.fixture
def letters(qapp: QApplication) -> Iterator[QApplication]:
    font = qapp.font()
    yield qapp
    qapp.setFont(font)


def needed_size(widget: QWidget) -> QSize:
    """What the text of a widget takes; nothing where it wraps or elides, and where there is an icon only."""
    metrics = widget.fontMetrics()
    match widget:
        case ElidedLabel():
            return QSize()
        case QLabel():
            return QSize() if widget.wordWrap() or not widget.text() else widget.minimumSizeHint()
        case QToolButton() if widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly:
            return QSize()
        case QComboBox():
            widest = max((metrics.horizontalAdvance(widget.itemText(n)) for n in range(widget.count())), default=0)
            return QSize(widest, metrics.height())
    return metrics.size(Qt.TextFlag.TextShowMnemonic, widget.text())


def is_cut(widget: QWidget) -> bool:
    needed = needed_size(widget)
    return widget.width() < needed.width() or widget.height() < needed.height()


def shared_letters(window: QMainWindow) -> list[str]:
    """Letters that two entries of one menu are chosen by; the entries of the bar count as one menu."""
    menus = [window.menuBar(), *(action.menu() for action in window.menuBar().actions())]
    letters = [[text[1] for action in menu.actions() if (text := re.search("&(.)", action.text()))] for menu in menus]
    assert sum(map(len, letters)) > 20
    return [letter for of_menu in letters for letter in set(of_menu) if of_menu.count(letter) > 1]


def test_every_choice_of_a_setting_has_a_korean_name() -> None:
    set_language("ko")
    of_menus = ("language", "color_scheme", "motion")
    names = {choice_text(choice) for field in FIELDS if field.key not in of_menus for choice in field.choices}
    assert len(names) > 20
    assert not [name for name in names - {*chosen_names().values()} if not re.search("[가-힣]", name)]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "points"), [("en", 14.0), ("ko", 9.0), ("ko", 14.0)])
def test_no_text_is_cut_off(
    open_window, engine: PortraitEngine, letters: QApplication, language: str, points: float
) -> None:
    set_language(language)
    font = letters.font()
    font.setPointSizeF(points)
    letters.setFont(font)
    window = open_window(lambda: engine).window
    window.options_panel.lens.title.click()
    assert language != "ko" or not shared_letters(window)
    for name in PAGE_NAMES:
        window.show_page(name)
        window.resize(window.minimumSizeHint())
        letters.processEvents()
        shown = [w for kind in (QAbstractButton, QLabel, QComboBox) for w in window.findChildren(kind) if w.isVisible()]
        assert len(shown) > 20
        cut = [(widget, needed_size(widget)) for widget in shown if is_cut(widget)]
        assert not cut, [(name, type(w).__name__, getattr(w, "text", str)(), w.size(), needed) for w, needed in cut]
