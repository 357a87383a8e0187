"""The application object of Qt."""

import builtins
import sys

from PySide6.QtWidgets import QApplication

import portrait
from portrait.gui.widgets.icons import app_icon

APP_NAME = "Portrait"  # not shown: a name


def make_application() -> QApplication:
    """The application object, new or existing (tests), with name, version and icon."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("portrait")
    application.setApplicationDisplayName(APP_NAME)
    application.setApplicationVersion(portrait.__version__)
    application.setDesktopFileName(portrait.APP_ID)
    application.setWindowIcon(app_icon())
    return application


def import_as_python_does() -> None:
    """Give the interpreter its own ``__import__`` back; called before the modules of the window are imported.

    WORKAROUND: PySide replaces it, to notice ``from __feature__ import …``, and reads the source of every module
    imported from then on: a tenth of the time until the window stands. Nothing here uses such a feature
    (https://doc.qt.io/qtforpython-6/considerations.html).
    """
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
