"""Worker processes for requests: so many at once, so many waiting, each with a limit on its time."""

import logging
import queue
import threading
from functools import partial

from portrait.errors import PortraitError
from portrait.files.system.worker_process import Ready, WorkerDiedError, WorkerProcess
from portrait.language import tr
from portrait.server.options import ServerOptions
from portrait.server.work import Refused, Rendered, RenderTask, open_handler

_LONGEST_START_S = 120.0

_logger = logging.getLogger(__name__)


class BusyError(Exception):
    """All workers are at work, and as many requests wait as may."""


class TooSlowError(Exception):
    """The work took longer than the limit; its process was killed."""


class RenderPool:
    """Does tasks in worker processes; its methods may be called from several threads.

    A process is started for the first task, kept for the next ones, and replaced when it was killed or has died.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.time_limit_s = options.time_limit_s
        self._options = options
        self._room = threading.BoundedSemaphore(options.workers + options.waiting)
        self._at_work: set[WorkerProcess] = set()
        self._slots: queue.LifoQueue[WorkerProcess | None] = queue.LifoQueue()
        for _ in range(options.workers):
            self._slots.put(None)

    def render(self, task: RenderTask) -> Rendered | Refused:
        """Do a task, after those that wait already.

        Raises
        ------
        BusyError
            Too many wait.
        TooSlowError
            It took too long.
        PortraitError
            The engine cannot be opened.
        """
        if not self._room.acquire(blocking=False):
            raise BusyError
        try:
            worker = self._slots.get()
            try:
                worker = worker or self._start()
                answer = self._ask(worker, task)
            except BaseException:
                worker = None
                raise
            finally:
                self._slots.put(worker if worker is not None and worker.is_alive else None)
        finally:
            self._room.release()
        return answer

    @property
    def at_work(self) -> int:
        """Number of processes that have a task."""
        return len(self._at_work)

    def end_work(self) -> None:
        """End the processes in the middle of their tasks; those are answered as if the workers had died."""
        for worker in tuple(self._at_work):
            worker.end_now()

    def close(self) -> None:
        """End the processes, at the latest when the task of each is done or its time is over."""
        for _ in range(self._options.workers):
            worker = self._slots.get()
            if worker is not None:
                worker.close()

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(partial(open_handler, self._options), self._options.memory_bytes)
        try:
            message = worker.receive() if worker.connection.poll(_LONGEST_START_S) else None
        except WorkerDiedError:
            message = None
        if isinstance(message, Ready) and message.error is None:
            return worker
        worker.kill()
        raise PortraitError(tr("no worker can be started")) if message is None else message.error

    def _ask(self, worker: WorkerProcess, task: RenderTask) -> Rendered | Refused:
        self._at_work.add(worker)
        try:
            worker.send(task)
            if not worker.connection.poll(self.time_limit_s):
                worker.kill()
                raise TooSlowError
            answer: Rendered | Refused = worker.receive()
        except WorkerDiedError:
            worker.kill()
            _logger.info("a worker has ended during a request")
            return Refused(
                tr("the worker was lost while it worked on the photo"),
                tr("The photo may need more memory than a worker has, or be made to do harm."),
            )
        finally:
            self._at_work.discard(worker)
        return answer
