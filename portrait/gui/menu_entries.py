"""Entries of the window's menus."""

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from portrait.gui.main_window import MainWindow
from portrait.gui.page_stack import PageName


def add_entry(
    menu: QMenu, text: str, shortcut: QKeySequence | QKeySequence.StandardKey | None, action: Callable[[], object]
) -> QAction:
    """Add an entry with an optional shortcut."""
    entry = menu.addAction(text)
    if shortcut is not None:
        entry.setShortcut(shortcut)
    entry.triggered.connect(lambda: action())
    return entry


def enable_on(window: MainWindow, page: PageName, entry: QAction, is_possible: Callable[[], bool]) -> None:
    """Keep an entry enabled while this page is shown and ``is_possible`` is true."""

    def update() -> None:
        entry.setEnabled(window.pages.current_name == page and is_possible())

    window.page_shown.connect(update)
    window.photo_page.controls_changed.connect(update)
    update()
