"""The Video page: makes the portrait of a video file."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from portrait.errors import PortraitError
from portrait.files.system.os_errors import is_there
from portrait.gui.video.video_form import VideoForm, dragged_file
from portrait.gui.video.video_job import VideoJob
from portrait.gui.video.video_service import VideoRequest, VideoService
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.empty_state import EmptyState
from portrait.gui.widgets.other_programs import show_folder
from portrait.gui.widgets.page import Page
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.gui.widgets.start_button import StartButton
from portrait.language import tr
from portrait.settings import Settings, video_options
from portrait.video.convert import Assembling, ConversionEvent, ConversionStarted, FrameDone, VideoReport
from portrait.video.plan import VideoPlan

_TYPING_MS = 300


class VideoPage(Page):
    """The form, the button to start or cancel, the newest frame, and progress.

    Parameters
    ----------
    service
        The worker behind the page.
    model
        The settings; a conversion uses those at its start.
    """

    running_changed = Signal(bool)

    def __init__(self, service: VideoService, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._service = service
        self._model = model
        self._settings = model.settings
        self._plan: VideoPlan | None = None
        self._is_running = self._is_cancelling = False
        self._shown: Path | None = None
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self.form = VideoForm(model.folders)
        self.job = VideoJob()
        text = tr("or choose it above. Its portrait is a new file; sound and times stay as they are.")
        self.empty_state = EmptyState("film", tr("Drop a video here"), text)
        self.start_button = StartButton(tr("Cancel"))
        self.show_button = SymbolButton("folder", tr("Show in folder"))
        self._lay_out()
        self._connect()
        self._update_controls()

    @property
    def is_running(self) -> bool:
        """Whether a conversion is running."""
        return self._is_running

    def set_video(self, path: Path) -> None:
        """Choose a video, for whose portrait a name is proposed; refused while a conversion runs."""
        if self._is_running:
            message = tr("A video is being converted: {name} was not taken", name=path.name)
            self.banner.show_notice("info", message, tr("Wait for its end or cancel it, then choose the video."))
        elif path == self.form.source:
            self._plan_anew()
        else:
            self.form.set_source(path)

    @Slot()
    def choose_video(self) -> None:
        """Ask for a video."""
        if not self._is_running:
            self.form.choose_source()

    @Slot()
    def start(self) -> None:
        """Start the conversion that was planned."""
        request = self._request()
        if request is None or request.target is None or self._plan is None or self._is_running:
            return
        self.banner.clear()
        self._service.forget()  # answers about how it would look
        self.job.begin()
        self._service.start(request)
        self._set_running(True)

    @Slot()
    def cancel(self) -> None:
        """Stop the conversion after the frame under way; what is done is kept."""
        self._is_cancelling = True
        self._update_controls()
        self.header.set_subtitle(tr("Stopping after this frame…"))
        self._service.cancel()

    @Slot()
    def toggle(self) -> None:
        """Start a conversion, or cancel the running one."""
        (self.cancel if self._is_running else self.start)()

    @Slot()
    def show_in_folder(self) -> None:
        """Show the portrait's folder in the file manager."""
        if (target := self.form.target) is not None:
            show_folder(target.parent)

    def hold_original(self, is_held: bool) -> None:
        self.job.view.hold_original(is_held)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self._is_running and dragged_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if (path := dragged_file(event.mimeData())) is not None:
            self.set_video(path)

    def _lay_out(self) -> None:
        self.header.set_title(tr("Video"))
        self.header.set_subtitle(_subtitle())
        self.header.add_secondary(self.show_button)
        self.header.add_control(self.start_button)
        self.insert_above_body(self.form)
        self.body.addWidget(self.empty_state)
        self.body.addWidget(self.job)
        self.notices.keep_clear(self.job.footer)

    def _connect(self) -> None:
        self.form.changed.connect(self._on_form_changed)
        self._typing.timeout.connect(self._plan_anew)
        self.form.restart_box.toggled.connect(self._update_controls)
        self.start_button.clicked.connect(self.toggle)
        self.show_button.clicked.connect(self.show_in_folder)
        self._model.changed.connect(self._on_settings_changed)
        self._service.planned.connect(self._on_planned)
        self._service.plan_failed.connect(self._on_plan_failed)
        self._service.frame_made.connect(self.job.show_frame)
        self._service.event_received.connect(self._on_event_received)
        self._service.failed.connect(self._on_failed)

    def _request(self) -> VideoRequest | None:
        """What the form and the settings ask for; None while no video is chosen."""
        source = self.form.source
        if source is None:
            return None
        options = video_options(self._model.settings, restart=self.form.restart_box.isChecked())
        return VideoRequest(source, self.form.target, options, self.form.may_replace)

    @Slot()
    def _on_form_changed(self) -> None:
        """Plan when nobody has typed for a moment."""
        self._plan = None
        self._update_controls()
        self._typing.start()

    @Slot()
    def _plan_anew(self) -> None:
        """Ask what a conversion would make now."""
        self._typing.stop()
        self._plan = None
        request = self._request()
        self.banner.clear()
        if request is None:
            self._service.forget()
            self.set_busy(False)
            self.body.setCurrentWidget(self.empty_state)
        else:
            self.set_busy(True)
            self._service.plan(request)
        self._update_controls()

    def _set_running(self, is_running: bool) -> None:
        self._is_running, self._is_cancelling = is_running, False
        making = tr("Making the portrait of {name}", name="" if self._plan is None else self._plan.source.name)
        self.header.set_subtitle(making if is_running else _subtitle())
        self._update_controls()
        self.running_changed.emit(is_running)

    @Slot()
    def _update_controls(self) -> None:
        self.form.setEnabled(not self._is_running)
        self.form.restart_box.setEnabled(self._plan is not None and self._plan.frames_done > 0)
        self.start_button.show_running(self._is_running)
        self.start_button.setEnabled(self._plan is not None and not self._is_cancelling)
        target = self.form.target
        self.show_button.setEnabled(target is not None and is_there(target))

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        """Show the new look, if it is one of videos."""
        is_other = video_options(settings) != video_options(self._settings)
        self._settings = settings
        if is_other and not self._is_running and self.form.source is not None:
            self._plan_anew()

    @Slot(object)
    def _on_planned(self, plan: VideoPlan) -> None:
        self._plan, self._shown = plan, plan.source
        self.set_busy(False)
        self.form.propose_target(plan.target)
        self.job.show_plan(plan)
        self.body.setCurrentWidget(self.job)
        self._update_controls()

    @Slot(object)
    def _on_plan_failed(self, error: PortraitError) -> None:
        self.set_busy(False)
        self._plan = None
        if self.form.source != self._shown:
            self.body.setCurrentWidget(self.empty_state)
        self.banner.show_error(error)
        self._update_controls()

    @Slot(object)
    def _on_event_received(self, event: ConversionEvent) -> None:
        match event:
            case ConversionStarted():
                self.job.show_start(event)
            case FrameDone(done=done):
                self.job.show_done(done)
            case Assembling():
                self.job.show_assembling()
            case VideoReport():
                self._show_report(event)

    def _show_report(self, report: VideoReport) -> None:
        self.job.show_end(report)
        self.form.restart_box.setChecked(False)
        if self._plan is not None:
            self._plan = replace(self._plan, frames_done=report.frames if report.status == "stopped" else 0)
        self._set_running(False)
        hint = " ".join(f"{warning[:1].upper()}{warning[1:]}." for warning in report.warnings)
        if report.status == "done":
            show = (tr("Show in folder"), self.show_in_folder)
            self.banner.show_notice("done", tr("Saved as {name}", name=report.output.name), hint, show)
        else:
            message = tr("The conversion was stopped; {n} frames are kept", n=report.frames)
            self.banner.show_notice("info", message, tr("Press Start to go on where it stopped."))

    @Slot(object)
    def _on_failed(self, error: PortraitError) -> None:
        self.job.show_failure()
        self._set_running(False)
        self.banner.show_error(error)


def _subtitle() -> str:
    return tr("Portrait of a video file, with the look on the right")
