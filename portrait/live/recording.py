"""A recording of the live view under a name that is taken only once the file is complete."""

from dataclasses import dataclass
from pathlib import Path

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.files.system.atomic import make_folder, require_writable, take_free_name
from portrait.files.system.os_errors import is_there
from portrait.language import mark, tr
from portrait.sinks.frame_sink import SinkState
from portrait.sinks.recording import RecordedFrames, RecordingSink, why_no_recording

RECORDING_SUFFIXES = (".mp4", ".mkv", ".mov")
_PARTIAL_MARK = ".recording"
_STRANGER_HINT = mark("Choose another name, or move that file away.")


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A finished recording: its path, and what it holds."""

    path: Path
    frames: RecordedFrames


class Recording:
    """A `FrameSink` that records to ``NAME.recording.mp4``, which becomes ``NAME.mp4`` at the end.

    If the process is killed, the former stays and plays.

    Parameters
    ----------
    path
        Of the finished file; its suffix, one of `RECORDING_SUFFIXES`, decides the container. Its folder is made where
        there is none.
    sink
        For tests: writes the file.

    Raises
    ------
    SinkError
        PyAV is missing, the suffix is another one, or there is a file of that name.
    ImageFileError
        Nothing can be written there.
    """

    def __init__(self, path: Path, sink: RecordingSink | None = None) -> None:
        _require_possible(path)
        self._path = path
        self._partial = _free_partial(path)
        self._sink = sink or RecordingSink(self._partial)
        self._finished: RecordedFile | None = None

    @property
    def name(self) -> str:
        """See `FrameSink`."""
        return tr("the recording {path}", path=self._path)

    @property
    def state(self) -> SinkState:
        """See `FrameSink`."""
        return self._sink.state

    @property
    def path(self) -> Path:
        """Of the finished file."""
        return self._path

    @property
    def duration_s(self) -> float:
        """Seconds recorded so far."""
        return self._sink.duration_s

    def write(self, image: RgbImage) -> None:
        """See `FrameSink`."""
        self._sink.write(image)

    def close(self) -> None:
        """See `FrameSink`. Waits until the file is complete, which has its name only after `finish`."""
        self._sink.close()

    def finish(self) -> RecordedFile:
        """Complete the file and give it its name; once finished, the answer stays the same.

        Raises
        ------
        SinkError
            No frame came, the file could not be written to its end, or its name was taken meanwhile; the hint says
            where the part is that was recorded.
        """
        if self._finished is None:
            self._finished = RecordedFile(self._path, self._complete())
        return self._finished

    def _complete(self) -> RecordedFrames:
        try:
            frames = self._sink.finish()
        except SinkError as exc:
            raise SinkError(exc.message, self._where_the_rest_is(exc.hint)) from exc
        if frames.frames == 0:
            raise SinkError(tr("Nothing was recorded, for no frame came"), tr("Record again once the picture moves."))
        try:
            take_free_name(self._partial, self._path)
        except FileExistsError as exc:
            raise SinkError(tr("{path} appeared meanwhile", path=self._path), self._where_the_rest_is("")) from exc
        except OSError as exc:
            reason = exc.strerror or str(exc)
            raise SinkError(
                tr("{path} cannot be written: {reason}", path=self._path, reason=reason), self._where_the_rest_is("")
            ) from exc
        return frames

    def _where_the_rest_is(self, hint: str) -> str:
        kept = tr("What was recorded is in {path}.", path=self._partial) if is_there(self._partial) else ""
        return " ".join(filter(None, (hint, kept)))


def _require_possible(path: Path) -> None:
    if (missing := why_no_recording()) is not None:
        raise missing
    if path.suffix.lower() not in RECORDING_SUFFIXES:
        raise SinkError(
            tr("{name} is not a video file", name=path.name),
            tr("Choose a name that ends in {names}.", names=", ".join(RECORDING_SUFFIXES)),
        )
    if is_there(path):
        raise SinkError(tr("{path} is there already", path=path), tr(_STRANGER_HINT))
    make_folder(path.parent)
    require_writable(path)


def _free_partial(path: Path) -> Path:
    """The name of the unfinished file; one that a killed process left is kept."""
    partial, number = path.with_name(f"{path.stem}{_PARTIAL_MARK}{path.suffix}"), 2
    while is_there(partial):
        partial = path.with_name(f"{path.stem}{_PARTIAL_MARK}-{number}{path.suffix}")
        number += 1
    return partial
