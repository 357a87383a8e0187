"""Checks whether a window can be opened on this machine, without loading Qt."""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from portrait.errors import PortraitError
from portrait.language import mark, tr

_COMMANDS_HINT = mark("Without a window there are the commands photo, batch and live --headless; see portrait --help.")


def require_display() -> None:
    """Raise unless Qt can open a window.

    Raises
    ------
    PortraitError
        There is no display, or a system library that Qt needs is missing.
    """
    if not has_display():
        raise PortraitError(tr("There is no display here, so the app cannot open its window"), tr(_COMMANDS_HINT))
    problem = find_qt_problem()
    if problem:
        raise PortraitError(tr("Qt cannot open a window here: {problem}", problem=problem), tr(QT_HINT))


def has_display() -> bool:
    """Whether there is a display, or the user chose a Qt platform, which may need none."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


QT_HINT = mark(
    "On Debian and Ubuntu: sudo apt install libegl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 "
    "libxcb-image0 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libdbus-1-3 libfontconfig1"
)


def find_qt_problem() -> str:
    """Try to load Qt's platform plugin: the loader's error message, or an empty text if it loads.

    Qt itself aborts the process when the plugin does not load, without a message that helps the user.
    """
    specification = importlib.util.find_spec("PySide6")
    if specification is None or not specification.submodule_search_locations:
        return tr("PySide6 is not installed")
    if sys.platform != "linux":
        return ""
    package_dir = Path(specification.submodule_search_locations[0])
    for library in (*package_dir.glob("QtWidgets*.so"), _plugin_path(package_dir)):
        try:
            ctypes.CDLL(str(library))
        except OSError as exc:
            return str(exc)
    return ""


def _plugin_path(package_dir: Path) -> Path:
    """Path of the platform plugin that Qt will load: the chosen one, else xcb with X11, else wayland."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    platform = chosen or ("xcb" if os.environ.get("DISPLAY") else "wayland")
    return package_dir / "Qt" / "plugins" / "platforms" / f"libq{platform}.so"


def has_font_for(language: str) -> bool:
    """Whether a font of this machine has the letters of a language, by its ISO 639 code; asked on Linux only."""
    try:
        fontconfig = ctypes.CDLL("libfontconfig.so.1") if sys.platform == "linux" else None
    except OSError:  # without it Qt does not open a window either, of which `find_qt_problem` tells
        fontconfig = None
    if fontconfig is None:
        return True
    for function in (fontconfig.FcNameParse, fontconfig.FcObjectSetCreate, fontconfig.FcFontList):
        function.restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(fontconfig.FcNameParse(f":lang={language}".encode()))
    fields = ctypes.c_void_p(fontconfig.FcObjectSetCreate())
    found = ctypes.c_void_p(fontconfig.FcFontList(None, pattern, fields))
    count = ctypes.cast(found, ctypes.POINTER(ctypes.c_int)).contents.value if found else 0
    fontconfig.FcFontSetDestroy(found)
    fontconfig.FcObjectSetDestroy(fields)
    fontconfig.FcPatternDestroy(pattern)
    return count > 0
