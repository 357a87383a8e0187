"""ViewTool: what the pointer does in the view of a photo."""

from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter


class ViewTool(Protocol):
    """A tool in hand; the view calls it while a photo is shown."""

    @property
    def cursor(self) -> Qt.CursorShape:
        """Shape of the pointer."""
        ...

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        ...

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        ...

    def release(self, event: QMouseEvent) -> None:
        """A button went up."""
        ...

    def paint(self, painter: QPainter, pointer: QPointF | None) -> None:
        """Paint over the photo; None: the pointer is elsewhere."""
        ...

    def view_changed(self) -> None:
        """The photo was moved or magnified."""
        ...

    def leave(self) -> None:
        """Another tool is taken: end what was begun."""
        ...
