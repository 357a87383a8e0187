"""Options of the server, and the test whether an address is of this machine only."""

import ipaddress
from dataclasses import dataclass

from portrait.batch.ray_worker import EngineSource
from portrait.files.image_io import DEFAULT_MAX_MEGAPIXELS

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8377


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server listens, whom it answers, and how much it does.

    Attributes
    ----------
    host, port
        Address; port 0 takes a free one.
    token
        What a client must send as ``Authorization: Bearer TOKEN``.
    workers
        Photos at once, each in a process of its own.
    waiting
        Requests that may wait for a worker; further ones are turned away.
    max_bytes, max_megapixels
        Largest photo, as a file and decoded.
    rate_per_minute
        Most requests of one client.
    time_limit_s
        Most time for the upload of a photo, and again for the work on it.
    memory_bytes
        Most memory of a worker beside what the network takes, where the system has such a limit; None: no limit.
    model
        Name or path of the model; None for the quality's own.
    open_engine
        Opens the engine of a worker instead, in its process; can be pickled.
    """

    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    token: str = ""
    workers: int = 1
    waiting: int = 4
    max_bytes: int = 50 * 2**20
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS
    rate_per_minute: int = 60
    time_limit_s: float = 60.0
    memory_bytes: int | None = None
    model: str | None = None
    open_engine: EngineSource | None = None

    @property
    def is_local(self) -> bool:
        """Whether only programs of this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a name or an address stands for this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
