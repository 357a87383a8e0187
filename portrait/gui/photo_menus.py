"""Menu entries of the Photo page: steps, tools, the mask, magnification, full screen."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from portrait.gui.main_window import MainWindow
from portrait.gui.menu_entries import add_entry, enable_on
from portrait.gui.photo.tool_bar import ToolName
from portrait.language import mark, tr

_Key = QKeySequence.StandardKey
_SOFTER_KEY, _HARDER_KEY = "Shift+[", "Shift+]"  # not shown
_TOOLS: tuple[tuple[ToolName, str, str], ...] = (
    ("move", mark("&Look and move"), "H"),
    ("add", mark("Brush: &keep sharp"), "B"),
    ("remove", mark("Brush: &blur"), "E"),
    ("part", mark("&Fill or drop a part"), "G"),
    ("people", mark("Choose &people"), "P"),
    ("focus", mark("Foc&us by a click"), "T"),
)


def fill_mending_menu(window: MainWindow, menu: QMenu) -> None:
    """Add undo and redo, the tools, and what changes the brush."""
    page, editing = window.photo_page, window.photo_page.editing
    for action, key in zip(editing.actions(), (_Key.Undo, _Key.Redo), strict=True):
        action.setShortcuts(QKeySequence.keyBindings(key))
        menu.addAction(action)
    menu.addSeparator()
    for name, text, key_name in _TOOLS:
        entry = add_entry(menu, tr(text), QKeySequence(key_name), partial(editing.choose_tool, name))
        enable_on(window, "photo", entry, editing.bar.tool_buttons[name].isEnabled)
    QShortcut(QKeySequence(Qt.Key.Key_Escape), window).activated.connect(partial(_step_back, window))
    menu.addSeparator()
    brush = editing.brush
    steps = (
        (tr("Smaller brush"), ("[",), partial(brush.grow, -1)),
        (tr("Larger brush"), ("]",), partial(brush.grow, 1)),
        (tr("Softer brush"), (_SOFTER_KEY, "{"), partial(brush.harden, -1)),  # what some keyboards make of Shift and [
        (tr("Harder brush"), (_HARDER_KEY, "}"), partial(brush.harden, 1)),
    )
    for text, key_names, step in steps:
        entry = add_entry(menu, text, None, step)
        entry.setShortcuts([QKeySequence(key_name) for key_name in key_names])
        enable_on(window, "photo", entry, lambda: page.has_matte)


def fill_looks_menu(window: MainWindow, menu: QMenu) -> list[QAction]:
    """Add what is done with the look of one photo and others; the entries, for another menu."""
    page = window.photo_page
    copy = add_entry(menu, tr("&Copy look"), QKeySequence("Ctrl+Shift+C"), page.series.copy_look)
    paste = add_entry(menu, tr("Paste loo&k"), QKeySequence("Ctrl+Shift+V"), page.series.paste_look)
    apply = add_entry(menu, tr("&Apply look to all photos"), QKeySequence("Ctrl+Shift+A"), page.apply_look_to_all)
    copy.triggered.connect(page.controls_changed)
    enable_on(window, "photo", copy, lambda: page.is_photo_shown)
    enable_on(window, "photo", paste, lambda: page.is_photo_shown and page.series.can_paste)
    enable_on(window, "photo", apply, lambda: page.is_photo_shown and page.photos.rowCount() > 1)
    return [copy, paste, apply]


def fill_recent_menu(window: MainWindow, menu: QMenu) -> None:
    """Fill a menu with the files that were opened last, whenever it is opened."""
    recent = window.model.recent

    def fill() -> None:
        menu.clear()
        for path in recent.paths:
            entry = add_entry(menu, path.name.replace("&", "&&"), None, partial(window.open_photos, [path]))
            entry.setToolTip(str(path))
        if recent.paths:
            menu.addSeparator()
        add_entry(menu, tr("&Clear the list"), None, recent.clear).setEnabled(bool(recent.paths))

    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(fill)
    fill()


def fill_saved_menu(window: MainWindow, menu: QMenu) -> None:
    """Add what is done with a portrait that was saved, and with what is kept of portraits."""
    portraits = window.photo_page.portraits
    entries = [
        add_entry(menu, tr("Show in &folder"), None, portraits.show_in_folder),
        add_entry(menu, tr("&Open"), None, portraits.open),
        add_entry(menu, tr("Open &with…"), None, portraits.open_with),
    ]
    menu.addSeparator()
    add_entry(menu, tr("&Kept changes…"), None, portraits.ask_to_clear)

    def update() -> None:
        for entry in entries:
            entry.setEnabled(portraits.newest is not None)

    menu.aboutToShow.connect(update)
    update()


def fill_zoom_menu(window: MainWindow, menu: QMenu) -> None:
    """Add the mask, magnification and full screen."""
    page = window.photo_page
    view, editing = page.view, page.editing
    looks = add_entry(menu, tr("L&ooks…"), QKeySequence("L"), page.looks_button.click)
    enable_on(window, "photo", looks, lambda: page.has_portrait)
    mask = add_entry(menu, tr("Show the &mask"), QKeySequence("M"), editing.cycle_overlay)
    enable_on(window, "photo", mask, lambda: page.has_matte)
    menu.addSeparator()
    closer = add_entry(menu, tr("Zoom &in"), None, lambda: view.zoom_by(1))
    closer.setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
    farther = add_entry(menu, tr("Zoom &out"), QKeySequence("Ctrl+-"), lambda: view.zoom_by(-1))
    fit = add_entry(menu, tr("&All of the photo"), QKeySequence("Ctrl+0"), view.zoom_fit)
    full = add_entry(menu, "&100 %\tCtrl+1", None, lambda: view.zoom_to(1.0))
    for entry in (closer, farther, fit, full):
        enable_on(window, "photo", entry, lambda: page.is_photo_shown)
    menu.addSeparator()
    add_entry(menu, tr("&Full screen"), QKeySequence("F"), lambda: _toggle_full_screen(window))


def keys_in_the_picture() -> list[tuple[str, str]]:
    """Keys of the photo's view, which no menu has: what is done, and the key."""
    return [
        (tr("See the original, while held"), "\\"),  # not shown
        (tr("Put the tool down; without one, leave full screen"), "Esc"),  # not shown
        (tr("Move a magnified photo"), tr("arrow keys, or Space and a drag")),
        (tr("Move the divider"), tr("Left, Right, while comparing")),
        (tr("Move the pointer of a tool"), tr("arrow keys; Shift for small steps")),
        (tr("Use the tool there"), tr("Enter; held, with arrow keys, it draws")),
        (tr("Do the other of keep and blur"), "Alt+Enter"),  # not shown
        (tr("Keep or blur a person, with the tool People"), "1 … 9"),
        (tr("Choose another photo in the row"), tr("Left, Right")),
    ]


def show_photo_page(window: MainWindow) -> None:
    """Show the Photo page; there already, show the photo at 1:1."""
    if window.current_page is window.photo_page and window.photo_page.is_photo_shown:
        window.photo_page.view.zoom_to(1.0)
    window.show_page("photo")


def _step_back(window: MainWindow) -> None:
    """Put the tool down; where none is in hand, leave full screen."""
    editing = window.photo_page.editing
    if window.current_page is window.photo_page and editing.tool != "move":
        editing.choose_tool("move")
    elif window.isFullScreen():
        _toggle_full_screen(window)


def _toggle_full_screen(window: MainWindow) -> None:
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
