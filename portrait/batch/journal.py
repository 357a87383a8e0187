"""The journal of a batch: what was begun, done and failed, so that a killed batch goes on where it stopped.

One JSON object a line, appended and flushed to the disk line by line. ``started`` is written before the portrait, so
that a portrait whose ``done`` line was lost to a kill is known as ours and made again, while a file that somebody else
put there is never overwritten. The line that ends a job says what its files are known by, so that a file changed or put
in their place since is somebody else's too.
"""

import errno
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Literal, get_args

from portrait.errors import PortraitError
from portrait.files.file_lock import HELD_ELSEWHERE, lock_file
from portrait.files.file_signature import FileSignature
from portrait.files.json_lines import from_json, parse_object, to_json
from portrait.files.os_errors import write_error
from portrait.photo.made_files import JOURNAL_NAME as JOURNAL_NAME

JobState = Literal["started", "done", "nobody", "failed"]
"""``nobody``: done, and there was no person, so that nothing was saved."""


@dataclass(frozen=True, slots=True)
class JournalKey:
    """A source as it was, and what was asked for; equal keys need not be done twice.

    Attributes
    ----------
    source
        Path relative to the input folder, with forward slashes.
    output
        Path relative to the output folder, with forward slashes.
    matte
        Absolute path of the saved matte; empty without one.
    size_bytes, mtime_ns
        Of the source file.
    fingerprint
        Of the options, the model, the given matte and the picture of the background.
    """

    source: str
    output: str
    matte: str
    size_bytes: int
    mtime_ns: int
    fingerprint: str

    @property
    def names(self) -> set[str]:
        """Of the portrait, and of the matte if it is saved."""
        return {self.output, self.matte} - {""}


class Journal:
    """The journal of one output folder, held open and locked by one batch. Thread-safe.

    Use `open_journal`.
    """

    def __init__(self, path: Path, file: FileIO, input_dir: Path) -> None:
        self._path = path
        self._file = file
        self._input_dir = str(input_dir.resolve())
        self._lock = threading.Lock()
        self._last_ends: dict[str, tuple[JobState, JournalKey]] = {}
        self._outputs: dict[str, _Output] = {}
        self._finished_outputs: set[str] = set()
        for record in _read_records(file):
            self._remember(record)

    def is_done(self, key: JournalKey) -> bool:
        """Whether this is what was done last under its names; the output may have been removed since."""
        return {self._last_ends.get(name) for name in key.names} <= {("done", key), ("nobody", key)}

    def is_without_output(self, key: JournalKey) -> bool:
        """Whether what was done left no file, for there was no person."""
        return self._last_ends.get(key.output) == ("nobody", key)

    def owns(self, name: str, path: Path, *, of_any_input: bool = False) -> bool:
        """Whether the file at ``path``, ``name`` here, is still what a batch of this input folder, or of any, left."""
        output = self._outputs.get(name)
        if output is None or not (of_any_input or output.input_dir == self._input_dir):
            return False
        return output.signature is None or output.signature.fits(path)

    def append(self, state: JobState, key: JournalKey, outputs: Mapping[str, FileSignature] | None = None) -> None:
        """Write one line to the disk.

        Parameters
        ----------
        state
            Of the job.
        key
            Of the job.
        outputs
            When it has ended: the files of the job that lie there now, by their names in the journal.

        Raises
        ------
        ImageFileError
            Disk full, no permission.
        """
        record = _Record(state, self._input_dir, key, outputs)
        with self._lock:
            try:
                self._write(record.to_line())
            except OSError as exc:
                raise write_error(self._path, exc) from exc
            self._remember(record)

    def _write(self, line: bytes) -> None:
        """Write a whole line or none, unbuffered: what a full disk leaves in a buffer is tried again on closing."""
        size_bytes = os.fstat(self._file.fileno()).st_size
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(size_bytes)
            raise

    def _remember(self, record: "_Record") -> None:
        left = self._left_by(record)
        for name in record.key.names:
            self._last_ends.pop(name, None)
            if record.state in ("done", "nobody"):
                self._last_ends[name] = (record.state, record.key)
            if name not in left:
                self._outputs.pop(name, None)
        self._outputs |= {name: _Output(record.input_dir, signature) for name, signature in left.items()}

    def _left_by(self, record: "_Record") -> Mapping[str, FileSignature | None]:
        """What lies there after this line; without signatures where it was written before them, or while at work."""
        if record.outputs is not None:
            return record.outputs
        names = record.key.names
        if record.state == "done":
            self._finished_outputs |= names
        is_nothing_new = record.state in ("failed", "nobody")
        return dict.fromkeys(names & self._finished_outputs if is_nothing_new else names)


@dataclass(frozen=True, slots=True)
class _Record:
    """One line. ``outputs`` is what a job that has ended left; None while it is at work, and in journals of before."""

    state: JobState
    input_dir: str
    key: JournalKey
    outputs: Mapping[str, FileSignature] | None

    def to_line(self) -> bytes:
        values: dict[str, Any] = {"state": self.state, "input_dir": self.input_dir, **asdict(self.key)}
        if self.outputs is not None:
            values["outputs"] = {name: asdict(signature) for name, signature in self.outputs.items()}
        return to_json(values) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "_Record":
        """Raise `ValueError` for anything but a whole record."""
        values = parse_object(line)
        key = from_json(JournalKey, values)
        if values.get("state") not in get_args(JobState) or not isinstance(values.get("input_dir"), str):
            raise ValueError("neither a state nor an input folder")
        outputs = values.get("outputs", {})
        if not isinstance(outputs, dict):
            raise ValueError("no files by their names")
        signatures = {name: from_json(FileSignature, signature) for name, signature in outputs.items()}
        return cls(values["state"], values["input_dir"], key, signatures if "outputs" in values else None)


@dataclass(frozen=True, slots=True)
class _Output:
    """Who made a portrait or matte, and what it is known by if that is known."""

    input_dir: str
    signature: FileSignature | None


@contextmanager
def open_journal(output_dir: Path, input_dir: Path) -> Iterator[Journal]:
    """Open and lock the journal of an output folder; the folder is made if need be.

    Raises
    ------
    PortraitError
        Another batch is writing there, or the folder cannot be written to.
    """
    path = output_dir / JOURNAL_NAME
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    except OSError as exc:
        raise write_error(path, exc) from exc
    with file:
        _lock(path, file)
        yield Journal(path, file, input_dir)


def _read_records(file: FileIO) -> list[_Record]:
    """All whole lines; a half last line, left by a kill, is closed so that the next line stands alone."""
    file.seek(0)
    content = file.read()
    if content and not content.endswith(b"\n"):
        file.write(b"\n")
    return [record for line in content.splitlines() if (record := _parse(line)) is not None]


def _parse(line: bytes) -> _Record | None:
    """One record; none for a line that was cut off, or that is none of ours."""
    try:
        return _Record.from_line(line)
    except ValueError:
        return None


def _lock(path: Path, file: FileIO) -> None:
    try:
        lock_file(file)
    except HELD_ELSEWHERE as exc:
        message = f"Another batch is writing to {path.parent}"
        raise PortraitError(message, "Wait for it to end, or choose another output folder.") from exc
    except OSError as exc:  # a network drive without locks, say
        raise write_error(path, exc) from exc
