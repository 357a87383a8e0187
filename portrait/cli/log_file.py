"""Logging: warnings and errors as single lines on stderr, and with traceback in a log file."""

import logging
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

from portrait.cli.report import say

_LARGEST_BYTES = 1_000_000


def log_path() -> Path:
    """Path of the log file on this system."""
    return platformdirs.user_log_path("portrait", appauthor=False) / "portrait.log"


class StderrHandler(logging.Handler):
    """Writes warnings and errors to stderr, one line each, formatted as all messages to the user."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        kind = "error" if record.levelno >= logging.ERROR else "warning"
        say(f"{kind}: {record.getMessage()}")
        if record.exc_info:
            say(f"hint: The details are in {log_path()}; please report them.")


class LogFile(RotatingFileHandler):
    """Writes warnings and errors with time and traceback; creates file and folder at the first one."""

    def __init__(self) -> None:
        super().__init__(log_path(), maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8", delay=True)
        self.setLevel(logging.WARNING)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        say(f"warning: the log {self.baseFilename} cannot be written")
