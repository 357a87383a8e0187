"""Running of the server, until Ctrl-C or the end of the service."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from portrait.errors import PortraitError
from portrait.language import tr
from portrait.server.application import PortraitServer
from portrait.server.options import ServerOptions

_SPARE_CONNECTIONS = 16
_GRACE_S = 5
_BACKLOG = 128


class RunningServer(uvicorn.Server):
    """A server on an open socket. `stop` lets it finish its requests; called again, it ends at once.

    Parameters
    ----------
    options
        Port 0 takes a free one.

    Raises
    ------
    PortraitError
        The address cannot be had.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.portrait = PortraitServer(options)
        self._socket = _open_socket(options.host, options.port)
        config = uvicorn.Config(
            self.portrait.application(),
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            limit_concurrency=options.workers + options.waiting + _SPARE_CONNECTIONS,
            timeout_graceful_shutdown=int(2 * options.time_limit_s) + _GRACE_S,
        )
        super().__init__(config)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run_until_stopped(self) -> None:
        """Answer requests; returns when it was stopped and the requests under way are done."""
        with self._socket:
            self.run(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more requests."""
        if self.should_exit:
            self.force_exit = True
            self.portrait.pool.end_work()
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: uvicorn would raise the signal again at the end, before the workers are gone; see `signals_stop`."""
        yield


@contextmanager
def signals_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Context in which Ctrl-C, and the signal that ends services, call ``stop``."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _open_socket(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
        try:
            # Windows would let two programs listen; elsewhere a port that was left a moment ago counts as taken.
            option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
            opened.setsockopt(socket.SOL_SOCKET, option, 1)
            opened.bind(address)
            opened.listen(_BACKLOG)
        except OSError:
            opened.close()
            raise
    except OSError as exc:
        message = tr("the server cannot listen on {host}:{port}: {reason}", host=host, port=port, reason=exc.strerror)
        raise PortraitError(message, tr("Another program may listen there; choose another --port.")) from exc
    return opened
