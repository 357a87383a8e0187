"""A lock on an open file, against other processes. The system drops it when the file is closed, however that comes."""

import sys
from io import FileIO

HELD_ELSEWHERE = (BlockingIOError, PermissionError)
"""What `lock_file` raises where another process holds the lock and it does not wait."""


_WINDOWS_LOCK_AT = 1 << 30
"""Byte that is locked on Windows, where locked ones cannot be read: behind all that a record holds."""


def lock_file(file: FileIO, *, wait: bool = False) -> None:
    """Lock a file, opened for writing, for this process alone.

    Raises
    ------
    BlockingIOError, PermissionError
        Another process holds it, and this one is not to wait.
    OSError
        There are no locks here, as on some network drives; or, on Windows, ten seconds of waiting were not enough.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(_WINDOWS_LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
