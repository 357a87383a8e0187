"""Logging: warnings and errors as single lines on stderr, and with traceback in a log file."""

import logging
from pathlib import Path

import platformdirs

from portrait.cli.report import say
from portrait.language import tr


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


class LogFile(logging.Handler):
    """Writes warnings and errors with time and traceback; creates file and folder at the first one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            from portrait.cli.rotating_file import RotatingFile

            self._file = RotatingFile(log_path())
            self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._file.emit(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
