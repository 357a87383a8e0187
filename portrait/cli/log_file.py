"""Logging: warnings and errors as single lines on stderr, and with traceback in a log file."""

import logging
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

from portrait.cli.report import say
from portrait.language import tr

_LARGEST_BYTES = 1_000_000


def log_path() -> Path:
    """Path of the log file on this system."""
    return platformdirs.user_log_path("portrait", appauthor=False) / "portrait.log"


class StderrHandler(logging.Handler):
    """Writes warnings and errors to stderr, one line each, formatted and translated as all messages to the user."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        message = tr(str(record.msg)) % record.args if record.args else tr(str(record.msg))
        is_error = record.levelno >= logging.ERROR
        say(tr("error: {message}", message=message) if is_error else tr("warning: {message}", message=message))
        if record.exc_info:
            say(tr("hint: {hint}", hint=tr("The details are in {path}; please report them.", path=log_path())))


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
        say(tr("warning: {message}", message=tr("the log {path} cannot be written", path=self.baseFilename)))
