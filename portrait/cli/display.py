"""Whether a window can be opened here, found out without loading Qt."""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from portrait.errors import PortraitError

_COMMANDS_HINT = "Without a window there are the commands photo, batch and live --headless; see portrait --help."


def require_display() -> None:
    """Raise unless Qt can open a window.

    Raises
    ------
    PortraitError
        There is no display, or a system library that Qt needs is missing.
    """
    if not has_display():
        raise PortraitError("There is no display here, so the app cannot open its window", _COMMANDS_HINT)
    problem = find_qt_problem()
    if problem:
        raise PortraitError(f"Qt cannot open a window here: {problem}", QT_HINT)


def has_display() -> bool:
    """Whether there is a screen, or the user chose one of Qt's platforms that need none."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


QT_HINT = (
    "On Debian and Ubuntu: sudo apt install libegl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 "
    "libxcb-image0 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libdbus-1-3 libfontconfig1"
)


def find_qt_problem() -> str:
    """Why Qt's platform plugin does not load, in the loader's words; empty where it does.

    Qt itself ends the process when the plugin does not load, which would leave the user without a word.
    """
    specification = importlib.util.find_spec("PySide6")
    if specification is None or not specification.submodule_search_locations:
        return "PySide6 is not installed"
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
    """The plugin that Qt will take; a Wayland session without X11 is the only one that does not take xcb in the end."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    platform = chosen or ("xcb" if os.environ.get("DISPLAY") else "wayland")
    return package_dir / "Qt" / "plugins" / "platforms" / f"libq{platform}.so"
