"""The files that were opened last, for a menu."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings

MOST = 10
_KEY = "recent/files"


class RecentFiles:
    """Paths, the last one first, kept in the store of the window's state."""

    def __init__(self) -> None:
        self._paths: list[Path] = []

    @property
    def paths(self) -> Sequence[Path]:
        """The files, whether they are still there or not."""
        return self._paths

    def add(self, path: Path) -> None:
        """Put a file first."""
        self._paths = [path, *(other for other in self._paths if other != path)][:MOST]

    def clear(self) -> None:
        """Forget all."""
        self._paths = []

    def load(self, state: QSettings) -> None:
        """Read what was kept."""
        kept = state.value(_KEY)
        texts = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        self._paths = [Path(text) for text in texts if isinstance(text, str) and text][:MOST]

    def keep(self, state: QSettings) -> None:
        """Write the paths."""
        state.setValue(_KEY, [str(path) for path in self._paths])
