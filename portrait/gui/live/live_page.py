"""The Live page: choose a source, see its portrait and the frame rate."""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QMimeData, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from portrait.capture import SourceEntry
from portrait.capture.catalog import SYNTHETIC_ID, is_file_id
from portrait.capture.synthetic import SYNTHETIC_NAME
from portrait.errors import CameraError, PortraitError
from portrait.files.system.os_errors import is_file
from portrait.gui.live.camera_control import CameraControl
from portrait.gui.live.files_control import FilesControl
from portrait.gui.live.live_bar import LiveBar
from portrait.gui.live.live_notices import LiveNotices, shows_the_same
from portrait.gui.live.live_service import LiveFrame, LiveService
from portrait.gui.live.source_list import NothingPlays, SourceList
from portrait.gui.live.view_control import ViewControl
from portrait.gui.widgets.dialogs import ask_for_video, videos_folder
from portrait.gui.widgets.image_view import ImageView
from portrait.gui.widgets.page import Page, local_paths
from portrait.gui.widgets.qimage import to_qimage
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.gui.widgets.start_button import StartButton
from portrait.gui.widgets.subject_menu import SubjectButton, SubjectMenu
from portrait.language import tr
from portrait.live import LiveStats
from portrait.settings import Settings
from portrait.settings.live_start import LiveStart

_STATS_INTERVAL_MS = 500


class LivePage(Page):
    """Shows the portrait of a camera, a video file or the synthetic source.

    Parameters
    ----------
    service
        The session behind the page.
    model
        The settings; the chosen source is stored there.
    """

    running_changed = Signal(bool)

    def __init__(self, service: LiveService, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._service = service
        self._model = model
        self._is_running = False
        self._pending_start = LiveStart()
        self._notices = LiveNotices(self.banner, self)
        self.view = ImageView()
        self.empty_state = NothingPlays()
        self._stats_timer = QTimer(self)
        self._stats_timer.setInterval(_STATS_INTERVAL_MS)
        self._make_controls()
        self._lay_out()
        self._connect()
        self.header.set_title(tr("Live"))
        if is_file_id(remembered := model.settings.live_source):
            self.sources.choose(remembered, Path(remembered).name)
        self._show_idle()

    @property
    def is_running(self) -> bool:
        """Whether a source was started and not stopped."""
        return self._is_running

    @Slot()
    def refresh(self) -> None:
        """List the cameras again."""
        self.sources.refresh_button.setEnabled(False)
        self.set_busy(True)
        self._service.list_sources([entry.id for entry in self.sources.files])

    def begin_with(self, start: LiveStart) -> None:
        """List the cameras, and do then what was asked for on the command line."""
        self._pending_start = start
        self.refresh()

    @Slot()
    def start(self) -> None:
        """Start the chosen source."""
        source_id = self.sources.current_id
        if source_id is None:
            return
        self._model.set_value("live_source", source_id)
        self._notices.clear()
        self.set_busy(True)
        self.header.set_subtitle(tr("starting…"))
        self._set_running(True)
        self._service.start(source_id)

    @Slot()
    def stop(self) -> None:
        """Stop the source."""
        self.start_button.setEnabled(False)
        self._service.stop()

    @Slot()
    def toggle(self) -> None:
        """Start the chosen source, or stop the running one."""
        (self.stop if self._is_running else self.start)()

    @Slot()
    def choose_video(self) -> None:
        """Ask for a video file and play it."""
        if (path := ask_for_video(self, self._model.folders.folder("video", videos_folder()))) is not None:
            self._model.folders.remember("video", path)
            self.play(str(path), path.name)

    @Slot()
    def play_demo(self) -> None:
        """Play the synthetic source."""
        self.play(SYNTHETIC_ID, tr(SYNTHETIC_NAME))

    def play(self, source_id: str, name: str) -> None:
        """Choose a source, adding it to the list if it is not there, and start it."""
        self.sources.choose(source_id, name)
        self._update_controls()
        self.start()

    def hold_original(self, is_held: bool) -> None:
        self.view.hold_original(is_held)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dragged_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if (path := _dragged_file(event.mimeData())) is not None:
            self.play(str(path), path.name)

    def _set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        self._update_controls()
        self.camera.set_running(is_running)
        self.running_changed.emit(is_running)

    def _make_controls(self) -> None:
        self.sources = SourceList()
        self.start_button = StartButton(tr("Stop"))
        self.subject_menu = SubjectMenu(self._service.things.request, self._model, "live_subject", self)
        self.subject_button = SubjectButton(self.subject_menu)
        self.bar = LiveBar()
        self.camera = CameraControl(self.bar, self._service.outputs, self.banner, self)
        self.picture = ViewControl(self.bar, self.view, self._model, self)
        self.files = FilesControl(self.bar, self._service.files, self.banner, lambda: self._model.settings, self)

    def _lay_out(self) -> None:
        self.header.add_control(self.sources)
        self.header.add_gap()
        self.header.add_secondary(self.subject_button)
        self.header.add_control(self.start_button)
        self.body.addWidget(self.empty_state)
        self.body.addWidget(self.view)
        self.add_below_body(self.bar)

    def _connect(self) -> None:
        # The user's actions.
        self.sources.refresh_requested.connect(self.refresh)
        self.sources.video_requested.connect(self.choose_video)
        self.sources.source_chosen.connect(self._on_source_chosen)
        self.empty_state.refresh_requested.connect(self.refresh)
        self.empty_state.video_requested.connect(self.choose_video)
        self.empty_state.demo_requested.connect(self.play_demo)
        self.start_button.clicked.connect(self.toggle)
        self.camera.start_requested.connect(self.start)
        self._stats_timer.timeout.connect(self._on_stats_due)
        # The worker's reports.
        self._service.sources_listed.connect(self._on_sources_listed)
        self._service.started.connect(self._on_started)
        self._service.frame_shown.connect(self._on_frame_shown)
        self._service.interrupted.connect(self._notices.on_interrupted)
        self._service.look_refused.connect(self._on_look_refused)
        self._service.stopped.connect(self._on_stopped)
        self._service.things.found.connect(self.subject_menu.show_things)
        self._model.changed.connect(self._notices.on_settings_changed)

    def _show_idle(self) -> None:
        self._stats_timer.stop()
        self.set_busy(False)
        self.header.set_subtitle("")
        self.picture.clear()
        self.subject_menu.set_image(None)
        self.body.setCurrentWidget(self.empty_state)
        self._update_controls()

    def _update_controls(self) -> None:
        self.start_button.show_running(self._is_running)
        for control in (self.start_button, self.bar.camera_switch):
            control.setEnabled(self.sources.current_id is not None)
        self.empty_state.show_for(has_choice=self.sources.has_more_than_demo, is_starting=self._is_running)

    @Slot(object, object)
    def _on_sources_listed(self, found: tuple[SourceEntry, ...], gone: Collection[str]) -> None:
        chosen_id = self.sources.current_id
        playing_id = chosen_id if self._is_running else None
        remembered_id = self._model.settings.live_source
        self.sources.set_found(found, gone, remembered_id=remembered_id, playing_id=playing_id)
        self.sources.refresh_button.setEnabled(True)
        if self._is_running:
            return
        self._show_idle()
        if chosen_id in gone:
            message = tr("{path} is not there", path=chosen_id)
            self.banner.show_notice("error", message, tr("Open another video, or put the file back"))
        self._do_pending_start()

    def _do_pending_start(self) -> None:
        pending, self._pending_start = self._pending_start, LiveStart()
        if pending.virtual_camera:
            self.camera.device = pending.device
            self.camera.use_in_calls(True)
        if pending.record is not None:
            self.files.record_to(pending.record)
        if pending.is_running and not self._is_running:
            self.start()

    @Slot()
    def _on_source_chosen(self) -> None:
        self._notices.clear()  # what was said of another source
        if self._is_running:
            self.start()

    @Slot()
    def _on_started(self) -> None:
        self._stats_timer.start()
        self.camera.on_started()

    @Slot(object)
    def _on_frame_shown(self, shown: LiveFrame) -> None:
        self.set_busy(False)
        self._notices.on_frame_shown()
        self.files.on_frame_shown(shown)
        self.subject_menu.set_image(shown.frame.image)
        self.body.setCurrentWidget(self.view)
        self.picture.show_frame(to_qimage(shown.frame.image), to_qimage(shown.result.image))

    @Slot()
    def _on_stats_due(self) -> None:
        self.camera.show()
        self.files.show()
        stats = self._service.stats()
        if stats is not None and stats.frames_shown:
            self.header.set_subtitle(to_text(stats))
            self._notices.on_measured(stats, self._model.settings)

    @Slot(object, object)
    def _on_look_refused(self, refused: Settings, error: PortraitError) -> None:
        if self._is_running and shows_the_same(refused, self._model.settings):
            self._notices.on_look_refused(refused, error)

    @Slot(object)
    def _on_stopped(self, error: PortraitError | None) -> None:
        if isinstance(error, CameraError):
            self.sources.forget_file()
            self._model.set_value("live_source", self.sources.current_id or "")
        self._set_running(False)
        self._show_idle()
        self._notices.clear()
        self.files.on_stopped()
        if error is not None:
            self.banner.show_error(error)


def _dragged_file(mime: QMimeData) -> Path | None:
    return next(filter(is_file, local_paths(mime)), None)


def to_text(stats: LiveStats) -> str:
    """The line below the picture: rates, latency, and what low power spares."""
    told = tr(
        "{fps:.1f} fps · {latency:.0f} ms latency · {lost:.0f} % of frames dropped",
        fps=stats.throughput_fps,
        latency=stats.latency_ms_p50,
        lost=100.0 * stats.lost_fraction,
    )
    if not stats.economy.is_saving:
        return told
    spared = tr(
        "low power: 1 of {every} frames, outline at {resolution:.0f} %",
        every=stats.economy.frame_divisor,
        resolution=100.0 * stats.economy.matte_resolution,
    )
    return f"{told} · {spared}"
