"""Makes the X-ray of the open photo on the page's worker, and paints what its colours mean."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from portrait.errors import PortraitError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.photo.found_matte import FoundMatte
    from portrait.photo.xray import Color

_log = logging.getLogger(__name__)
_ROW_PX, _SQUARE_PX, _MARGIN_PX = 20, 12, 10


@dataclass(frozen=True, slots=True, eq=False)
class ShownXRay:
    """An X-ray for display, of this matte, and what its colours mean."""

    found: "FoundMatte"
    image: QImage
    legend: "Sequence[tuple[Color, str]]"


class XRays(QObject):
    """Parameters as those of `portrait.gui.photo.photo_tiles.PhotoTiles`."""

    made = Signal(object)  # ShownXRay

    def __init__(self, engine: Future["PortraitEngine"], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(self.made.emit, self)

    def request(self, found: "FoundMatte", subject: Sequence[str]) -> None:
        """Make the X-ray of a photo, of which things of these classes are the subject, in place of one that waits."""
        from portrait.photo.things import engine_for
        from portrait.photo.xray import make_xray

        def run() -> None:
            try:
                xray = make_xray(engine_for(self._engine.result(), subject), found)
            except (PortraitError, MemoryError) as exc:  # the preview has told of it
                _log.warning("no X-ray was made: %s", exc)
                return
            height, width = xray.image.shape[:2]
            image = QImage(xray.image.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
            self._crossing.post(ShownXRay(found, image, xray.legend))

        self._worker.submit("xray", run)

    def close(self) -> bool:
        """Stop for good."""
        self._worker.discard("xray")
        self._crossing.close()
        return True


def paint_legend(painter: QPainter, corner: QRect, legend: "Sequence[tuple[Color, str]]") -> None:
    """Paint colours and texts on a shade in the upper left corner of a rectangle."""
    if not legend:
        return
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(text) for _, text in legend) + _SQUARE_PX + 3 * _MARGIN_PX
    height = max(_ROW_PX, metrics.height() + 2)
    box = QRect(corner.left() + 12, corner.top() + 12, width, height * len(legend) + _MARGIN_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(box, 8, 8)
    for index, (color, text) in enumerate(legend):
        row = QRect(box.left() + _MARGIN_PX, box.top() + _MARGIN_PX // 2 + index * height, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*color))
        painter.drawRoundedRect(row.left(), row.center().y() - _SQUARE_PX // 2, _SQUARE_PX, _SQUARE_PX, 3, 3)
        painter.setPen(QColor(255, 255, 255))
        text_row = row.adjusted(_SQUARE_PX + _MARGIN_PX, 0, 0, 0)
        painter.drawText(text_row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
