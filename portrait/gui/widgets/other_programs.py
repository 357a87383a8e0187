"""Files handed to other programs: shown in their folder, opened, or opened with a program that the user chooses."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from portrait.language import mark, tr

_SHOW_TEXT = mark("Show in folder")


def show_folder(folder: Path) -> None:
    """Show a folder in the file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def open_file(path: Path) -> None:
    """Open a file with the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def open_file_with(program: Path, path: Path) -> bool:
    """Open a file with a program; false where it could not be started."""
    name, *arguments = _command(program, path, sys.platform)
    is_started, _ = QProcess.startDetached(name, arguments)
    return bool(is_started)


def show_in_folder_action(file: Path) -> tuple[str, Callable[[], object]]:
    """Text and function of a button that shows the folder of a file."""
    return tr(_SHOW_TEXT), lambda: show_folder(file.parent)


def _command(program: Path, path: Path, platform: str) -> Sequence[str]:
    """On macOS programs are folders, which only the system starts."""
    if platform == "darwin" and program.suffix == ".app":
        return "open", "-a", str(program), str(path)
    return str(program), str(path)
