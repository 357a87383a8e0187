"""The Batch page: makes portraits of all photos of a folder."""

from pathlib import Path, PurePath

from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from portrait.batch.events import BatchEvent, BatchSummary, JobStarted
from portrait.batch.folder_walk import LeftOut
from portrait.batch.plan import BatchPlan
from portrait.errors import PortraitError
from portrait.files.system.os_errors import is_folder
from portrait.gui.batch.batch_form import BatchForm
from portrait.gui.batch.batch_notice import end_notice
from portrait.gui.batch.batch_results import BatchResults
from portrait.gui.batch.batch_service import BatchRequest, BatchService
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.empty_state import EmptyState
from portrait.gui.widgets.other_programs import open_file, show_folder
from portrait.gui.widgets.page import Page
from portrait.gui.widgets.path_row import dragged_folder
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.gui.widgets.start_button import StartButton
from portrait.language import mark, tr

_DROP_TEXT = mark("Drop a folder of photos here")
_DROP_HINT = mark("or choose it above. The portraits go to a folder of their own; your photos stay as they are.")
_READY_TEXT = mark("Ready")
_READY_HINT = mark("Press Start. The portraits go to a folder of their own; your photos stay as they are.")


class BatchPage(Page):
    """The form, the button to start or cancel, and the table of results.

    Parameters
    ----------
    service
        The worker behind the page.
    model
        The settings; a batch uses those at its start.
    """

    def __init__(self, service: BatchService, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent, covers_body=False)  # the last rows of the table stay in sight
        self._service = service
        self._model = model
        self._is_running = False
        self._is_cancelling = False
        self._folders_of_results: tuple[Path, Path] | None = None
        self._plan: BatchPlan | None = None
        self.form = BatchForm()
        self.results = BatchResults(thumbnails=service.thumbnails)
        self.empty_state = EmptyState("batch", tr(_DROP_TEXT), tr(_DROP_HINT))
        self.start_button = StartButton(tr("Cancel"))
        self.open_button = SymbolButton("folder", tr("Open output folder"))
        self._lay_out()
        self._connect()
        self._update_controls()

    @property
    def is_running(self) -> bool:
        """Whether a batch is running."""
        return self._is_running

    def set_input_folder(self, folder: Path) -> None:
        """Set the input folder, and propose an output folder beside it; refused while a batch runs."""
        if self._is_running:
            message = tr("A batch is running: {name} was not taken", name=folder.name)
            self.banner.show_notice("info", message, tr("Wait for its end or cancel it, then choose the folder."))
            return
        self.form.set_input_folder(folder)

    @Slot()
    def start(self) -> None:
        """Start a batch on the chosen folders."""
        self._start()

    @Slot()
    def retry_failed(self) -> None:
        """Start a batch on the photos of the chosen folders that failed before."""
        self._start(only_failed=True)

    def _start(self, *, only_failed: bool = False) -> None:
        # Check the folders.
        folders = self.form.folders
        if folders is None or self._is_running:
            return
        self.banner.clear()
        if (partial := next((folder for folder in folders if not folder.is_absolute()), None)) is not None:
            message = tr("This is not a whole path: {folder}", folder=partial)
            self.banner.show_notice("error", message, tr("Type it from its beginning, or press Choose."))
            return
        # Start the worker. The page changes its state only then: an exception before leaves it able to start again.
        self.results.begin()
        is_restart = self.form.restart_box.isChecked()
        self._service.start(BatchRequest(*folders, self._model.settings, is_restart, only_failed))
        self._is_running, self._is_cancelling = True, False
        self._folders_of_results = folders
        self.body.setCurrentWidget(self.results)
        self._update_controls()

    @Slot()
    def cancel(self) -> None:
        """Cancel the batch; the running photos are finished."""
        self._is_cancelling = True
        self._update_controls()
        self.header.set_subtitle(tr("Finishing the photos under way…"))
        self._service.cancel()

    @Slot()
    def toggle(self) -> None:
        """Start a batch, or cancel the running one."""
        (self.cancel if self._is_running else self.start)()

    @Slot()
    def end(self) -> None:
        """Return to the state in which a batch can be started."""
        self._is_running = self._is_cancelling = False
        self.header.set_subtitle(self._subtitle())
        self._update_controls()

    @Slot()
    def open_output_folder(self) -> None:
        """Show the portraits in the file manager."""
        if self.form.folders is not None:
            show_folder(Path(self.form.folders[1]))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self._is_running and dragged_folder(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if (folder := dragged_folder(event.mimeData())) is not None:
            self.set_input_folder(folder)

    def _lay_out(self) -> None:
        self.header.set_title(tr("Batch"))
        self.header.set_subtitle(self._subtitle())
        self.header.add_secondary(self.open_button)
        self.header.add_control(self.start_button)
        self.insert_above_body(self.form)
        self.body.addWidget(self.empty_state)
        self.body.addWidget(self.results)

    def _connect(self) -> None:
        self.form.changed.connect(self._on_form_changed)
        self.start_button.clicked.connect(self.toggle)
        self.open_button.clicked.connect(self.open_output_folder)
        self.results.opened.connect(self._on_opened)
        self._service.planned.connect(self._on_planned)
        self._service.event_received.connect(self._on_event_received)
        self._service.failed.connect(self._on_failed)

    def _subtitle(self) -> str:
        return tr("Portraits of a whole folder, with the look on the right")

    @Slot()
    def _on_form_changed(self) -> None:
        """Hide results and notices that are about other folders than the chosen ones."""
        has_results = self._folders_of_results is not None and self.form.folders == self._folders_of_results
        if not has_results:
            self.banner.clear()
        self.body.setCurrentWidget(self.results if has_results else self.empty_state)
        texts = (_DROP_TEXT, _DROP_HINT) if self.form.folders is None else (_READY_TEXT, _READY_HINT)
        self.empty_state.set_texts(*map(tr, texts))
        self._update_controls()

    def _update_controls(self) -> None:
        folders = self.form.folders
        self.form.setEnabled(not self._is_running)
        self.start_button.show_running(self._is_running)
        self.start_button.setEnabled(folders is not None and not self._is_cancelling)
        self.open_button.setEnabled(folders is not None and is_folder(folders[1]))

    @Slot(object)
    def _on_opened(self, file: PurePath) -> None:
        open_file(Path(file))

    @Slot(object)
    def _on_planned(self, plan: BatchPlan) -> None:
        self._plan = plan
        self.results.show_plan(plan)

    @Slot(object)
    def _on_event_received(self, event: BatchEvent) -> None:
        if isinstance(event, BatchSummary):
            self._show_summary(event)
        elif not isinstance(event, JobStarted):
            self.results.add(event)

    def _show_summary(self, summary: BatchSummary) -> None:
        """Show the counts, and a notice for the way in which the batch ended."""
        self.end()
        self.results.show_summary(summary)
        notice = end_notice(summary, LeftOut() if self._plan is None else self._plan.left_out)
        retry = (tr("Try again"), self.retry_failed) if notice.can_retry else None
        self.banner.show_notice(notice.kind, notice.message, notice.hint, retry)

    @Slot(object)
    def _on_failed(self, error: PortraitError) -> None:
        self.end()
        self._folders_of_results = None
        self.body.setCurrentWidget(self.empty_state)
        self.banner.show_error(error)
