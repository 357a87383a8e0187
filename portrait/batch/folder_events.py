"""Changes of a folder tree as the system reports them, through the library watchdog."""

import logging
import threading
from pathlib import Path
from typing import Any

from portrait.errors import PortraitError
from portrait.extras import how_to_get
from portrait.language import tr

_logger = logging.getLogger(__name__)


class FolderEvents:
    """Wakes a waiting thread when something below a folder changes.

    Where the system reports nothing, as on network drives, or has no watches left, only the time limit ends a wait.

    Parameters
    ----------
    folder
        The watched tree.
    ignored
        A folder in it whose changes are of no interest.

    Raises
    ------
    PortraitError
        The library watchdog is not installed.
    """

    def __init__(self, folder: Path, ignored: Path) -> None:
        self._folder = folder
        self._ignored = ignored.absolute()
        self._changed = threading.Event()
        self._observer: Any = None
        self._observer_type, self._handler = _import_watchdog()

    def open(self) -> None:
        """Begin to listen, or begin anew once the folder is another one of the same name."""
        self.close()
        observer = self._observer_type()
        handler = self._handler()
        handler.on_any_event = self._on_any_event
        try:
            observer.schedule(handler, str(self._folder), recursive=True)
            observer.start()
        except OSError as exc:  # no watches left (fs.inotify.max_user_watches), or the folder has just gone
            _logger.info("%s is looked at from time to time only: %s", self._folder, exc)
            return
        self._observer = observer

    def wait(self, timeout_s: float) -> bool:
        """Wait until something has changed since the last wait, at most so long; whether it has."""
        has_changed = self._changed.wait(timeout_s)
        self._changed.clear()
        return has_changed

    def close(self) -> None:
        """Listen no more."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def _on_any_event(self, event: Any) -> None:
        """Called on watchdog's thread. Reading a file is an event too, and no change."""
        if event.event_type in ("opened", "closed_no_write"):
            return
        paths = [Path(path) for path in (event.src_path, event.dest_path) if path]
        if not all(path.absolute().is_relative_to(self._ignored) for path in paths):
            self._changed.set()


def _import_watchdog() -> tuple[Any, Any]:
    try:
        from watchdog.events import FileSystemEventHandler
        from watchdog.observers import Observer
    except ImportError as exc:
        raise PortraitError(tr("The library watchdog is not installed"), how_to_get("watch")) from exc
    return Observer, FileSystemEventHandler
