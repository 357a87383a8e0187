"""Which files of a watched folder are complete, and which of those were made already."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, time

from portrait.files.system.os_errors import file_version

Version = tuple[int, int]
"""Size in bytes and time of the last change in ns, as `portrait.files.system.os_errors.file_version` gives them."""

_NONE: Version = (-1, -1)


class SettledFiles:
    """Tells a complete file from one that is being written: size and time of change stay the same for a while.

    Parameters
    ----------
    settle_s
        How long. A file that was there at the first look and is older than that counts as complete at once.
    clock, wall_clock
        Seconds that never go back, and seconds since 1970.
    """

    def __init__(
        self, settle_s: float, clock: Callable[[], float] = monotonic, wall_clock: Callable[[], float] = time
    ) -> None:
        self._settle_s = settle_s
        self._clock = clock
        self._wall_clock = wall_clock
        self._growing: dict[str, tuple[Version, float]] = {}
        self._made: dict[str, Version] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether a file may still be growing."""
        return bool(self._growing)

    def is_due(self, path: Path, *, is_first_look: bool = False) -> bool:
        """Whether a file is complete, and was not made as it is now."""
        name, version = str(path), file_version(path)
        if version == _NONE or self._made.get(name) == version:
            self._growing.pop(name, None)
            return False
        seen, since_s = self._growing.get(name, (_NONE, 0.0))
        if is_first_look and self._wall_clock() - version[1] / 1e9 >= self._settle_s:
            return True
        if seen != version:
            self._growing[name] = version, self._clock()
            return False
        if self._clock() - since_s < self._settle_s:
            return False
        del self._growing[name]
        return True

    def forget_others(self, present: set[str]) -> None:
        """Wait no longer for files that are gone."""
        for name in self._growing.keys() - present:
            del self._growing[name]

    def add(self, path: Path, version: Version) -> None:
        """Note that a file was made, or has failed, in this version."""
        self._made[str(path)] = version

    def forget(self, path: Path) -> None:
        """Take a file for a new one."""
        self._made.pop(str(path), None)
