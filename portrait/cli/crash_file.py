"""Where native code crashes, Python cannot tell: a file keeps where, until the next start has shown it."""

import faulthandler
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from portrait.cli.log_file import log_path

_FORM = "crash-*.txt"
_KEPT_S = 30 * 24 * 3600
"""Files of processes that were killed are empty, as are those of running ones: only old ones are removed."""

_log = logging.getLogger(__name__)


@contextmanager
def crashes_kept() -> Iterator[str]:
    """Keep a crash of this process in a file; gives what earlier crashes left, as `faulthandler` writes it.

    The files are beside the log, one a process, and go when this process ends in good order. Nothing is sent anywhere.
    Who has `faulthandler` write elsewhere, as by ``python -X faulthandler``, keeps that.
    """
    earlier = _find_crashes(log_path().parent)
    file = None if faulthandler.is_enabled() else _open_file(log_path().parent)
    if file is not None:
        faulthandler.enable(file)
    try:
        yield "\n".join(path.read_text("utf-8", "replace") for path in earlier)
    finally:
        if file is not None:
            faulthandler.disable()
            file.close()
            earlier = (*earlier, Path(file.name))
        for path in earlier:
            with suppress(OSError):  # another window has removed it
                path.unlink()


def _find_crashes(folder: Path) -> Sequence[Path]:
    """The files that hold something, oldest first; empty ones are removed when they are old."""
    found: list[tuple[float, Path]] = []
    for path in folder.glob(_FORM):
        with suppress(OSError):  # another window has removed it
            state = path.stat()
            if state.st_size:
                found.append((state.st_mtime, path))
            elif time.time() - state.st_mtime > _KEPT_S:
                path.unlink()
    return [path for _, path in sorted(found)]


def _open_file(folder: Path) -> IO[str] | None:
    path = folder / _FORM.replace("*", os.urandom(8).hex())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return path.open("x", encoding="utf-8")
    except OSError as exc:
        _log.info("crashes are not kept: %s", exc)
        return None
