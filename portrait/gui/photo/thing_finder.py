"""Finds what the open photo shows besides people, on the page's worker."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.photo.found_matte import OpenedPhoto
from portrait.photo.things import FoundThing, find_things

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class ThingsOfPhoto:
    """What a photo shows; None where that could not be found."""

    photo: OpenedPhoto
    things: Sequence[FoundThing] | None


class ThingFinder(QObject):
    """Finds what the open photo shows, on the page's worker. Parameters as those of `PhotoTiles`."""

    found = Signal(object)  # ThingsOfPhoto

    def __init__(self, engine: Future[PortraitEngine], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(self.found.emit, self)

    def request(self, photo: OpenedPhoto) -> None:
        """Look at a photo, in place of one that waits."""

        def run() -> None:
            things: Sequence[FoundThing] | None = None
            try:
                things = find_things(self._engine.result(), photo)
            except (PortraitError, MemoryError) as exc:  # the menu says that nothing is known
                _log.warning("the photo's classes were not found: %s", exc)
            self._crossing.post(ThingsOfPhoto(photo, things))

        self._worker.submit("things", run)

    def close(self) -> bool:
        """Stop for good."""
        self._worker.discard("things")
        self._crossing.close()
        return True
