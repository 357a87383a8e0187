"""The questions for files and folders, in the platform's own dialogs."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QWidget

from portrait.files.image_io import READABLE_SUFFIXES

_SAVE_FILTERS = "JPEG (*.jpg *.jpeg);;PNG (*.png);;WebP (*.webp);;HEIC (*.heic);;TIFF (*.tif *.tiff);;AVIF (*.avif)"
_VIDEO_PATTERNS = "*.mp4 *.mov *.mkv *.webm *.avi *.m4v"


def ask_for_photos(parent: QWidget, folder: Path) -> list[Path]:
    """Photos to open; none when the dialog is cancelled."""
    names, _ = QFileDialog.getOpenFileNames(parent, _tr("Open photos"), str(folder), _photo_filters())
    return [Path(name) for name in names]


def ask_for_picture(parent: QWidget, title: str, folder: Path) -> Path | None:
    """One picture."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(folder), _photo_filters())
    return Path(name) if name else None


def ask_for_depth(parent: QWidget, folder: Path) -> Path | None:
    """A depth map for the open photo."""
    return ask_for_picture(parent, _tr("Open a depth map"), folder)


def ask_for_color(parent: QWidget, title: str, proposed: QColor) -> QColor | None:
    """A colour."""
    color = QColorDialog.getColor(proposed, parent, title)
    return color if color.isValid() else None


def ask_for_target(parent: QWidget, proposed: Path) -> Path | None:
    """Where to save; a name without an ending gets that of ``proposed``."""
    name, _ = QFileDialog.getSaveFileName(parent, _tr("Save portrait as"), str(proposed), _SAVE_FILTERS)
    if not name:
        return None
    target = Path(name)
    return target if target.suffix else target.with_suffix(proposed.suffix)


def ask_for_video(parent: QWidget) -> Path | None:
    """A video file to play."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    filters = _filters(_tr("Videos"), _VIDEO_PATTERNS)
    name, _ = QFileDialog.getOpenFileName(parent, _tr("Open a video file"), folder, filters)
    return Path(name) if name else None


def ask_for_folder(parent: QWidget, title: str, folder: Path) -> Path | None:
    """An existing folder, or a new one made in the dialog."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder))
    return Path(name) if name else None


def pictures_folder() -> Path:
    """Where this system keeps pictures."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))


def _photo_filters() -> str:
    return _filters(_tr("Photos"), " ".join(sorted(f"*{suffix}" for suffix in READABLE_SUFFIXES)))


def _filters(name: str, patterns: str) -> str:
    return f"{name} ({patterns});;{_tr('All files')} (*)"


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialogs", text)
