"""Progress of a batch, time left, and a table with the result of each photo."""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QProgressBar, QTableView, QVBoxLayout, QWidget

from portrait.batch.events import BatchSummary, JobDone, JobFailed, JobSkipped
from portrait.batch.plan import BatchPlan
from portrait.gui.batch.batch_table import AFTER, BEFORE, BatchTableModel, ThumbnailSource
from portrait.gui.batch.batch_thumbnails import SIDE_PX, BatchThumbnails
from portrait.gui.widgets.appearance import show_busy
from portrait.gui.widgets.durations import duration_text
from portrait.gui.widgets.icons import symbolic_pixmap
from portrait.gui.widgets.notify import NoticeKind, notice_color
from portrait.language import mark, tr

_ICON_PX = 18
_PROGRESS_PX = 10
_STATUS_WIDTH_PX, _NAME_WIDTH_PX = 130, 240
_STATUS_SHARE, _NAME_SHARE = 0.25, 0.3
_THUMBNAIL_WIDTH_PX, _ROW_MARGIN_PX = 60, 8

_ORDER: dict[NoticeKind, int] = {"error": 0, "warning": 1, "done": 2, "info": 3}
_Index = QModelIndex | QPersistentModelIndex


class BatchOrder(QSortFilterProxyModel):
    """Sorts the table: unsorted in the order of results, or by a column; by result, failures come first.

    Tooltips repeat the text of a cell, which may be cut off.
    """

    def __init__(self, rows: BatchTableModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setSourceModel(rows)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def lessThan(self, left: _Index, right: _Index) -> bool:
        if left.column() > 0:
            return super().lessThan(left, right)
        return _ORDER[self._rows.row(left.row()).kind] < _ORDER[self._rows.row(right.row()).kind]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.ToolTipRole:
            return super().data(index, role)
        texts = (super().data(index), super().data(index, role))
        return "\n".join(dict.fromkeys(text for text in texts if text))


class BatchResults(QWidget):
    """Progress bar, time left, and a table with one row for each photo.

    Parameters
    ----------
    clock
        Monotonic seconds.
    thumbnails
        Of photos and portraits; None: none are shown.
    """

    opened = Signal(object)  # Path: a row was double-clicked

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        thumbnails: BatchThumbnails | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._plan: BatchPlan | None = None
        self._began_s = 0.0
        self._skipped = self._worked = 0
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(_PROGRESS_PX)
        self.progress.setAccessibleName(tr("Progress of the batch"))
        self.status = QLabel()
        self._thumbnails = thumbnails
        source: ThumbnailSource = (lambda path: None) if thumbnails is None else thumbnails.pixmap
        self.table_model = BatchTableModel(self._draw_icon, source, self)
        self.table = QTableView()
        self._scrolling = QTimer(self, singleShot=True, interval=0)
        self._scrolling.timeout.connect(self.table.scrollToBottom)
        self._set_up_table()
        self._lay_out()

    def begin(self) -> None:
        """Clear the results of the previous batch."""
        self._plan = None
        self._skipped = self._worked = 0
        self.table_model.clear()
        if self._thumbnails is not None:
            self._thumbnails.forget()
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        show_busy(self.progress, True)
        self.status.setText(tr("Looking for photos…"))

    def show_plan(self, plan: BatchPlan) -> None:
        """Start the progress bar for the number of photos in the plan."""
        self._plan = plan
        self._began_s = self._clock()
        self.progress.setRange(0, max(1, len(plan.jobs)))
        self.progress.setValue(0)
        self._show_progress()

    def add(self, event: JobDone | JobFailed | JobSkipped) -> None:
        """Add the row of a finished photo, and update progress and time left."""
        if self._plan is None:
            raise RuntimeError("show_plan comes before the events of the plan")
        if isinstance(event, JobSkipped):
            self._skipped += 1
        else:
            self._worked += 1
        if self._is_at_the_end():
            self._scrolling.start()  # scrolls once for all rows that are added before the event loop is back
        self.table_model.add(event, self._plan.input_dir)
        self.progress.setValue(self._skipped + self._worked)
        self._show_progress()

    def show_summary(self, summary: BatchSummary) -> None:
        """Show how many photos were done, skipped, failed and left, and how long it took."""
        counts = (
            (summary.done, mark("{n} done")),
            (summary.no_person, mark("{n} of them without a person")),
            (summary.skipped, mark("{n} done before")),
            (summary.failed, mark("{n} failed")),
            (summary.left, mark("{n} left")),
        )
        texts = [tr(text, n=count) for count, text in counts if count]
        texts.append(tr("in {time}", time=duration_text(summary.elapsed_s)))
        self.status.setText(" · ".join(texts))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.table_model.forget_icons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns, width_px = self.table.horizontalHeader(), self.width()
        if self._thumbnails is not None:
            width_px -= 2 * _THUMBNAIL_WIDTH_PX
        columns.resizeSection(0, min(_STATUS_WIDTH_PX, round(_STATUS_SHARE * width_px)))
        columns.resizeSection(1, min(_NAME_WIDTH_PX, round(_NAME_SHARE * width_px)))

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(self.table_model.row(self._order.mapToSource(index).row()).file)

    def _is_at_the_end(self) -> bool:
        """Whether the last row is in view; only then new rows scroll the table."""
        bar = self.table.verticalScrollBar()
        return bar.value() == bar.maximum()

    def _show_progress(self) -> None:
        """Show how many photos have ended, and the time left at the mean speed of those not skipped."""
        total = self.progress.maximum() if self._plan is not None and len(self._plan.jobs) else 0
        ended = self._skipped + self._worked
        texts = [tr("{ended} of {total}", ended=ended, total=total)]
        if self._worked and ended < total:
            left_s = (self._clock() - self._began_s) / self._worked * (total - ended)
            texts.append(tr("about {time} left", time=duration_text(left_s)))
        self.status.setText(" · ".join(texts))

    def _draw_icon(self, kind: NoticeKind) -> QPixmap:
        return symbolic_pixmap(
            "skipped" if kind == "info" else kind,
            notice_color(kind, self.palette()),
            _ICON_PX,
            self.devicePixelRatioF(),
        )

    def _set_up_table(self) -> None:
        # Rows.
        self._order = BatchOrder(self.table_model, self)
        self.table.setModel(self._order)
        self.table.doubleClicked.connect(self._on_double_clicked)
        self.table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.table.setSortingEnabled(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setWordWrap(False)
        self.table.setAccessibleName(tr("Results"))
        self.table.verticalHeader().hide()
        # Columns; a third click on a heading restores the order of results.
        columns = self.table.horizontalHeader()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setSortIndicatorClearable(True)
        columns.sortIndicatorChanged.connect(self.table.scrollToTop)
        columns.setStretchLastSection(True)
        for place, column in enumerate((BEFORE, AFTER), start=1):
            columns.moveSection(columns.visualIndex(column), place)
            self.table.setColumnHidden(column, self._thumbnails is None)
            columns.resizeSection(column, _THUMBNAIL_WIDTH_PX)
        if self._thumbnails is not None:
            self.table.verticalHeader().setDefaultSectionSize(SIDE_PX + _ROW_MARGIN_PX)
            self._thumbnails.loaded.connect(self.table.viewport().update)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.progress)
        column.addWidget(self.status)
        column.addWidget(self.table, 1)
