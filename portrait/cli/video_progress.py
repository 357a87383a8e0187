"""Progress of a video conversion on stderr: a bar with the time left on a terminal, a few plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from portrait.language import tr
from portrait.video.convert import Assembling, ConversionEvent, ConversionStarted, FrameDone

_LINES = 10
_FRAMES_A_LINE = 1000  # where nobody knows how many frames there are


class VideoProgress(Protocol):
    """A display of the events of a conversion."""

    def show(self, event: ConversionEvent) -> None: ...


@contextmanager
def open_progress(name: str) -> Iterator[VideoProgress]:
    """Open a progress display: a bar if stderr is a terminal, else plain lines."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield LineProgress(console, name)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        yield BarProgress(progress, name)


def _introduce(event: ConversionStarted, name: str) -> str:
    """What is said at the beginning."""
    text = tr("{name}: written as {codec}", name=name, codec=event.codec)
    if event.was_reset:
        return tr("{text}; the source or the settings have changed, so it begins anew", text=text)
    return tr("{text}; {resumed} frames are done already", text=text, resumed=event.resumed) if event.resumed else text


class BarProgress:
    """A progress bar."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None)
        self._name = name

    def show(self, event: ConversionEvent) -> None:
        match event:
            case ConversionStarted(total=total, resumed=resumed):
                self._progress.console.print(_introduce(event, self._name), markup=False, highlight=False)
                # A new start of the clock: what an earlier run did says nothing of the time left.
                self._progress.reset(self._task, total=total, completed=resumed, description=self._name)
            case FrameDone(done=done):
                self._progress.update(self._task, completed=done)
            case Assembling():
                self._progress.update(self._task, description=tr("putting it together"))


class LineProgress:
    """A line at every tenth of the video, for logs and pipes."""

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._step = _FRAMES_A_LINE
        self._total: int | None = None

    def show(self, event: ConversionEvent) -> None:
        match event:
            case ConversionStarted(total=total):
                self._total = total
                self._step = max(1, total // _LINES) if total else _FRAMES_A_LINE
                self._print(_introduce(event, self._name))
            case FrameDone(done=done) if done % self._step == 0:
                self._print(f"[{done}/{self._total or '?'}] {self._name}")
            case Assembling():
                self._print(tr("{name}: putting it together", name=self._name))

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
