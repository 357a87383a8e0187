"""The window's menus and keyboard shortcuts."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMessageBox

import portrait
from portrait.gui.main_window import MainWindow
from portrait.gui.widgets.page import Page
from portrait.language import LANGUAGES, tr
from portrait.settings import read_setting, setting_field

_Key = QKeySequence.StandardKey


def fill_menu_bar(window: MainWindow) -> None:
    """Add the menus to a window whose pages exist."""
    _fill_file_menu(window)
    _fill_view_menu(window)
    help_menu = window.menuBar().addMenu(tr("&Help"))
    about = _add(help_menu, tr("&About Portrait"), None, lambda: _show_about(window))
    about.setMenuRole(QAction.MenuRole.AboutRole)


def _fill_file_menu(window: MainWindow) -> None:
    menu = window.menuBar().addMenu(tr("&File"))
    """Add the file menu: open, paste, save, step through the photos, quit."""
    page = window.photo_page

    def on_photo_page(action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            window.show_page("photo")
            action()

        return run

    # Entries.
    _add(menu, tr("&Open photos…"), _Key.Open, on_photo_page(page.choose_photos))
    depth = _add(menu, tr("Open &depth map…"), None, page.choose_depth)
    _add(menu, tr("&Paste"), _Key.Paste, on_photo_page(page.paste))
    save = _add(menu, tr("&Save portrait as…"), _Key.Save, page.choose_target)
    menu.addSeparator()
    previous = _add(menu, _with_key(tr("Pre&vious photo"), _Key.MoveToPreviousPage), None, page.strip.go_to_previous)
    following = _add(menu, _with_key(tr("&Next photo"), _Key.MoveToNextPage), None, page.strip.go_to_next)
    # What each needs to be enabled.
    _enable_on(window, page, depth, lambda: page.has_matte)
    _enable_on(window, page, save, lambda: page.has_portrait)
    _enable_on(window, page, previous, page.strip.previous_button.isEnabled)
    _enable_on(window, page, following, page.strip.next_button.isEnabled)
    menu.addSeparator()
    leave = _add(menu, tr("&Quit"), QKeySequence("Ctrl+Q"), window.close)
    leave.setMenuRole(QAction.MenuRole.QuitRole)


def _fill_view_menu(window: MainWindow) -> None:
    """Add the view menu: pages, comparison, cameras, appearance."""
    menu = window.menuBar().addMenu(tr("&View"))
    _add(menu, tr("&Photo"), QKeySequence("Ctrl+1"), lambda: window.show_page("photo"))
    _add(menu, tr("&Live"), QKeySequence("Ctrl+2"), lambda: window.show_page("live"))
    _add(menu, tr("&Batch"), QKeySequence("Ctrl+3"), lambda: window.show_page("batch"))
    menu.addSeparator()
    photo_page, live_page = window.photo_page, window.live_page
    compare = _add(menu, tr("&Compare with the original"), QKeySequence("Ctrl+D"), photo_page.compare_button.click)
    refresh = _add(menu, tr("Look for &cameras"), _Key.Refresh, live_page.refresh)
    _enable_on(window, photo_page, compare, lambda: photo_page.has_portrait)
    _enable_on(window, live_page, refresh, lambda: True)
    menu.addSeparator()
    schemes = {"auto": tr("&System"), "light": tr("&Light"), "dark": tr("&Dark")}
    _fill_choices(window, menu.addMenu(tr("&Appearance")), "color_scheme", schemes)
    languages = {"system": tr("&System"), **LANGUAGES}
    _fill_choices(window, menu.addMenu(tr("La&nguage")), "language", languages).connect(lambda: _tell_language(window))


def _fill_choices(window: MainWindow, menu: QMenu, key: str, names: Mapping[str, str]) -> SignalInstance:
    """Add one entry for each choice of a setting, of which one is checked; return the signal that one was chosen."""
    group = QActionGroup(menu)
    for choice in setting_field(key).choices:
        action = menu.addAction(names[choice])
        action.setCheckable(True)
        action.setChecked(read_setting(window.model.settings, key) == choice)
        action.setData(choice)
        group.addAction(action)
    group.triggered.connect(lambda action: window.model.set_value(key, action.data()))
    return group.triggered


def _tell_language(window: MainWindow) -> None:
    """Say that a change of the language waits for the next start."""
    hint = tr("Close the window and open the app again.")
    window.current_page.banner.show_notice("info", tr("The language changes at the next start"), hint)


def _add(
    menu: QMenu, text: str, shortcut: QKeySequence | QKeySequence.StandardKey | None, action: Callable[[], object]
) -> QAction:
    """Add an entry with an optional shortcut."""
    entry = menu.addAction(text)
    if shortcut is not None:
        entry.setShortcut(shortcut)
    entry.triggered.connect(lambda: action())
    return entry


def _with_key(text: str, key: QKeySequence.StandardKey) -> str:
    """A menu text that names a key without making it a shortcut: `MainWindow.keyPressEvent` handles the key."""
    return f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}"


def _enable_on(window: MainWindow, page: Page, entry: QAction, is_possible: Callable[[], bool]) -> None:
    """Keep an entry enabled while its page is shown and ``is_possible`` is true."""

    def update() -> None:
        entry.setEnabled(window.current_page is page and is_possible())

    window.page_shown.connect(update)
    window.photo_page.controls_changed.connect(update)
    update()


def _show_about(window: MainWindow) -> None:
    QMessageBox.about(
        window,
        tr("About Portrait"),
        tr(
            "<h3>Portrait {version}</h3><p>The portrait mode of a phone for any photo, webcam or folder.</p>"
            "<p>{engine}</p>",
            version=portrait.__version__,
            engine=window.engine_text,
        ),
    )
