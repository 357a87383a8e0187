"""Dialogs for files, folders and colours."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QInputDialog, QMessageBox, QWidget

from portrait.files.formats import PROJECT_SUFFIX, READABLE_SUFFIXES, format_name, is_photo_path, suffixes_by_format
from portrait.files.system.os_errors import is_there
from portrait.language import tr, tr_n
from portrait.video.options import SUFFIX_FORMATS

_VIDEO_SUFFIXES = (*SUFFIX_FORMATS, ".avi", ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".3gp")


def ask_for_photos(parent: QWidget, folder: Path) -> list[Path]:
    """Ask for photos to open; an empty list when the dialog is cancelled."""
    names, _ = QFileDialog.getOpenFileNames(parent, tr("Open photos"), str(folder), _photo_filters())
    return [Path(name) for name in names]


def ask_for_picture(parent: QWidget, title: str, folder: Path) -> Path | None:
    """Ask for one image file; None when the dialog is cancelled."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(folder), _photo_filters())
    return Path(name) if name else None


def ask_for_project(parent: QWidget, folder: Path) -> Path | None:
    """Ask for a project to open; None when the dialog is cancelled."""
    filters = _filters(tr("Projects"), "*" + PROJECT_SUFFIX)
    name, _ = QFileDialog.getOpenFileName(parent, tr("Open a project"), str(folder), filters)
    return Path(name) if name else None


def ask_for_project_target(parent: QWidget, proposed: Path) -> Path | None:
    """Ask where to save a project; None when the dialog is cancelled. A missing suffix is added."""
    formats = {f"{tr('Projects')} (*{PROJECT_SUFFIX})": [PROJECT_SUFFIX]}
    return _ask_where(
        parent, tr("Save project as"), proposed, formats, lambda path: path.suffix.lower() == PROJECT_SUFFIX
    )


def ask_for_depth(parent: QWidget, folder: Path) -> Path | None:
    """Ask for a depth map; None when the dialog is cancelled."""
    return ask_for_picture(parent, tr("Open a depth map"), folder)


def ask_for_color(parent: QWidget, title: str, proposed: QColor) -> QColor | None:
    """Ask for a colour; None when the dialog is cancelled."""
    color = QColorDialog.getColor(proposed, parent, title)
    return color if color.isValid() else None


def ask_for_name(parent: QWidget, title: str, text: str) -> str | None:
    """Ask for a name; None when the dialog is cancelled, or nothing is typed."""
    name, is_given = QInputDialog.getText(parent, title, text)
    return name.strip() or None if is_given else None


def ask_for_target(parent: QWidget, proposed: Path) -> Path | None:
    """Ask where to save a portrait; None when the dialog is cancelled.

    A name without the suffix of an image format gets that of the format chosen in the dialog.
    """
    return _ask_where(parent, tr("Save portrait as"), proposed, _save_filters(), is_photo_path)


def ask_for_jpeg_target(parent: QWidget, proposed: Path) -> Path | None:
    """Ask where to save a portrait in JPEG, as `ask_for_target`."""
    formats = {text: known for text, known in _save_filters().items() if ".jpg" in known}
    is_jpeg = {suffix for known in formats.values() for suffix in known}.__contains__
    title = tr("Save portrait with the original inside as")
    return _ask_where(parent, title, proposed, formats, lambda path: is_jpeg(path.suffix.lower()))


def ask_to_embed(parent: QWidget) -> bool:
    """Say what a portrait with the original inside reveals, and ask whether it is wanted."""
    from portrait.photo.enclosing import WHAT_IT_REVEALS

    question = tr("Put the original photo into the portrait?")
    box = QMessageBox(QMessageBox.Icon.Warning, tr("Original inside the portrait"), question, parent=parent)
    box.setInformativeText(tr(WHAT_IT_REVEALS))
    agree = box.addButton(tr("Put it in…"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    is_wanted = box.clickedButton() is agree
    box.deleteLater()
    return is_wanted


def ask_to_leave(parent: QWidget, count: int) -> Literal["save", "leave", "stay"]:
    """Say in how many photos changes by hand would be lost, and ask: save a project, leave them, or stay."""
    question = tr_n(
        "{n} photo was changed by hand and not saved", "{n} photos were changed by hand and not saved", count
    )
    box = QMessageBox(QMessageBox.Icon.Warning, tr("Close Portrait"), question, parent=parent)
    box.setInformativeText(tr("A project keeps all open photos with every stroke, to go on with another time."))
    save = box.addButton(tr("Save project…"), QMessageBox.ButtonRole.AcceptRole)
    leave = box.addButton(tr("Close without saving"), QMessageBox.ButtonRole.DestructiveRole)
    box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.setDefaultButton(save)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    if clicked is save:
        return "save"
    return "leave" if clicked is leave else "stay"


def ask_for_program(parent: QWidget, folder: Path) -> Path | None:
    """Ask for a program; None when the dialog is cancelled."""
    name, _ = QFileDialog.getOpenFileName(parent, tr("Choose a program"), str(folder))
    return Path(name) if name else None


def ask_for_video_target(parent: QWidget, proposed: Path) -> Path | None:
    """Ask where to save the portrait of a video, as `ask_for_target`."""
    formats = {f"{suffix[1:].upper()} (*{suffix})": [suffix] for suffix in SUFFIX_FORMATS}
    return _ask_where(parent, tr("Save the portrait of the video as"), proposed, formats, is_video_path)


def _ask_where(
    parent: QWidget, title: str, proposed: Path, formats: dict[str, list[str]], is_known: Callable[[Path], bool]
) -> Path | None:
    """Ask where to save; ``formats`` are the texts of the formats in the dialog, and the suffixes of each."""
    of_proposed = next((text for text, known in formats.items() if proposed.suffix.lower() in known), "")
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(proposed), ";;".join(formats), of_proposed)
    if not name:
        return None
    target = Path(name)
    if is_known(target):
        return target
    # Add the suffix. The dialog asked whether to replace the name as typed, so ask again about the complete one.
    target = target.with_name(target.name + formats.get(chosen, [proposed.suffix])[0])
    if not is_there(target) or _may_replace(parent, title, target):
        return target
    return _ask_where(parent, title, proposed, formats, is_known)


def ask_for_video(parent: QWidget, folder: Path) -> Path | None:
    """Ask for a video file; None when the dialog is cancelled."""
    filters = _filters(tr("Videos"), _patterns(_VIDEO_SUFFIXES))
    name, _ = QFileDialog.getOpenFileName(parent, tr("Open a video file"), str(folder), filters)
    return Path(name) if name else None


def ask_for_folder(parent: QWidget, title: str, folder: Path) -> Path | None:
    """Ask for an existing folder, or a new one made in the dialog; None when it is cancelled."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder))
    return Path(name) if name else None


def pictures_folder() -> Path:
    """The user's Pictures folder on this system."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))


def videos_folder() -> Path:
    """The user's folder of videos on this system."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation))


def is_video_path(path: Path) -> bool:
    """Whether a file is a video, by its suffix."""
    return path.suffix.lower() in _VIDEO_SUFFIXES


def _save_filters() -> dict[str, list[str]]:
    """Suffixes of each format that can be written, the usual one first, by the format's text in the dialog."""
    return {f"{format_name(key)} ({_patterns(known)})": known for key, known in suffixes_by_format().items()}


def _may_replace(parent: QWidget, title: str, target: Path) -> bool:
    """Ask whether an existing file may be replaced."""
    question = tr("{name} already exists. Replace it?", name=target.name)
    buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
    box = QMessageBox(QMessageBox.Icon.Question, title, question, buttons, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)  # file names may look like markup
    answer = box.exec()
    box.deleteLater()
    return answer == QMessageBox.StandardButton.Yes


def _photo_filters() -> str:
    return _filters(tr("Photos"), _patterns(sorted(READABLE_SUFFIXES)))


def _patterns(suffixes: Iterable[str]) -> str:
    return " ".join(f"*{suffix}" for suffix in suffixes)


def _filters(name: str, patterns: str) -> str:
    return f"{name} ({patterns});;{tr('All files')} (*)"
