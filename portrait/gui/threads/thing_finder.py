"""Finds what an image shows besides people, on the worker of a page."""

import logging
from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from portrait.errors import PortraitError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker

if TYPE_CHECKING:
    from portrait.core.arrays import RgbImage
    from portrait.engine import PortraitEngine
    from portrait.photo.things import FoundThing

_log = logging.getLogger(__name__)


class ThingFinder(QObject):
    """Finds the classes that an image shows.

    Parameters
    ----------
    engine
        The engine, once it is open.
    worker
        Runs the requests, between its others.
    """

    found = Signal(object, object)  # RgbImage, tuple[FoundThing, ...]; None where that could not be found

    def __init__(self, engine: Future["PortraitEngine"], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(lambda answer: self.found.emit(*answer), self)

    def request(self, image: "RgbImage") -> None:
        """Look at an image, uint8 (H, W, 3), in place of one that waits."""
        from portrait.photo.things import find_things

        def run() -> None:
            things: tuple[FoundThing, ...] | None = None
            try:
                things = find_things(self._engine.result(), image)
            except (PortraitError, MemoryError) as exc:  # the menu says that nothing is known
                _log.warning("the classes of an image were not found: %s", exc)
            self._crossing.post((image, things))

        self._worker.submit("things", run)

    def close(self) -> bool:
        """Stop for good."""
        self._worker.discard("things")
        self._crossing.close()
        return True
