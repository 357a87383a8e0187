"""The log: one line on stderr, the whole story with its traceback in a file."""

import logging
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

from portrait.cli.report import say

_LARGEST_BYTES = 1_000_000


def log_path() -> Path:
    """Where the log file lies on this system."""
    return platformdirs.user_log_path("portrait", appauthor=False) / "portrait.log"


class StderrHandler(logging.Handler):
    """Warnings and errors, one line each, in the form of all messages to the user."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        kind = "error" if record.levelno >= logging.ERROR else "warning"
        say(f"{kind}: {record.getMessage()}")
        if record.exc_info:
            say(f"hint: The details are in {log_path()}; please report them.")


class LogFile(RotatingFileHandler):
    """Warnings and errors with time and traceback; the file and its folder are made with the first one."""

    def __init__(self) -> None:
        super().__init__(log_path(), maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8", delay=True)
        self.setLevel(logging.WARNING)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        say(f"warning: the log {self.baseFilename} cannot be written")
