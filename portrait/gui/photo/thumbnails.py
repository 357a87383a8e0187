"""Small pictures of the open photos: made when they are first seen, on a thread of their own, and bounded in number."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from portrait.errors import PortraitError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.gui.widgets.qimage import to_qimage

THUMBNAIL_PX = 160
MOST_KEPT, MOST_WAITING = 200, 60
"""Pictures in memory, some 15 MB; and those asked for at once, of which the oldest have been scrolled past."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    path: Path
    image: QImage  # null: the file cannot be read


class Thumbnails(QObject):
    """Thumbnails by path, the least recently seen of which are forgotten.

    Parameters
    ----------
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    arrived = Signal(object)  # Path

    def __init__(self, on_bug: Callable[[Exception], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Path, QPixmap] = OrderedDict()
        self._waiting: OrderedDict[Path, None] = OrderedDict()
        self._is_busy = False
        self._max_megapixels = 200.0
        self._crossing = Crossing(self._on_answer, self)
        self._worker = Worker("portrait-thumbnails", on_bug)

    @property
    def count(self) -> int:
        """Thumbnails in memory."""
        return len(self._kept)

    @property
    def is_busy(self) -> bool:
        """Whether some are asked for and not there yet."""
        return self._is_busy or bool(self._waiting)

    def set_max_megapixels(self, most: float) -> None:
        """Take no larger photos from now on."""
        self._max_megapixels = most

    def get(self, path: Path) -> QPixmap | None:
        """The thumbnail of a photo, null if it cannot be read; None: it is made now, before those asked for earlier."""
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        self._waiting[path] = None
        self._waiting.move_to_end(path)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        self._go_on()
        return None

    def forget(self, path: Path) -> None:
        """The photo has changed, or is closed."""
        self._kept.pop(path, None)
        self._waiting.pop(path, None)

    def stop(self) -> bool:
        """Make no more; false if one is still being made."""
        self._waiting.clear()
        self._crossing.close()
        return self._worker.stop()

    def _go_on(self) -> None:
        from portrait.files.thumbnail import load_thumbnail

        if self._is_busy or not self._waiting:
            return
        self._is_busy = True
        path, most = self._waiting.popitem()[0], self._max_megapixels

        def run() -> None:
            image = QImage()
            try:
                photo = load_thumbnail(path, THUMBNAIL_PX, max_megapixels=most)
                image = to_qimage(photo.image, photo.metadata.icc_profile)
            except (PortraitError, MemoryError) as exc:
                _log.info("no thumbnail of %s: %s", path, exc)
            finally:
                self._crossing.post(_Answer(path, image))

        self._worker.submit(str(path), run)

    def _on_answer(self, answer: _Answer) -> None:
        self._is_busy = False
        self._kept[answer.path] = QPixmap.fromImage(answer.image)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit(answer.path)
        self._go_on()
