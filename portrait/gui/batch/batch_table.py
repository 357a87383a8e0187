"""Table model with the result of each photo of a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from portrait.batch.events import JobDone, JobFailed, JobSkipped
from portrait.files.system.os_errors import is_file
from portrait.gui.widgets.notify import NoticeKind, as_sentence
from portrait.language import tr

JobEnd = JobDone | JobFailed | JobSkipped
IconSource = Callable[[NoticeKind], QPixmap]
ThumbnailSource = Callable[[Path], QPixmap | None]
BEFORE, AFTER = 3, 4
"""Columns of thumbnails; the view shows them before the names."""

_Index = QModelIndex | QPersistentModelIndex
_MS_PER_S = 1000.0


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One finished photo: kind and text of its result, path below the input folder, details, and a hint what to do.

    ``file`` is shown on a double click: the portrait, or the photo where there is none. ``portrait`` is None there.
    """

    kind: NoticeKind
    status: str
    name: str
    details: str
    hint: str
    photo: PurePath
    portrait: PurePath | None = None

    @property
    def file(self) -> PurePath:
        """What a double click opens."""
        return self.portrait or self.photo


class BatchTableModel(QAbstractTableModel):
    """Qt table model of the results, in the order in which the photos were finished.

    Parameters
    ----------
    make_icon
        Draws the icon of a kind of result.
    thumbnail
        Gives the thumbnail of a file where it is loaded.
    """

    def __init__(
        self, make_icon: IconSource, thumbnail: ThumbnailSource = lambda path: None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._rows: list[BatchRow] = []
        self._make_icon = make_icon
        self._thumbnail = thumbnail
        self._icons: dict[NoticeKind, QPixmap] = {}
        self._columns = (tr("Result"), tr("Photo"), tr("Details"), tr("Before"), tr("After"))

    def row(self, index: int) -> BatchRow:
        """The row at an index."""
        return self._rows[index]

    def clear(self) -> None:
        """Remove all rows."""
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

    def forget_icons(self) -> None:
        """Drop the cached icons, so that they are drawn in the colours of a new palette."""
        self._icons.clear()

    def add(self, event: JobEnd, input_dir: PurePath) -> None:
        """Add the row of a finished photo."""
        count = len(self._rows)
        self.beginInsertRows(QModelIndex(), count, count)
        self._rows.append(self._row_of(event, str(event.job.source.relative_to(input_dir))))
        self.endInsertRows()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._columns[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if (column := index.column()) in (BEFORE, AFTER):
            return self._picture(row.photo if column == BEFORE else row.portrait, role)
        texts = (row.status, row.name, row.details)
        if role == Qt.ItemDataRole.DisplayRole:
            return texts[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return self._icon(row.kind)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.hint or texts[column]
        return None

    def _picture(self, file: PurePath | None, role: int) -> Any:
        if file is None:
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(Path(file))
        return str(file) if role == Qt.ItemDataRole.ToolTipRole else None

    def _icon(self, kind: NoticeKind) -> QPixmap:
        if kind not in self._icons:
            self._icons[kind] = self._make_icon(kind)
        return self._icons[kind]

    def _row_of(self, event: JobEnd, name: str) -> BatchRow:
        """The row for an event, in words for the user."""
        match event:
            case JobFailed():
                message = event.message.replace(str(event.job.source), event.job.source.name)
                return BatchRow(
                    "error", tr("Failed"), name, as_sentence(message), as_sentence(event.hint), event.job.source
                )
            case JobSkipped():
                portrait = event.job.target if is_file(Path(event.job.target)) else None
                kind: NoticeKind = "warning" if event.is_conflict else "info"
                return BatchRow(kind, tr("Skipped"), name, as_sentence(event.reason), "", event.job.source, portrait)
            case JobDone(report=report) if report.status == "no-person":
                hint = tr("Set Quality to Fine, or choose a photo in which the person is larger.")
                return BatchRow(
                    "warning",
                    tr("No person"),
                    name,
                    as_sentence("; ".join(report.warnings)),
                    hint,
                    event.job.source,
                    report.output if is_file(Path(report.output)) else None,
                )
            case JobDone(report=report):
                seconds = sum(report.timings_ms.values()) / _MS_PER_S
                size = f"{report.width} × {report.height}, {seconds:.1f} s"
                return BatchRow(
                    "done", tr("Done"), name, "; ".join((size, *report.warnings)), "", event.job.source, report.output
                )
