"""Reporting of unexpected errors in the work on one file, which must not stop the others."""

import logging
from pathlib import PurePath

from portrait.errors import PortraitError
from portrait.language import tr

_logger = logging.getLogger(__name__)


def bug_error(source: PurePath, bug: Exception) -> PortraitError:
    """Convert an unexpected error to one that can be shown for the file."""
    message = tr("unexpected error in {source}: {kind}: {reason}", source=source, kind=type(bug).__name__, reason=bug)
    return PortraitError(message, tr("This is a bug. Please report it with the log."))


def report_bug(source: PurePath, bug: Exception) -> PortraitError:
    """Log an unexpected error with its traceback, and convert it to an error that can be shown for the file."""
    error = bug_error(source, bug)
    _logger.error("unexpected error in %s: %s: %s", source, type(bug).__name__, bug, exc_info=bug)
    return error
