"""The application object, and a picture that stands on the screen while the rest of the window is loaded."""

import builtins
import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen

import portrait
from portrait.gui.widgets.icons import app_icon

APP_NAME = "Portrait"  # not shown: a name
_WIDTH_PX, _HEIGHT_PX, _ICON_PX = 320, 200, 96


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


def show_start_picture() -> QSplashScreen:
    """Show the start picture at once. It goes with ``finish(window)``, or at a click.

    The networks, codecs and pages take most of the time until the window stands; Qt alone takes a third of it.
    """
    _import_as_python_does()
    application = make_application()
    picture = QSplashScreen(_draw(application.devicePixelRatio()))
    picture.show()
    application.processEvents()
    return picture


def _import_as_python_does() -> None:
    """Give the interpreter its own ``__import__`` back.

    WORKAROUND: PySide replaces it, to notice ``from __feature__ import …``, and reads the source of every module
    imported from then on: a tenth of the time until the window stands. Nothing here uses such a feature
    (https://doc.qt.io/qtforpython-6/considerations.html).
    """
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


def _draw(scale: float) -> QPixmap:
    """The app's icon and name."""
    pixmap = QPixmap(round(_WIDTH_PX * scale), round(_HEIGHT_PX * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(QColor(19, 26, 51))
    painter = QPainter(pixmap)
    app_icon().paint(painter, (_WIDTH_PX - _ICON_PX) // 2, 28, _ICON_PX, _ICON_PX)
    font = QFont(painter.font())
    font.setPointSizeF(font.pointSizeF() * 1.6)
    painter.setFont(font)
    painter.setPen(QColor(216, 226, 255))
    painter.drawText(0, 132, _WIDTH_PX, 44, Qt.AlignmentFlag.AlignCenter, APP_NAME)
    painter.end()
    return pixmap
