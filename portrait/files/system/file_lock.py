"""Locks on open files against other processes; the system releases them when the file is closed for any reason."""

import sys
from io import FileIO

HELD_ELSEWHERE = (BlockingIOError, PermissionError)
"""What `lock_file` raises where another process holds the lock and it does not wait."""


_WINDOWS_LOCK_AT = 1 << 30
"""Offset of the byte that is locked on Windows: behind all content, as locked bytes cannot be read there."""


def lock_file(file: FileIO, *, wait: bool = False) -> None:
    """Take an exclusive lock on a file opened for writing.

    Raises
    ------
    BlockingIOError, PermissionError
        Another process holds it, and this one is not to wait.
    OSError
        The drive has no locks, as some network drives; or, on Windows, the lock was not free within ten seconds.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(_WINDOWS_LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
