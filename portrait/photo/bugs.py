"""Reporting of unexpected errors in the work on one file, which must not stop the others."""

import logging
from pathlib import Path

from portrait.errors import PortraitError

_logger = logging.getLogger(__name__)


def bug_error(source: Path, bug: Exception) -> PortraitError:
    """Convert an unexpected error to one that can be shown for the file."""
    message = f"unexpected error in {source}: {type(bug).__name__}: {bug}"
    return PortraitError(message, "This is a bug. Please report it with the log.")


def report_bug(source: Path, bug: Exception) -> PortraitError:
    """Log an unexpected error with its traceback, and convert it to an error that can be shown for the file."""
    error = bug_error(source, bug)
    _logger.error(error.message, exc_info=bug)
    return error
