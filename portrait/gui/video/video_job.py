"""What is known of a conversion: the newest frame, what is made, progress and time left."""

import time
from collections.abc import Callable

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from portrait.gui.video.video_service import ShownFrame
from portrait.gui.widgets.durations import clock_text, duration_text
from portrait.gui.widgets.image_view import ImageView
from portrait.gui.widgets.qimage import to_qimage
from portrait.language import tr, tr_n
from portrait.video.convert import ConversionStarted, VideoReport
from portrait.video.plan import VideoPlan

_PROGRESS_PX = 10


class VideoJob(QWidget):
    """The body of the Video page once a video is chosen.

    Parameters
    ----------
    clock
        Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._total: int | None = None
        self._begun: tuple[int, float] | None = None
        self.view = ImageView()
        self.facts = _make_label()
        self.outcome = _make_label()
        self.status = _make_label()
        self.outcome.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(_PROGRESS_PX)
        self.progress.setAccessibleName(tr("Progress of the conversion"))
        self.footer = QWidget()
        self._lay_out()

    def show_plan(self, plan: VideoPlan) -> None:
        """Say what will be made, and how much of it is done already."""
        self.facts.setText(facts_text(plan))
        self.outcome.setText(outcome_text(plan))
        total = plan.facts.frame_count
        self._set_progress(plan.frames_done, total)
        kept = tr("{n} frames are done already; Start goes on behind them", n=plan.frames_done)
        self.status.setText(kept if plan.frames_done else "")

    def show_frame(self, frame: ShownFrame) -> None:
        """Show a frame and its portrait."""
        self.view.set_images(to_qimage(frame.original), to_qimage(frame.portrait))

    def begin(self) -> None:
        """Show that a conversion starts."""
        self._begun = None
        self.progress.setRange(0, 0)
        self.status.setText(tr("Starting…"))

    def show_start(self, started: ConversionStarted) -> None:
        """Start the progress bar. The clock starts with the first frame, before which others are looked at."""
        self._total, self._begun = started.total, None
        self._show_progress(started.resumed)

    def show_done(self, done: int) -> None:
        """Show how many frames are done, how fast, and how long the rest takes."""
        self._begun = self._begun or (done, self._clock())
        self._show_progress(done)

    def show_assembling(self) -> None:
        """Show that the frames are done and the file is being put together."""
        self.progress.setRange(0, 0)
        self.status.setText(tr("Putting the video together…"))

    def show_end(self, report: VideoReport) -> None:
        """Show how far it came."""
        total = report.frames if report.status == "done" else self._total
        self._set_progress(report.frames, total)
        self.status.setText(tr_n("{n} frame is done", "{n} frames are done", report.frames))

    def show_failure(self) -> None:
        """Show that nothing goes on."""
        self._set_progress(0, 1)
        self.status.setText("")

    def _lay_out(self) -> None:
        """The picture, and below it all that is said of it."""
        below = QVBoxLayout(self.footer)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        for widget in (self.facts, self.outcome, self.progress, self.status):
            below.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        column.addWidget(self.footer)

    def _set_progress(self, done: int, total: int | None) -> None:
        self._total = None if total is None else max(total, done)
        if self._total is None and done:
            self.progress.setRange(0, 0)
            return
        self.progress.setRange(0, self._total or 1)
        self.progress.setValue(done)

    def _show_progress(self, done: int) -> None:
        self._set_progress(done, self._total)
        total = self._total
        texts = [
            tr("{n} frames", n=done) if total is None else tr("{ended} of {total} frames", ended=done, total=total)
        ]
        first, began_s = self._begun or (done, 0.0)
        elapsed_s = self._clock() - began_s
        if done > first and elapsed_s > 0.0:
            rate_fps = (done - first) / elapsed_s
            if total is not None and total > done:
                texts.append(tr("about {time} left", time=duration_text((total - done) / rate_fps)))
            texts.append(tr("{rate:.1f} frames a second", rate=rate_fps))
        self.status.setText(" · ".join(texts))


def facts_text(plan: VideoPlan) -> str:
    """Size, rate and length of the portrait, which are the video's own."""
    facts = plan.facts
    texts = [
        f"{facts.width} × {facts.height}",
        tr("{rate:.4g} frames a second", rate=facts.frame_rate_fps),
    ]
    if facts.frame_count is not None:
        texts.append(clock_text(facts.frame_count / facts.frame_rate_fps))
        texts.append(tr_n("{n} frame", "{n} frames", facts.frame_count))
    return " · ".join(texts)


def outcome_text(plan: VideoPlan) -> str:
    """Codec and sound of the portrait, and what will be different or left out."""
    sound = tr("sound copied ({names})", names=", ".join(plan.sound)) if plan.sound else tr("without sound")
    return " · ".join((plan.codec, sound, *plan.remarks))


def _make_label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label
