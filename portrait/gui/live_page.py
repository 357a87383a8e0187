"""The Live page: choose a camera, see the portrait, see how fast it is."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QPushButton, QWidget

from portrait.capture import SourceEntry
from portrait.errors import PortraitError
from portrait.gui.buttons import SymbolButton
from portrait.gui.dialogs import ask_for_video
from portrait.gui.empty_state import EmptyState
from portrait.gui.image_view import ImageView
from portrait.gui.live_service import LiveFrame, LiveService
from portrait.gui.page import Page, local_paths
from portrait.gui.qimage import to_qimage
from portrait.gui.settings_model import SettingsModel
from portrait.gui.source_list import SourceList

_STATS_INTERVAL_MS = 500


class LivePage(Page):
    """The picture of a camera, a video file or the synthetic source.

    Parameters
    ----------
    service
        The session behind the page.
    model
        The settings; the chosen source is remembered there.
    """

    def __init__(self, service: LiveService, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._service = service
        self._model = model
        self._is_running = False
        self.view = ImageView()
        self.empty_state = EmptyState("live", "", "")
        self._stats_timer = QTimer(self)
        self._stats_timer.setInterval(_STATS_INTERVAL_MS)
        self._make_controls()
        self._lay_out()
        self._connect()
        self.header.set_title(self.tr("Live"))
        self._show_idle()

    @property
    def is_running(self) -> bool:
        """Whether a source was started and has not stopped."""
        return self._is_running

    @Slot()
    def refresh(self) -> None:
        """Look for cameras again."""
        self.sources.refresh_button.setEnabled(False)
        self.set_busy(True)
        self._service.list_sources()

    @Slot()
    def start(self) -> None:
        """Start the chosen source."""
        source_id = self.sources.current_id
        if source_id is None:
            return
        self._model.set_value("live_source", source_id)
        self.banner.clear()
        self._is_running = True
        self.set_busy(True)
        self.header.set_subtitle(self.tr("starting…"))
        self._update_controls()
        self._service.start(source_id)

    @Slot()
    def stop(self) -> None:
        """Stop the source."""
        self.start_button.setEnabled(False)
        self._service.stop()

    @Slot()
    def toggle(self) -> None:
        """Start, or stop what runs."""
        (self.stop if self._is_running else self.start)()

    @Slot()
    def choose_video(self) -> None:
        """Ask for a video file and play it."""
        if (path := ask_for_video(self)) is not None:
            self.play(str(path), path.name)

    @Slot()
    def play_demo(self) -> None:
        """Play the synthetic source."""
        self.play("synthetic", self.tr("Demo"))

    def play(self, source_id: str, name: str) -> None:
        """Choose a source, which is added to the list if need be, and start it."""
        self.sources.choose(source_id, name)
        self._update_controls()
        self.start()

    def hold_original(self, is_held: bool) -> None:
        self.view.hold_original(is_held)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(path.is_file() for path in local_paths(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        path = next(path for path in local_paths(event.mimeData()) if path.is_file())
        self.play(str(path), path.name)

    def _make_controls(self) -> None:
        self.sources = SourceList()
        self.start_button = SymbolButton("start", self.tr("Start"), is_primary=True)
        self.start_button.setMinimumWidth(96)
        self._empty_refresh_button = SymbolButton("refresh", self.tr("Refresh"))
        self._empty_video_button = SymbolButton("film", self.tr("Open video file…"))
        self._empty_demo_button = SymbolButton("start", self.tr("Try the demo"))

    def _empty_buttons(self) -> Sequence[QPushButton]:
        return self._empty_refresh_button, self._empty_video_button, self._empty_demo_button

    def _lay_out(self) -> None:
        self.header.add_control(self.sources)
        self.header.add_gap()
        self.header.add_control(self.start_button)
        for button in self._empty_buttons():
            self.empty_state.add_button(button)
        self.body.addWidget(self.empty_state)
        self.body.addWidget(self.view)

    def _connect(self) -> None:
        self.sources.refresh_requested.connect(self.refresh)
        self.sources.video_requested.connect(self.choose_video)
        self.sources.source_chosen.connect(self._on_source_chosen)
        self._empty_refresh_button.clicked.connect(self.refresh)
        self._empty_video_button.clicked.connect(self.choose_video)
        self._empty_demo_button.clicked.connect(self.play_demo)
        self.start_button.clicked.connect(self.toggle)
        self._stats_timer.timeout.connect(self._on_stats_due)
        self._service.sources_listed.connect(self._on_sources_listed)
        self._service.started.connect(self._on_started)
        self._service.frame_shown.connect(self._on_frame_shown)
        self._service.interrupted.connect(self._on_interrupted)
        self._service.stopped.connect(self._on_stopped)

    def _show_idle(self) -> None:
        self._stats_timer.stop()
        self.set_busy(False)
        self.header.set_subtitle("")
        self.view.clear()
        self.body.setCurrentWidget(self.empty_state)
        if self.sources.has_camera:
            self.empty_state.set_texts(self.tr("Ready"), self.tr("Choose a source and press Start"))
        else:
            text = self.tr("Plug one in and press Refresh, open a video file, or try the demo")
            self.empty_state.set_texts(self.tr("No camera found"), text)
        self._update_controls()

    def _update_controls(self) -> None:
        self.start_button.setText(self.tr("Stop") if self._is_running else self.tr("Start"))
        self.start_button.set_symbol("stop" if self._is_running else "start")
        self.start_button.set_primary(not self._is_running)
        self.start_button.setEnabled(self.sources.current_id is not None)
        for button in self._empty_buttons():
            button.setVisible(not self.sources.has_camera)
            button.setEnabled(not self._is_running)

    @Slot(object)
    def _on_sources_listed(self, entries: tuple[SourceEntry, ...]) -> None:
        self.sources.set_entries(entries, self._model.settings.live_source)
        self.sources.refresh_button.setEnabled(True)
        if not self._is_running:
            self._show_idle()

    @Slot()
    def _on_source_chosen(self) -> None:
        if self._is_running:
            self.start()

    @Slot()
    def _on_started(self) -> None:
        self._stats_timer.start()

    @Slot(object)
    def _on_frame_shown(self, shown: LiveFrame) -> None:
        self.set_busy(False)
        if self.banner.kind == "warning":  # the camera is back
            self.banner.clear()
        self.body.setCurrentWidget(self.view)
        self.view.set_images(to_qimage(shown.frame.image), to_qimage(shown.result.image))

    @Slot()
    def _on_stats_due(self) -> None:
        stats = self._service.stats()
        if stats is None or not stats.frames_shown:
            return
        text = self.tr("{fps:.1f} fps · {latency:.0f} ms latency · {dropped} of {total} frames dropped")
        self.header.set_subtitle(
            text.format(
                fps=stats.throughput_fps,
                latency=stats.latency_ms_p50,
                dropped=stats.frames_dropped,
                total=stats.frames_in,
            )
        )

    @Slot(object)
    def _on_interrupted(self, error: PortraitError) -> None:
        hint = error.hint or self.tr("it is opened again as soon as it is back")
        self.banner.show_notice("warning", error.message, hint)

    @Slot(object)
    def _on_stopped(self, error: PortraitError | None) -> None:
        self._is_running = False
        self._show_idle()
        if error is not None:
            self.banner.show_error(error)
