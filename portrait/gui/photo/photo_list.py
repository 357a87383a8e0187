"""The photos that are open, each with its look and its state, as a model for views."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPixmap

from portrait.errors import PortraitError
from portrait.language import tr, tr_n

ITEM_SIZE = QSize(108, 92)
FailedRole, EditedRole, SavedRole = (Qt.ItemDataRole.UserRole + number for number in range(3))
_Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class PhotoEntry:
    """An open photo.

    Attributes
    ----------
    path
        Of its file.
    look, first_look
        Settings by key: of the photo, and those that it was opened with.
    is_mended
        Whether it was changed by hand.
    is_saved
        Whether its portrait was saved since it was last changed.
    is_kept
        Whether its changes by hand are in a portrait or a project that was saved.
    failure
        Why it could not be opened or saved; empty where it could.
    save_error, portrait
        The last try to save it: the error, or where its portrait is.
    depth
        The depth map that was opened for it, and whether dark is near in it.
    """

    path: Path
    look: Mapping[str, object]
    first_look: Mapping[str, object]
    is_mended: bool = False
    is_saved: bool = False
    is_kept: bool = True
    failure: str = ""
    save_error: PortraitError | None = None
    portrait: Path | None = None
    depth: tuple[Path, bool] | None = None

    @property
    def is_edited(self) -> bool:
        """Whether it was changed by hand, or its look."""
        return self.is_mended or self.look != self.first_look

    @property
    def is_at_risk(self) -> bool:
        """Whether changes by hand would be lost with the window."""
        return self.is_mended and not self.is_kept


class Pictures(Protocol):
    """Small pictures of photos, which come later."""

    def get(self, path: Path) -> QPixmap | None:
        """The picture, where it is there; else it is made."""
        ...


class PhotoList(QAbstractListModel):
    """Photos in the order in which they were opened; one of them, or none, is chosen."""

    photo_chosen = Signal(object)  # Path
    changed = Signal()  # which photos there are, or which one is chosen

    def __init__(self, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._entries: list[PhotoEntry] = []
        self._index = -1

    @property
    def entries(self) -> Sequence[PhotoEntry]:
        """All photos."""
        return self._entries

    @property
    def index_chosen(self) -> int:
        """Place of the chosen photo; −1 where none is."""
        return self._index

    @property
    def chosen(self) -> PhotoEntry | None:
        """The chosen photo."""
        return self._entries[self._index] if self._index >= 0 else None

    def add(self, photos: Iterable[Path], look: Mapping[str, object]) -> None:
        """Add photos with a look, without those that are there already, and choose the first of them."""
        photos = list(dict.fromkeys(photos))
        if not photos:
            return
        known = {entry.path for entry in self._entries}
        new = [PhotoEntry(path, look, look) for path in photos if path not in known]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._entries), len(self._entries) + len(new) - 1)
            self._entries += new
            self.endInsertRows()
        self.choose(self._row_of(photos[0]))

    def restore(self, entries: Sequence[PhotoEntry], chosen: Path | None) -> None:
        """Add photos as they were in a project, in place of those that are open already, and choose one."""
        for entry in entries:
            row = self._row_of(entry.path)
            if row >= 0:
                self._entries[row] = entry
                self._tell(row)
                continue
            self.beginInsertRows(QModelIndex(), len(self._entries), len(self._entries))
            self._entries.append(entry)
            self.endInsertRows()
        if chosen is not None:
            self.choose(self._row_of(chosen))

    def choose(self, index: int) -> None:
        """Choose a photo, if there is one at that place; −1: none."""
        if not -1 <= index < len(self._entries):
            return
        self._index = index
        self.changed.emit()
        if index >= 0:
            self.photo_chosen.emit(self._entries[index].path)

    def remove(self, index: int) -> None:
        """Take a photo off the list. In place of the chosen one its neighbour is chosen."""
        if not 0 <= index < len(self._entries):
            return
        was_chosen = index == self._index
        self.beginRemoveRows(QModelIndex(), index, index)
        del self._entries[index]
        self.endRemoveRows()
        if self._index > index or self._index == len(self._entries):
            self._index -= 1
        if was_chosen:
            self.choose(self._index)
        else:
            self.changed.emit()

    def rename(self, old: Path, new: Path) -> None:
        """Put the photo that a portrait was made of in the place of the portrait."""
        row = self._row_of(old)
        if row < 0 or old == new:
            return
        other = self._row_of(new)
        self._entries[row].path = new
        if other >= 0:  # it was open already
            self.beginRemoveRows(QModelIndex(), other, other)
            del self._entries[other]
            self.endRemoveRows()
            self._index -= self._index > other
        self._tell(self._row_of(new))
        self.changed.emit()

    def entry(self, path: Path | None) -> PhotoEntry | None:
        """The photo with this path; None: it is not, or no longer, open."""
        return next((entry for entry in self._entries if entry.path == path), None)

    def update(self, entry: PhotoEntry) -> None:
        """Show what has changed in a photo."""
        self._tell(self._row_of(entry.path))

    def picture_arrived(self, path: Path) -> None:
        """Show a picture that is there now."""
        self._tell(self._row_of(path))

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.path.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join((entry.path.name, *state_texts(entry)))
            case Qt.ItemDataRole.ToolTipRole:
                return "\n".join(filter(None, (str(entry.path), ", ".join(state_texts(entry)), entry.failure)))
            case Qt.ItemDataRole.DecorationRole:
                return self._pictures.get(entry.path)
            case Qt.ItemDataRole.SizeHintRole:
                return ITEM_SIZE
        states = {FailedRole: bool(entry.failure), EditedRole: entry.is_edited, SavedRole: entry.is_saved}
        return states.get(role)

    def _row_of(self, path: Path) -> int:
        return next((row for row, entry in enumerate(self._entries) if entry.path == path), -1)

    def _tell(self, row: int) -> None:
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))


def state_texts(entry: PhotoEntry) -> list[str]:
    """What a photo's marks say."""
    states = ((entry.failure, tr("failed")), (entry.is_edited, tr("edited")), (entry.is_saved, tr("saved")))
    return [text for is_so, text in states if is_so]


def count_text(count: int) -> str:
    """So many photos."""
    return tr_n("{n} photo", "{n} photos", count)
