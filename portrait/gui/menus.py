"""The window's menus and keyboard shortcuts."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMessageBox

import portrait
from portrait.gui.main_window import MainWindow
from portrait.gui.menu_entries import add_entry, enable_on
from portrait.gui.photo.welcome import TIPS
from portrait.gui.photo_menus import (
    fill_looks_menu,
    fill_mending_menu,
    fill_recent_menu,
    fill_saved_menu,
    fill_zoom_menu,
    keys_in_the_picture,
    show_photo_page,
)
from portrait.gui.widgets.shortcuts_dialog import Keys, ShortcutsDialog
from portrait.language import LANGUAGES, mark, tr
from portrait.settings import read_setting, setting_field

if TYPE_CHECKING:  # imported when the page is made
    from portrait.gui.live.live_page import LivePage

START_TEXT, CALLS_TEXT, SNAPSHOT_TEXT = mark("&Start or stop"), mark("&Use in calls"), mark("Take a &snapshot")
RECORD_TEXT, LOW_POWER_TEXT = mark("&Record or stop"), mark("&Low power")
FRAME_TEXT, MIRROR_TEXT, FLOAT_TEXT = mark("&Auto framing"), mark("&Mirror"), mark("Small &window above all others")

_Key = QKeySequence.StandardKey
_USUAL_KEYS = re.compile(r"(Ctrl|Alt|Shift|Meta|Esc|Pg|F[1-9]$|F1[0-2]$|[^A-Za-z]|[A-Za-z]$)")
"""Keys that keyboards have: those of standard actions are also F14 or a key called Undo."""


def fill_menu_bar(window: MainWindow) -> None:
    """Add the menus to a window whose pages exist."""
    _fill_file_menu(window)
    edit_menu = window.menuBar().addMenu(tr("&Edit"))
    fill_mending_menu(window, edit_menu)
    edit_menu.addMenu(window.photo_page.subject_menu)
    edit_menu.addSeparator()
    of_looks = fill_looks_menu(window, edit_menu)
    window.photo_page.film.menu_wanted.connect(lambda menu: menu.addActions(of_looks))
    _fill_view_menu(window)
    _fill_live_menu(window)
    help_menu = window.menuBar().addMenu(tr("&Help"))
    add_entry(help_menu, tr("&Keys"), _Key.HelpContents, lambda: ShortcutsDialog(_keys_of(window), window).show())
    add_entry(help_menu, tr("&Tips"), None, lambda: _show_tips(window))
    about = add_entry(help_menu, tr("&About Portrait"), None, lambda: _show_about(window))
    about.setMenuRole(QAction.MenuRole.AboutRole)


def _fill_file_menu(window: MainWindow) -> None:
    """Add the file menu: open, paste, save, step through the photos, quit."""
    menu = window.menuBar().addMenu(tr("&File"))
    page = window.photo_page

    def on_photo_page(action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            window.show_page("photo")
            action()

        return run

    # Entries.
    add_entry(menu, tr("&Open photos…"), _Key.Open, on_photo_page(page.files.choose_photos))
    fill_recent_menu(window, menu.addMenu(tr("Open &recent")))
    add_entry(menu, tr("Open vid&eo…"), None, lambda: _choose_video(window))
    depth = add_entry(menu, tr("Open &depth map…"), None, page.files.choose_depth)
    menu.addSeparator()
    copy = add_entry(menu, tr("Cop&y portrait"), _Key.Copy, page.clipboard.copy)
    add_entry(menu, tr("&Paste"), _Key.Paste, on_photo_page(page.files.paste))
    menu.addSeparator()
    save = add_entry(menu, tr("&Save portrait as…"), _Key.Save, page.files.choose_target)
    embed = add_entry(menu, tr("Save with the original &inside…"), None, page.files.choose_target_with_original)
    save_all = add_entry(menu, tr("Save &all portraits…"), QKeySequence("Ctrl+Alt+S"), page.save_all.ask)
    fill_saved_menu(window, menu.addMenu(tr("Saved por&trait")))
    menu.addSeparator()
    close = add_entry(menu, tr("&Close photo"), _Key.Close, page.close_photo)
    menu.addSeparator()
    add_entry(menu, tr("Open pro&ject…"), QKeySequence("Ctrl+Shift+O"), on_photo_page(page.projects.ask_to_open))
    project = add_entry(menu, tr("Save project as…"), QKeySequence("Ctrl+Shift+P"), page.projects.ask_to_save)
    enable_on(window, "photo", project, lambda: page.photos.rowCount() > 0)
    menu.addSeparator()
    previous = add_entry(menu, tr("Pre&vious photo"), QKeySequence(Qt.Key.Key_PageUp), page.strip.go_to_previous)
    following = add_entry(menu, tr("&Next photo"), QKeySequence(Qt.Key.Key_PageDown), page.strip.go_to_next)
    # What each needs to be enabled.
    enable_on(window, "photo", depth, lambda: page.has_matte)
    enable_on(window, "photo", save, lambda: page.has_portrait)
    enable_on(window, "photo", copy, lambda: page.has_portrait)
    enable_on(window, "photo", embed, lambda: page.has_portrait and page.photos.chosen is not None)
    enable_on(window, "photo", save_all, lambda: page.save_all.is_possible)
    enable_on(window, "photo", close, lambda: page.photos.chosen is not None)
    enable_on(window, "photo", previous, page.strip.previous_button.isEnabled)
    enable_on(window, "photo", following, page.strip.next_button.isEnabled)
    menu.addSeparator()
    leave = add_entry(menu, tr("&Quit"), QKeySequence("Ctrl+Q"), window.close)
    leave.setMenuRole(QAction.MenuRole.QuitRole)


def _choose_video(window: MainWindow) -> None:
    window.show_page("video")
    window.video_page.choose_video()


def _fill_view_menu(window: MainWindow) -> None:
    """Add the view menu: pages, comparison, cameras, appearance."""
    menu = window.menuBar().addMenu(tr("&View"))
    add_entry(menu, tr("&Photo"), QKeySequence("Ctrl+1"), lambda: show_photo_page(window))
    add_entry(menu, tr("&Live"), QKeySequence("Ctrl+2"), lambda: window.show_page("live"))
    add_entry(menu, tr("&Batch"), QKeySequence("Ctrl+3"), lambda: window.show_page("batch"))
    add_entry(menu, tr("Vi&deo"), QKeySequence("Ctrl+4"), lambda: window.show_page("video"))
    menu.addSeparator()
    photo_page = window.photo_page
    compare = add_entry(menu, tr("&Compare with the original"), QKeySequence("Ctrl+D"), photo_page.compare_button.click)
    fill_zoom_menu(window, menu)
    refresh = add_entry(menu, tr("Look for &cameras"), _Key.Refresh, lambda: window.live_page.refresh())
    enable_on(window, "photo", compare, lambda: photo_page.has_portrait)
    enable_on(window, "live", refresh, lambda: True)
    menu.addSeparator()
    schemes = {"auto": tr("&System"), "light": tr("&Light"), "dark": tr("&Dark"), "contrast": tr("&High contrast")}
    _fill_choices(window, menu.addMenu(tr("&Appearance")), "color_scheme", schemes)
    _fill_motion(window, menu)
    languages = {"system": tr("&System"), **LANGUAGES}
    _fill_choices(window, menu.addMenu(tr("La&nguage")), "language", languages).connect(
        partial(_tell_language, window, window.model.settings.language)
    )


def _fill_live_menu(window: MainWindow) -> None:
    """Add the menu of the Live page: picture, calls, files, how it is shown."""
    menu = window.menuBar().addMenu(tr("&Live"))
    entries: tuple[tuple[str, str | None, Callable[[LivePage], QAbstractButton]], ...] = (
        (START_TEXT, None, lambda page: page.start_button),
        (CALLS_TEXT, None, lambda page: page.bar.camera_switch),
        (SNAPSHOT_TEXT, "Ctrl+Shift+S", lambda page: page.bar.snapshot_button),  # not shown
        (RECORD_TEXT, "Ctrl+Shift+R", lambda page: page.bar.record_button),  # not shown
        (LOW_POWER_TEXT, None, lambda page: page.bar.low_power_button),
        (FRAME_TEXT, None, lambda page: page.bar.frame_button),
        (MIRROR_TEXT, None, lambda page: page.bar.mirror_button),
        (FLOAT_TEXT, None, lambda page: page.bar.float_button),
    )
    actions = [(_click(window, menu, tr(text), key, button_of), button_of) for text, key, button_of in entries]

    def update() -> None:
        for action, button_of in actions:
            button = button_of(window.live_page)
            action.setCheckable(button.isCheckable())
            action.setChecked(button.isChecked())

    menu.aboutToShow.connect(update)
    window.pages.when_made("live", lambda: menu.insertMenu(actions[2][0], window.live_page.subject_menu))


def _click(
    window: MainWindow, menu: QMenu, text: str, shortcut: str | None, button_of: Callable[["LivePage"], QAbstractButton]
) -> QAction:
    """Add an entry that clicks a button of the Live page, which is without effect while the button is disabled."""
    key = None if shortcut is None else QKeySequence(shortcut)
    return add_entry(menu, text, key, lambda: button_of(window.live_page).click())


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


def _tell_language(window: MainWindow, started: str, action: QAction) -> None:
    """Say that a change of the language waits for the next start, or no more when it was taken back."""
    banner, message = window.current_page.banner, tr("The language changes at the next start")
    if action.data() != started:
        banner.show_notice("info", message, tr("Close the window and open the app again."))
    elif banner.text.startswith(message):
        banner.clear()


def _fill_motion(window: MainWindow, menu: QMenu) -> None:
    """Add the entry that stops what moves by itself."""
    entry = menu.addAction(tr("Reduce motion"))
    entry.setCheckable(True)
    entry.setChecked(window.model.settings.motion == "reduced")
    entry.toggled.connect(lambda is_on: window.model.set_value("motion", "reduced" if is_on else "full"))


def _keys_of(window: MainWindow) -> Keys:
    """The keys of all menus, and those of the picture, which are in none."""
    keys = {_plain(menu.title()): _keys_in(menu) for menu in window.menuBar().findChildren(QMenu) if menu.title()}
    return {**{title: rows for title, rows in keys.items() if rows}, tr("In the picture"): keys_in_the_picture()}


def _keys_in(menu: QMenu) -> list[tuple[str, str]]:
    """What is done by the entries of a menu, and the keys."""
    form = QKeySequence.SequenceFormat.NativeText
    rows = []
    for action in menu.actions():
        text, _, shown = action.text().partition("\t")
        usual = [key for key in action.shortcuts() if _USUAL_KEYS.match(key.toString())]
        keys = ", ".join(key.toString(form) for key in usual) or shown
        if keys:
            rows.append((_plain(text), keys))
    return rows


def _plain(text: str) -> str:
    """A title without the mark of its letter, in the Korean way too."""
    return re.sub(r"\(&.\)", "", text).replace("&", "").rstrip("….")


def _show_tips(window: MainWindow) -> None:
    """Show all tips of the empty Photo page."""
    tips = "".join(f"<li>{tr(tip)}</li>" for tip in TIPS)
    QMessageBox.information(window, tr("Tips"), f"<ol>{tips}</ol>")


def _show_about(window: MainWindow) -> None:
    what = tr(
        "<h3>Portrait {version}</h3><p>The portrait mode of a phone for any photo, webcam or folder.</p>"
        "<p>{engine}</p>",
        version=portrait.__version__,
        engine=window.engine_text,
    )
    licences = tr(
        "<p>The program is licensed under Apache-2.0. The bundled networks portrait-live and portrait-photo learned in "
        "part from photos that are given for non-commercial use only, and are for such use. portrait-classes, which "
        "finds pets and things too, is Google's DeepLabV3 on MobileNetV2, trained on COCO and PASCAL VOC 2012 and "
        "published by Coral under Apache-2.0. Their cards name all sources.</p>"
    )
    QMessageBox.about(window, tr("About Portrait"), what + licences)
