"""Whether a program reads a node of PipeWire: its state, asked of ``pw-cli``."""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable

from portrait.sinks.frame_sink import SinkState

_INSPECTOR = "pw-cli"
_INTERVAL_S, _TIMEOUT_S, _JOIN_TIMEOUT_S = 1.0, 5.0, 2.0
_STATE = re.compile(r'state: "(\w+)"')
_READ, _UNREAD = ("running",), ("creating", "suspended", "idle")


def find_node_state(name: str) -> SinkState:
    """State of a node by its name; ``open`` where it cannot be told."""
    program = shutil.which(_INSPECTOR)
    if program is None:
        return "open"
    try:
        done = subprocess.run(
            [program, "info", name], timeout=_TIMEOUT_S, check=False, capture_output=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return "open"
    found = _STATE.search(done.stdout.decode(errors="replace"))
    if found is None:
        return "open"
    return "read" if found[1] in _READ else "waiting" if found[1] in _UNREAD else "open"


class NodeWatch:
    """Asks for the state of a node once a second, on a thread of its own, until it is closed.

    Parameters
    ----------
    name
        Of the node.
    find_state
        For tests: asks once.
    """

    def __init__(self, name: str, find_state: Callable[[str], SinkState] = find_node_state) -> None:
        self._name = name
        self._find_state = find_state
        self._state: SinkState = "open"
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="portrait-camera-watch", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SinkState:
        """As of the last time it was asked for."""
        return self._state

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()
        self._thread.join(_JOIN_TIMEOUT_S)

    def _run(self) -> None:
        while not self._closed.wait(_INTERVAL_S):
            self._state = self._find_state(self._name)
