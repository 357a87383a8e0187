"""The work folder of a conversion: its finished segments, and a journal of them, so that a killed one goes on.

The journal holds one JSON object a line; the first line has the fingerprint of source and settings. A segment's line is
written when its file is complete on the disk.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path

from portrait.errors import PortraitError
from portrait.files.system.file_lock import HELD_ELSEWHERE, lock_file
from portrait.files.system.file_signature import FileSignature
from portrait.files.system.json_lines import from_json, parse_object, to_json
from portrait.files.system.os_errors import write_error
from portrait.language import tr

JOURNAL_NAME = "journal.jsonl"
PARTIAL_SUFFIX = ".part"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the video that is finished.

    Attributes
    ----------
    path
        A Matroska file of it.
    times
        Time of every frame, in units of the source's time base.
    end
        Time at which the last frame ends.
    nobody
        In how many frames nobody was found.
    """

    path: Path
    times: tuple[int, ...]
    end: int
    nobody: int


class WorkFolder:
    """A work folder, held open and locked by one conversion. Use `open_work_folder`."""

    def __init__(self, target: Path, journal: FileIO, fingerprint: str) -> None:
        self.target = target
        self.path = work_path(target)
        self._journal = journal
        self._fingerprint = fingerprint
        self.segments: list[Segment] = []

    @property
    def frames_done(self) -> int:
        """Number of frames in the finished segments."""
        return sum(len(segment.times) for segment in self.segments)

    @property
    def nobody(self) -> int:
        """Number of finished frames in which nobody was found."""
        return sum(segment.nobody for segment in self.segments)

    def partial_path(self) -> Path:
        """Where the next segment, or the finished video, is to be written."""
        return self.path / f"next{PARTIAL_SUFFIX}"

    def add(self, partial: Path, times: tuple[int, ...], end: int, nobody: int) -> None:
        """Take a complete segment, whose content is on the disk.

        Raises
        ------
        ImageFileError
            Disk full, no permission.
        """
        path = self.path / f"{len(self.segments):06}.mkv"
        try:
            partial.replace(path)
            line = {"file": path.name, "times": times, "end": end, "nobody": nobody}
            self._append({**line, "signature": asdict(FileSignature.read(path))})
        except OSError as exc:
            raise write_error(self.target, exc) from exc
        self.segments.append(Segment(path, times, end, nobody))

    def resume(self, *, restart: bool = False) -> bool:
        """Read the finished segments and remove all other files.

        Parameters
        ----------
        restart
            Forget the segments.

        Returns
        -------
        False where segments were forgotten because they are of another source or of other settings.
        """
        self._journal.seek(0)
        lines = self._journal.read().splitlines()
        is_ours = bool(lines) and _read_fingerprint(lines[0]) == self._fingerprint
        if is_ours and not restart:
            self.segments = list(_read_segments(self.path, lines[1:]))
        # What follows a damaged line is made anew.
        kept = lines[: 1 + len(self.segments)] if is_ours else [to_json({"fingerprint": self._fingerprint})]
        if kept != lines:
            self._journal.truncate(0)
            self._journal.write(b"".join(line + b"\n" for line in kept))
        self._remove_leftovers()
        return is_ours or len(lines) <= 1

    def _remove_leftovers(self) -> None:
        kept = {segment.path for segment in self.segments}
        for path in (*self.path.glob("[0-9]*.mkv"), *self.path.glob(f"*{PARTIAL_SUFFIX}")):
            if path not in kept:
                path.unlink(missing_ok=True)

    def _append(self, values: object) -> None:
        self._journal.write(to_json(values) + b"\n")
        os.fsync(self._journal.fileno())


@contextmanager
def open_work_folder(target: Path, fingerprint: str) -> Iterator[WorkFolder]:
    """Open the work folder beside the output ``target``, which is made where it is missing, and lock it.

    Parameters
    ----------
    target
        The output.
    fingerprint
        Of source and settings: segments of another one are of no use.

    Raises
    ------
    PortraitError
        Another conversion to the same output is running, or the folder cannot be written to.
    """
    path = work_path(target)
    try:
        path.mkdir(exist_ok=True)
        journal = (path / JOURNAL_NAME).open("a+b", buffering=0)
    except OSError as exc:
        raise write_error(target, exc) from exc
    with journal:
        _lock(target, journal)
        yield WorkFolder(target, journal, fingerprint)


def work_path(target: Path) -> Path:
    """Path of the work folder of an output."""
    return target.with_name(f".{target.name}.portrait")


def count_kept_frames(target: Path, fingerprint: str) -> int:
    """Number of frames that a conversion with this fingerprint need not make again."""
    path = work_path(target)
    try:
        lines = (path / JOURNAL_NAME).read_bytes().splitlines()
    except OSError:
        return 0
    if not lines or _read_fingerprint(lines[0]) != fingerprint:
        return 0
    return sum(len(segment.times) for segment in _read_segments(path, lines[1:]))


def remove_work_folder(target: Path) -> None:
    """Remove the work folder when the output is there; what is not ours in it stays."""
    path = work_path(target)
    with suppress(OSError):
        for file in (*path.glob("[0-9]*.mkv"), *path.glob(f"*{PARTIAL_SUFFIX}"), path / JOURNAL_NAME):
            file.unlink(missing_ok=True)
        path.rmdir()


def _lock(target: Path, journal: FileIO) -> None:
    try:
        lock_file(journal)
    except HELD_ELSEWHERE as exc:
        raise PortraitError(
            tr("{path} is being made already", path=target), tr("Wait for it to end, or choose another name.")
        ) from exc
    except OSError as exc:  # a network drive without locks, say
        raise write_error(target, exc) from exc


def _read_fingerprint(line: bytes) -> object:
    try:
        return parse_object(line).get("fingerprint")
    except ValueError:
        return None


def _read_segments(folder: Path, lines: list[bytes]) -> Iterator[Segment]:
    """The segments of the journal up to the first that is damaged, missing or changed."""
    for line in lines:
        try:
            values = parse_object(line)
            signature = from_json(FileSignature, values.get("signature"))
            path = folder / str(values["file"])
            segment = Segment(path, tuple(map(int, values["times"])), int(values["end"]), int(values["nobody"]))
        except (ValueError, KeyError, TypeError):
            return
        if not segment.times or path.parent != folder or not signature.fits(path):
            return
        yield segment
