"""The journal of a batch: which jobs were started, done and failed, so that a killed batch resumes where it stopped.

The file holds one JSON object a line; each line is appended and flushed to the disk by itself. ``started`` is written
before the portrait. If the process is killed before ``done`` is written, the next run therefore knows that the portrait
is its own and makes it again, whereas a file that the user put there is never overwritten. The line that ends a job
holds the signature (size, time, SHA-256) of each output file: a file whose signature differs was changed by the user
since, and is not overwritten either.
"""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

from portrait.batch.storage import storage_of
from portrait.batch.storage.interface import JournalFile
from portrait.files.system.file_signature import FileSignature
from portrait.files.system.json_lines import from_json, parse_object, to_json
from portrait.files.system.os_errors import write_error
from portrait.photo.made_files import JOURNAL_NAME as JOURNAL_NAME

JobState = Literal["started", "done", "nobody", "failed"]
"""``nobody``: the job is done, but no person was found and no file was saved."""


@dataclass(frozen=True, slots=True)
class JournalKey:
    """Identifies a job by its source file, its output paths and its options. Jobs with equal keys give equal portraits.

    Attributes
    ----------
    source
        Path relative to the input folder, with forward slashes.
    output
        Path relative to the output folder, with forward slashes.
    matte
        Path of the saved matte: absolute, or relative to the output folder where it lies there. Empty: none is saved.
    size_bytes, mtime_ns
        Size and modification time of the source file.
    fingerprint
        Hash of the options and the model, with size and time of the given matte and of the background image.
    """

    source: str
    output: str
    matte: str
    size_bytes: int
    mtime_ns: int
    fingerprint: str

    @property
    def names(self) -> set[str]:
        """Names in the journal of the portrait and, if it is saved, of the matte."""
        return {self.output, self.matte} - {""}

    @property
    def digest(self) -> bytes:
        """16 bytes that stand for the key, where millions are held in memory."""
        return hashlib.blake2b(to_json(asdict(self)), digest_size=16).digest()


class Journal:
    """The journal of one output folder, held open and locked by one batch. Thread-safe.

    Use `open_journal`.
    """

    def __init__(self, path: PurePath, file: JournalFile, input_dir: PurePath) -> None:
        self._path = path
        self._file = file
        self._input_dir = storage_of(input_dir).identity(input_dir)
        self._lock = threading.Lock()
        # State by the name of an output file: its last job if that is done, the file that exists, and, from lines
        # without signatures, whether a job was ever done. Packed, for there may be millions.
        self._finished: dict[str, bytes] = {}
        self._outputs: dict[str, bytes] = {}
        self._names_once_done: set[str] = set()
        self._failed_names: set[str] = set()
        for record in _read_records(file.read_blocks()):
            self._remember(record)

    def is_done(self, key: JournalKey) -> bool:
        """Whether the last finished job of every output file had this key. The files may have been removed since."""
        states: tuple[JobState, ...] = ("done", "nobody")
        return {self._finished.get(name) for name in key.names} <= {_pack_job(state, key) for state in states}

    def is_without_output(self, key: JournalKey) -> bool:
        """Whether this job was done and saved no file, because no person was found."""
        return self._finished.get(key.output) == _pack_job("nobody", key)

    def has_failed(self, key: JournalKey) -> bool:
        """Whether the last job that ended with this portrait has failed, with whatever options."""
        return key.output in self._failed_names

    def owns(self, name: str, path: PurePath, *, of_any_input: bool = False) -> bool:
        """Whether a batch wrote the file at ``path`` and nobody has changed it since.

        Parameters
        ----------
        name
            Name of the file in the journal.
        path
            The file.
        of_any_input
            Accept a batch of any input folder, not only of this one.
        """
        if (packed := self._outputs.get(name)) is None:
            return False
        output = _Output.unpack(packed)
        if not (of_any_input or output.is_of_this_input):
            return False
        return output.signature is None or storage_of(path).fits(path, output.signature)

    def append(self, state: JobState, key: JournalKey, outputs: Mapping[str, FileSignature] | None = None) -> None:
        """Write one line to the disk.

        Parameters
        ----------
        state
            New state of the job.
        key
            Key of the job.
        outputs
            For a job that has ended: signatures of its output files that exist now, by their names in the journal.

        Raises
        ------
        ImageFileError
            Disk full, no permission.
        """
        record = _Record(state, self._input_dir, key, outputs)
        with self._lock:
            try:
                # Only `started` must be there before the portrait: a job whose end is lost is done again.
                self._file.append(record.to_line(), is_awaited=state == "started")
            except OSError as exc:
                raise write_error(Path(self._path), exc) from exc
            self._remember(record)

    def _remember(self, record: "_Record") -> None:
        """Update the state in memory by one line."""
        left = self._outputs_after(record)
        if record.state != "started":
            (self._failed_names.add if record.state == "failed" else self._failed_names.discard)(record.key.output)
        for name in record.key.names:
            self._finished.pop(name, None)
            if record.state in ("done", "nobody"):
                self._finished[name] = _pack_job(record.state, record.key)
            if name not in left:
                self._outputs.pop(name, None)
        is_of_this_input = record.input_dir == self._input_dir
        self._outputs |= {name: _Output(is_of_this_input, signature).pack() for name, signature in left.items()}

    def _outputs_after(self, record: "_Record") -> Mapping[str, FileSignature | None]:
        """The output files of the job that exist after this line, by name.

        The signature is None while the job runs, and for lines of older versions, which hold no signatures.
        """
        if record.outputs is not None:
            return record.outputs
        names = record.key.names
        if record.state == "done":
            self._names_once_done |= names
        # A job that saved nothing leaves in place what an earlier job saved under its names.
        saved_nothing = record.state in ("failed", "nobody")
        return dict.fromkeys(names & self._names_once_done if saved_nothing else names)


@dataclass(frozen=True, slots=True)
class _Record:
    """One line. ``outputs``: files of a job that has ended; None while it runs, and in journals of older versions."""

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
        """Parse a line; raise `ValueError` for anything but a complete record."""
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
    """A portrait or matte: whether a batch of this input folder wrote it, and its signature if that is known."""

    is_of_this_input: bool
    signature: FileSignature | None

    def pack(self) -> bytes:
        known = self.signature
        text = "" if known is None else f"{known.size_bytes} {known.mtime_ns} {known.sha256}"
        return (b"\1" if self.is_of_this_input else b"\0") + text.encode("utf-8", "surrogatepass")

    @classmethod
    def unpack(cls, packed: bytes) -> "_Output":
        size_bytes, mtime_ns, sha256 = (*packed[1:].decode("utf-8", "surrogatepass").split(" ", 2), "", "")[:3]
        signature = FileSignature(int(size_bytes), int(mtime_ns), sha256) if size_bytes else None
        return cls(packed[:1] == b"\1", signature)


def _pack_job(state: JobState, key: JournalKey) -> bytes:
    return state[:1].encode() + key.digest


@contextmanager
def open_journal(output_dir: PurePath, input_dir: PurePath) -> Iterator[Journal]:
    """Open and lock the journal of an output folder; create the folder if it is missing.

    Raises
    ------
    PortraitError
        Another batch is writing there, or the folder cannot be written to.
    """
    with storage_of(output_dir).open_journal(output_dir) as file:
        yield Journal(output_dir / JOURNAL_NAME, file, input_dir)


def _read_records(blocks: Iterable[bytes]) -> Iterator[_Record]:
    """All complete records."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from filter(None, map(_parse, lines))


def _parse(line: bytes) -> _Record | None:
    """One record; None for a line that was cut off or that Portrait did not write."""
    try:
        return _Record.from_line(line)
    except ValueError:
        return None
