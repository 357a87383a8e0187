"""The log file itself. Its base class loads sockets and pickle: it is imported with the first warning."""

from io import TextIOWrapper
from logging import LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

from portrait.cli.report import say
from portrait.language import tr

_LARGEST_BYTES = 1_000_000


class RotatingFile(RotatingFileHandler):
    """Writes records, makes the folder, and keeps one earlier file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: LogRecord) -> None:  # noqa: N802 (logging's name)
        say(tr("warning: {message}", message=tr("the log {path} cannot be written", path=self.baseFilename)))
