"""A process that does one task after the other, with a limit on its memory; it can be killed and replaced.

For files that are not trusted, and for limits on time: a thread that hangs in a decoder cannot be stopped. The process
is spawned, not forked, for the app has threads. Its memory is limited where the system counts what a process has asked
for (Linux: RLIMIT_DATA, https://man7.org/linux/man-pages/man2/getrlimit.2.html); elsewhere the limit has no effect.
"""

import multiprocessing
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from portrait.errors import PortraitError
from portrait.files.codecs import prepare_codecs
from portrait.language import current_language, set_language

Handler = Callable[[Any], Any]
"""Does one task. It must not raise; task and answer can be pickled."""

_JOIN_S = 2.0


class WorkerDiedError(Exception):
    """The process has ended before it answered."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The first message of a worker: it takes tasks, or why it never will."""

    error: PortraitError | None = None


class WorkerProcess:
    """A process with a handler; it ends with the process that made it.

    Parameters
    ----------
    open_handler
        Called in the process; can be pickled. Raises `PortraitError` where it cannot work.
    memory_bytes
        Most memory that tasks may take, beside what the process needs to start; None: no limit. What is asked for
        beyond it raises MemoryError there.
    """

    def __init__(self, open_handler: Callable[[], Handler], memory_bytes: int | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_work,
            args=(theirs, open_handler, memory_bytes, current_language()),
            name="portrait-worker",
            daemon=True,
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid or 0

    @property
    def is_alive(self) -> bool:
        """Whether it takes tasks."""
        return not self.connection.closed and self._process.is_alive()

    def send(self, task: object) -> None:
        """Hand over a task; the process may still be starting. One that has died is met by `receive`."""
        with suppress(OSError):
            self.connection.send(task)

    def receive(self) -> Any:
        """Wait for the next message: first `Ready`, then one answer for each task.

        Raises
        ------
        WorkerDiedError
            The process has ended.
        """
        try:
            return self.connection.recv()
        except (EOFError, OSError) as exc:
            raise WorkerDiedError from exc

    def end_now(self) -> None:
        """End the process while another thread waits for its answer, which meets `WorkerDiedError`."""
        self._process.kill()

    def kill(self) -> None:
        """End the process in the middle of whatever it does."""
        self._process.kill()
        self._process.join(_JOIN_S)
        self.connection.close()

    def close(self) -> None:
        """End the process after its task; kill it if that takes more than two seconds."""
        self.connection.close()
        self._process.join(_JOIN_S)
        if self._process.is_alive():
            self.kill()


def _work(connection: Connection, open_handler: Callable[[], Handler], memory_bytes: int | None, language: str) -> None:
    """The main function of the process: it ends when the other side of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the process that made this one acts
    set_language(language)
    try:
        handler = open_handler()
        prepare_codecs()  # under the limit, the import of a library could fail
        _limit_memory(memory_bytes)
    except PortraitError as exc:
        connection.send(Ready(exc))
        return
    with suppress(EOFError, OSError):  # nobody listens any more
        connection.send(Ready())
        while True:
            connection.send(handler(connection.recv()))


def _limit_memory(memory_bytes: int | None) -> None:
    """Limit what this process may ask for beyond what it has, where the system can."""
    if memory_bytes is None or sys.platform != "linux":
        return
    import resource

    data_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    wanted = data_pages * resource.getpagesize() + memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
