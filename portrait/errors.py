"""What can go wrong for a user, in the user's words.

Every error that crosses into the command line or the window is a `PortraitError`: what happened, and what to do next.
Border modules translate foreign exceptions with ``raise … from exc``; anything else that escapes is a bug.
"""

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_BUG, EXIT_INTERRUPTED = 0, 1, 2, 70, 130
"""Of the process: fine, some files failed or user error, usage, bug, stopped by Ctrl-C."""


class PortraitError(Exception):
    """An error that the user can understand and act on.

    Parameters
    ----------
    message
        What happened, one sentence without a full stop.
    hint
        What to do next; may be empty where nothing can be done.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["PortraitError"], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # survives the way back from a worker process


class ModelError(PortraitError):
    """A segmentation model cannot be found, read, verified or run."""


class SinkError(PortraitError):
    """Live frames cannot be given to another program."""


class ImageFileError(PortraitError):
    """An image file cannot be read or written."""


class DiskFullError(ImageFileError):
    """A file cannot be written because the disk, or the user's share of it, is full."""


class CameraError(PortraitError):
    """A camera or video source cannot be opened or read."""


class SettingsError(PortraitError):
    """A setting or an option has a value that cannot be used."""


def is_interrupt(exc: BaseException | None) -> bool:
    """Whether it all began with Ctrl-C: modules written in C tell it as a failed import."""
    while exc is not None and not isinstance(exc, KeyboardInterrupt):
        exc = exc.__cause__ or exc.__context__
    return exc is not None
