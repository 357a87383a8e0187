"""The journal where files cannot be appended to: a folder of small files, of which the last one is written anew.

A file holds up to 64 KB of lines, and each run begins with one of its own, so that no run touches what another wrote.
Against other batches it is locked twice: on this machine by a lock of the system, which ends with its process, and for
others by a file with a time in it that is renewed every minute. One that has not been renewed for ten is taken over.
"""

import hashlib
import json
import logging
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any

from portrait.batch.storage.local import held_elsewhere
from portrait.batch.storage.remote_files import RemoteFiles
from portrait.errors import PortraitError
from portrait.files.system.file_lock import HELD_ELSEWHERE, lock_file
from portrait.language import tr
from portrait.photo.made_files import JOURNAL_NAME, record_path

LOCK_NAME = "lock.json"
_PART_SUFFIX = ".jsonl"
_MOST_PART_BYTES = 2**16
_RENEW_S = 60.0
_TAKEN_OVER_S = 600.0

_logger = logging.getLogger(__name__)


@contextmanager
def open_remote_journal(storage: RemoteFiles, folder: PurePath) -> Iterator["RemoteJournalFile"]:
    """Open and lock the journal below an output folder."""
    place = folder / JOURNAL_NAME
    storage.make_folder(place)
    with _lock_here(place), _Lease(storage, place) as lease:
        file = RemoteJournalFile(storage, place, lease)
        stopped = threading.Event()
        renewal = threading.Thread(target=_renew, args=(lease, file, stopped), name="batch-lease", daemon=True)
        renewal.start()
        try:
            yield file
        finally:
            stopped.set()
            renewal.join()
            file.flush()


class RemoteJournalFile:
    """The `JournalFile` of a storage without appending; safe for threads."""

    def __init__(self, storage: RemoteFiles, place: PurePath, lease: "_Lease") -> None:
        self._storage = storage
        self._place = place
        self._lease = lease
        self._lock = threading.Lock()
        names = (entry.name for entry in storage.entries(place))
        self._parts = sorted(name for name in names if name.endswith(_PART_SUFFIX))
        self._number = 1 + (int(self._parts[-1].removesuffix(_PART_SUFFIX)) if self._parts else 0)
        self._lines = bytearray()  # of the part that is written anew
        self._written_bytes = 0

    def read_blocks(self) -> Iterator[bytes]:
        for name in self._parts:
            yield self._storage.read(self._place / name)

    def append(self, line: bytes, *, is_awaited: bool) -> None:
        with self._lock:
            self._lines += line
            try:
                if is_awaited or len(self._lines) > _MOST_PART_BYTES:
                    self._write()
            except PortraitError:
                del self._lines[-len(line) :]
                raise

    def flush(self) -> None:
        """Write the lines that nobody has waited for."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        self._lease.require_held()
        if len(self._lines) == self._written_bytes:
            return
        path = self._place / f"{self._number:09d}{_PART_SUFFIX}"
        self._storage.write(path, bytes(self._lines), may_replace=True)
        self._written_bytes = len(self._lines)
        if self._written_bytes > _MOST_PART_BYTES:
            self._number += 1
            self._lines.clear()
            self._written_bytes = 0


class _Lease:
    """The file that tells other machines that this one writes here; entered where it can be had."""

    def __init__(self, storage: RemoteFiles, place: PurePath) -> None:
        self._storage = storage
        self._path = place / LOCK_NAME
        self._token = secrets.token_hex(8)
        self._is_lost = False

    def __enter__(self) -> "_Lease":
        try:
            self._storage.write(self._path, self._content(), may_replace=False)
        except FileExistsError:
            holder = self._holder()
            is_ours = (
                holder.get("machine") == platform.node()
            )  # of a run that was killed: `_lock_here` holds off others
            age_s = time.time() - float(holder.get("time_s", 0.0))
            if not is_ours and age_s < _TAKEN_OVER_S:
                raise self._held_elsewhere(str(holder.get("machine")), age_s) from None
            self._storage.write(self._path, self._content(), may_replace=True)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(PortraitError):
            if self._holder().get("token") == self._token:
                self._storage.remove(self._path)

    def renew(self) -> None:
        """Write the time anew, or note that another batch has taken over."""
        if self._holder().get("token", self._token) != self._token:
            self._is_lost = True
        self.require_held()
        self._storage.write(self._path, self._content(), may_replace=True)

    def require_held(self) -> None:
        """Raise `PortraitError` where another batch has taken over."""
        if self._is_lost:
            raise held_elsewhere(self._path.parent.parent)

    def _content(self) -> bytes:
        return json.dumps({"machine": platform.node(), "time_s": time.time(), "token": self._token}).encode()

    def _holder(self) -> dict[str, Any]:
        try:
            values = json.loads(self._storage.read(self._path))
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}

    def _held_elsewhere(self, machine: str, age_s: float) -> PortraitError:
        left_min = max(1, round((_TAKEN_OVER_S - age_s) / 60.0))
        message = tr("A batch on {machine} is writing to {folder}", machine=machine, folder=self._path.parent.parent)
        hint = tr(
            "Wait for it to end. If it was killed, try again in {n} min, or remove {path}.", n=left_min, path=self._path
        )
        return PortraitError(message, hint)


def _renew(lease: _Lease, file: RemoteJournalFile, stopped: threading.Event) -> None:
    """Keep the lease, and write what waits, once a minute."""
    while not stopped.wait(_RENEW_S):
        try:
            lease.renew()
            file.flush()
        except PortraitError as exc:  # the next line of the journal meets the same, or it has passed
            _logger.info("lease: %s", exc)


@contextmanager
def _lock_here(place: PurePath) -> Iterator[None]:
    """Hold off other batches of this machine; the lock of one that was killed is gone with it."""
    path = record_path().parent / "locks" / hashlib.sha256(str(place).encode("utf-8", "surrogateescape")).hexdigest()
    Path(path.parent).mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        try:
            lock_file(file)
        except HELD_ELSEWHERE as exc:
            raise held_elsewhere(place.parent) from exc
        yield
