"""Thumbnails of the photos and portraits in the table of a batch, loaded where rows come into view."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QColorSpace, QImage, QPixmap

from portrait.errors import PortraitError
from portrait.files.thumbnail import thumbnail_jpeg
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker

SIDE_PX = 48
"""Longest side, in pixels of the desktop."""

_LOADED_PX = 2 * SIDE_PX  # for screens with two pixels to one
_MOST_KEPT, _MOST_WAITING = 1_000, 40


class BatchThumbnails(QObject):
    """Gives thumbnails, and loads those that are not there yet, the last one asked for first.

    Parameters
    ----------
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    loaded = Signal()  # some are there that were not

    def __init__(self, on_bug: Callable[[Exception], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Path, QPixmap | None] = OrderedDict()
        self._waiting: OrderedDict[Path, None] = OrderedDict()
        self._loading: Path | None = None
        self._crossing = Crossing(self._on_loaded, self)
        self._worker = Worker("portrait-thumbnails", on_bug)

    def pixmap(self, path: Path) -> QPixmap | None:
        """The thumbnail of a file; None where it is not loaded yet, `loaded` follows, or cannot be read."""
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        if path == self._loading:
            return None
        self._waiting[path] = None
        self._waiting.move_to_end(path)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)  # asked for again when its row is painted again
        self._load_next()
        return None

    def forget(self) -> None:
        """Drop all: another batch has written the files anew."""
        self._kept.clear()
        self._waiting.clear()

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Load no more, and wait for the worker; false when it is still busy after ``timeout_s`` seconds."""
        self._waiting.clear()
        self._crossing.close()
        return self._worker.stop(timeout_s)

    def _load_next(self) -> None:
        if self._waiting and self._loading is None:
            path, _ = self._waiting.popitem()
            self._loading = path
            self._worker.submit("thumbnail", lambda: self._load(path))

    def _load(self, path: Path) -> None:
        """Runs on the worker."""
        data = b""
        try:
            data = _read(path)
        finally:
            self._crossing.post((path, data))

    @Slot(object)
    def _on_loaded(self, answer: tuple[Path, bytes]) -> None:
        path, data = answer
        self._kept[path] = _to_pixmap(data)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        self._loading = None
        self._load_next()
        self.loaded.emit()


def _read(path: Path) -> bytes:
    """A JPEG; nothing where the file cannot be read."""
    try:
        return thumbnail_jpeg(path, _LOADED_PX)
    except PortraitError:
        return b""


def _to_pixmap(data: bytes) -> QPixmap | None:
    image = QImage.fromData(data)
    if image.isNull():
        return None
    if image.colorSpace().isValid():
        image.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(max(1.0, max(image.width(), image.height()) / SIDE_PX))
    return pixmap
