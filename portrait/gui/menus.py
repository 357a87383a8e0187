"""The window's menus and keyboard shortcuts."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMessageBox

import portrait
from portrait.gui.main_window import MainWindow
from portrait.gui.widgets.page import Page
from portrait.settings import setting_field

START_TEXT, CALLS_TEXT, SNAPSHOT_TEXT = "&Start or stop", "&Use in calls", "Take a &snapshot"
RECORD_TEXT, MIRROR_TEXT, FLOAT_TEXT = "&Record or stop", "&Mirror", "Small &window above all others"

_Key = QKeySequence.StandardKey


def fill_menu_bar(window: MainWindow) -> None:
    """Add the menus to a window whose pages exist."""
    _fill_file_menu(window)
    _fill_view_menu(window)
    _fill_live_menu(window)
    help_menu = window.menuBar().addMenu(_tr("&Help"))
    about = _add(help_menu, _tr("&About Portrait"), None, lambda: _show_about(window))
    about.setMenuRole(QAction.MenuRole.AboutRole)


def _fill_file_menu(window: MainWindow) -> None:
    menu = window.menuBar().addMenu(_tr("&File"))
    """Add the file menu: open, paste, save, step through the photos, quit."""
    page = window.photo_page

    def on_photo_page(action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            window.show_page("photo")
            action()

        return run

    # Entries.
    _add(menu, _tr("&Open photos…"), _Key.Open, on_photo_page(page.choose_photos))
    depth = _add(menu, _tr("Open &depth map…"), None, page.choose_depth)
    _add(menu, _tr("&Paste"), _Key.Paste, on_photo_page(page.paste))
    save = _add(menu, _tr("&Save portrait as…"), _Key.Save, page.choose_target)
    menu.addSeparator()
    previous = _add(menu, _with_key(_tr("Pre&vious photo"), _Key.MoveToPreviousPage), None, page.strip.go_to_previous)
    following = _add(menu, _with_key(_tr("&Next photo"), _Key.MoveToNextPage), None, page.strip.go_to_next)
    # What each needs to be enabled.
    _enable_on(window, page, depth, lambda: page.has_matte)
    _enable_on(window, page, save, lambda: page.has_portrait)
    _enable_on(window, page, previous, page.strip.previous_button.isEnabled)
    _enable_on(window, page, following, page.strip.next_button.isEnabled)
    menu.addSeparator()
    leave = _add(menu, _tr("&Quit"), QKeySequence("Ctrl+Q"), window.close)
    leave.setMenuRole(QAction.MenuRole.QuitRole)


def _fill_view_menu(window: MainWindow) -> None:
    """Add the view menu: pages, comparison, cameras, appearance."""
    menu = window.menuBar().addMenu(_tr("&View"))
    _add(menu, _tr("&Photo"), QKeySequence("Ctrl+1"), lambda: window.show_page("photo"))
    _add(menu, _tr("&Live"), QKeySequence("Ctrl+2"), lambda: window.show_page("live"))
    _add(menu, _tr("&Batch"), QKeySequence("Ctrl+3"), lambda: window.show_page("batch"))
    menu.addSeparator()
    photo_page, live_page = window.photo_page, window.live_page
    compare = _add(menu, _tr("&Compare with the original"), QKeySequence("Ctrl+D"), photo_page.compare_button.click)
    refresh = _add(menu, _tr("Look for &cameras"), _Key.Refresh, live_page.refresh)
    _enable_on(window, photo_page, compare, lambda: photo_page.has_portrait)
    _enable_on(window, live_page, refresh, lambda: True)
    menu.addSeparator()
    _fill_appearance_menu(window, menu.addMenu(_tr("&Appearance")))


def _fill_live_menu(window: MainWindow) -> None:
    """Add the menu of the Live page: picture, calls, files, how it is shown."""
    menu, page = window.menuBar().addMenu("&Live"), window.live_page
    bar = page.bar
    entries = (
        (START_TEXT, None, page.start_button),
        (CALLS_TEXT, None, bar.camera_switch),
        (SNAPSHOT_TEXT, "Ctrl+Shift+S", bar.snapshot_button),
        (RECORD_TEXT, "Ctrl+Shift+R", bar.record_button),
        (MIRROR_TEXT, None, bar.mirror_button),
        (FLOAT_TEXT, None, bar.float_button),
    )
    actions = [(_click(menu, text, key, button), button) for text, key, button in entries]

    def update() -> None:
        for action, button in actions:
            action.setChecked(button.isChecked())

    menu.aboutToShow.connect(update)


def _click(menu: QMenu, text: str, shortcut: str | None, button: QAbstractButton) -> QAction:
    """Add an entry that clicks a button, which is without effect while the button is disabled."""
    action = _add(menu, text, None if shortcut is None else QKeySequence(shortcut), button.click)
    action.setCheckable(button.isCheckable())
    return action


def _fill_appearance_menu(window: MainWindow, menu: QMenu) -> None:
    """Add one entry for each colour scheme, of which one is checked."""
    names = {"auto": _tr("&System"), "light": _tr("&Light"), "dark": _tr("&Dark")}
    group = QActionGroup(menu)
    for scheme in setting_field("color_scheme").choices:
        action = menu.addAction(names[scheme])
        action.setCheckable(True)
        action.setChecked(window.model.settings.color_scheme == scheme)
        action.setData(scheme)
        group.addAction(action)
    group.triggered.connect(lambda action: window.model.set_value("color_scheme", action.data()))


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
        _tr("About Portrait"),
        _tr(
            "<h3>Portrait {version}</h3><p>The portrait mode of a phone for any photo, webcam or folder.</p>"
            "<p>{engine}</p>"
        ).format(version=portrait.__version__, engine=window.engine_text),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("menus", text)
