"""What escapes from the work on one file, and stops no other."""

import logging
from pathlib import Path

from portrait.errors import PortraitError

_logger = logging.getLogger(__name__)


def report_bug(source: Path, bug: Exception) -> PortraitError:
    """Log an error that nobody expected, with its traceback, and put it as one that can be shown for a file."""
    message = f"unexpected error in {source}: {type(bug).__name__}: {bug}"
    _logger.error(message, exc_info=bug)
    return PortraitError(message, "This is a bug. Please report it with the log.")
