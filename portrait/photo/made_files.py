"""Record of the files that the app has written, so that it replaces only its own portraits and mattes.

A record is a file of JSON objects, one a line; ``outputs`` of a line holds the signatures of files by their names, and
``source`` the photo that they were made of. One record, in the user's state folder, is for single photos. The journal
of a batch is another record: it lies in the output folder of the batch, and its names are relative to that folder.
"""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from io import SEEK_END, FileIO
from pathlib import Path

import platformdirs

from portrait.files.system.file_lock import lock_file
from portrait.files.system.file_signature import FileSignature
from portrait.files.system.json_lines import from_json, parse_object, to_json
from portrait.files.system.os_errors import is_there

JOURNAL_NAME = ".portrait-batch.jsonl"
"""Name of the record in the output folder of a batch."""

STATE_DIR_VARIABLE = "PORTRAIT_STATE_DIR"
"""Environment variable with the folder that is used in place of the user's state folder."""

_MOST_BYTES = 8_000_000
"""Some 30,000 portraits. Beyond it the older half is deleted; files listed there then count as not made by the app."""

_logger = logging.getLogger(__name__)


def record_path() -> Path:
    """Path of the user's record on this system."""
    folder = os.environ.get(STATE_DIR_VARIABLE)
    return (Path(folder) if folder else platformdirs.user_state_path("portrait", appauthor=False)) / "made-files.jsonl"


class MadeFiles:
    """The user's record and the records in the folders of the files; safe for threads and processes.

    Parameters
    ----------
    path
        Of the user's record; None: see `record_path`. It is read and opened whenever it is asked or added to.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or record_path()

    def knows(self, path: Path, source: Path | None = None) -> bool:
        """Whether the app wrote the file at ``path``, from ``source`` if that is given, and it is unchanged since.

        False where a damaged record no longer lists it.
        """
        place = _place(path)
        named = [(self._path, str(place))]
        named += [(folder / JOURNAL_NAME, place.relative_to(folder).as_posix()) for folder in place.parents]
        made = (pair for record, name in named for pair in _read_signatures(record, name))
        wanted = None if source is None else os.path.realpath(source)
        return any(wanted in (None, made_of) and signature.fits(path) for made_of, signature in made)

    def source_of(self, path: Path) -> Path | None:
        """The photo that the app last made the file at ``path`` of, by the user's record; None: it is not known."""
        sources = (Path(made_of) for made_of, _ in _read_signatures(self._path, str(_place(path))) if made_of)
        return next(sources, None)

    def add(self, path: Path, signature: FileSignature, source: Path | None = None) -> None:
        """Record a file that is about to be saved as ``path``; raise `OSError` where the record cannot be written."""
        made_of = "" if source is None else os.path.realpath(source)
        line = to_json({"source": made_of, "outputs": {str(_place(path)): asdict(signature)}}) + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b", buffering=0) as file:
            with suppress(OSError):  # a drive without locks: at worst two lines mix, and both files count as strangers'
                lock_file(file, wait=True)
            _forget_old_lines(file)
            _append_line(file, line)


def _place(path: Path) -> Path:
    """Absolute path with links in its folders resolved; a link as the last part is kept."""
    return Path(os.path.realpath(path.parent)) / path.name


def _read_signatures(record: Path, name: str) -> Iterator[tuple[str, FileSignature]]:
    """Entries of a record on the file ``name``: the photo that it was made of, and its signature."""
    for line in _read_lines(record, to_json(name)):
        with suppress(ValueError):  # cut off, or none of ours
            values = parse_object(line)
            outputs = values.get("outputs")
            signature = from_json(FileSignature, outputs.get(name) if isinstance(outputs, dict) else None)
            yield os.path.join(str(values.get("input_dir", "")), str(values.get("source"))), signature  # noqa: PTH118


def _read_lines(record: Path, part: bytes) -> list[bytes]:
    """The lines that hold ``part``, newest first."""
    if not is_there(record):
        return []
    try:
        content = record.read_bytes()
    except OSError as exc:
        _logger.warning("%s cannot be read (%s): what it tells of counts as somebody else's", record, exc.strerror)
        return []
    return [line for line in reversed(content.splitlines()) if part in line]


def _forget_old_lines(file: FileIO) -> None:
    if file.seek(0, SEEK_END) <= _MOST_BYTES:
        return
    file.seek(-_MOST_BYTES // 2, SEEK_END)
    kept = file.read().partition(b"\n")[2]
    file.truncate(0)
    file.write(kept)


def _append_line(file: FileIO, line: bytes) -> None:
    """Append a line in one write; a truncated last line is ended first."""
    size_bytes = file.seek(0, SEEK_END)
    if size_bytes:
        file.seek(size_bytes - 1)
        line = line if file.read(1) == b"\n" else b"\n" + line
    if file.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
