"""The composition root: decides between window and command line, and is the one door for everything that goes wrong."""

from portrait.errors import (
    EXIT_BUG,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    PortraitError,
    SettingsError,
    is_interrupt,
)

try:
    import ctypes
    import gc
    import io
    import logging
    import os
    import platform
    import signal
    import sys
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import contextmanager
    from pathlib import Path
    from typing import TYPE_CHECKING

    from portrait.cli.crash_file import crashes_kept
    from portrait.cli.display import require_display
    from portrait.cli.log_file import LogFile, StderrHandler
    from portrait.cli.report import say, say_error
    from portrait.files.formats import is_photo_path
    from portrait.files.system.os_errors import is_folder, is_there, read_error
    from portrait.language import environment_language, set_language, tr
    from portrait.settings import Settings, load_language, load_settings, replace_settings, save_settings, settings_path
    from portrait.settings.live_start import LiveStart
except KeyboardInterrupt:  # they take a good part of the time in which a hasty Ctrl-C comes
    raise SystemExit(EXIT_INTERRUPTED) from None

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.gui.page_stack import PageName

_NEW_OBJECTS = 5000
"""After so many, Python looks for reference cycles; after its own 700, a twentieth of a start is spent in looking."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h

_LIBRARY_LOGGERS = ("PIL", "py.warnings")
"""Their lines are of no use to the user, and Python prints them on stderr where nobody takes them."""

_logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app or a command.

    Parameters
    ----------
    argv
        The words behind the program's name; those of this process when None.

    Returns
    -------
    int
        Exit status: 0 fine, 1 some files failed or user error, 2 usage, 70 bug, 130 stopped by Ctrl-C.
    """
    try:
        _keep_freed_memory()
        gc.set_threshold(_NEW_OBJECTS)
        _replace_unprintable()
        _choose_language()
        with _logging():
            return _run_reporting_bugs(list(sys.argv[1:] if argv is None else argv))
    except PortraitError as exc:
        say_error(exc)
        return EXIT_FAILED
    except KeyboardInterrupt:
        say(tr("Stopped."))
        return EXIT_INTERRUPTED


def _run_reporting_bugs(words: list[str]) -> int:
    try:
        return _run(words)
    except PortraitError:
        raise
    except Exception as exc:
        if is_interrupt(exc):
            raise KeyboardInterrupt from exc
        _logger.exception("Something went wrong inside Portrait: %s: %s", type(exc).__name__, exc)
        return EXIT_BUG


@contextmanager
def _instant_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once, with status 130 in the shell, until the window listens for it.

    An exception through half-loaded Qt modules or a half-built window aborts or hangs it; nothing is to be saved yet.
    Where Ctrl-C was ignored, it still is.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _replace_unprintable() -> None:
    """Let stdout show a question mark for what its encoding lacks, rather than end a command after all its work.

    stderr shows an escape of its own.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _choose_language() -> None:
    """Set the language of the settings file, else that of the environment."""
    chosen = load_language()
    set_language(environment_language(os.environ) if chosen == "system" else chosen)


def _keep_freed_memory() -> None:
    """Let the allocator keep what was freed, for the next frame needs arrays of the same sizes.

    WORKAROUND: glibc gives large blocks back at once and faults them in again, a sixth of the time of a live frame
    (https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html). Other systems do not.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(_M_TRIM_THRESHOLD, 256 << 20)
        library.mallopt(_M_MMAP_THRESHOLD, 32 << 20)


def _run(words: list[str]) -> int:
    if not words:
        return _open_window(_load_app_settings())
    paths = [Path(word) for word in words]
    if not words[0].startswith("-") and all(is_photo_path(path) for path in paths):
        return _open_window(_load_app_settings(), _require_present(paths))
    from portrait.cli.commands import COMMANDS, run_command  # the window needs none, and typer takes its time

    if words[0].startswith("-") or words[0] in COMMANDS:
        return run_command(words, _open_live_window)
    if all(is_photo_path(path) or (is_there(path) and not is_folder(path)) for path in paths):
        return _open_window(_load_app_settings(), _require_present(paths))
    if is_folder(paths[0]):
        hint = tr("For portraits of all its photos: portrait batch {folder} OUT_DIR", folder=paths[0])
        say_error(PortraitError(tr("{path} is a folder", path=paths[0]), hint))
        return EXIT_USAGE
    return run_command(words, _open_live_window)  # an unknown word: typer names the commands that look like it


def _open_live_window(chosen: Mapping[str, object], start: LiveStart) -> int:
    settings = replace_settings(_load_app_settings(), chosen)
    # Options of one call are for that call: they must not end up in the settings file.
    keep_settings = _forget if chosen else save_settings
    return _open_window(settings, start_page="live", live_start=start, keep_settings=keep_settings)


def _forget(settings: Settings) -> None:
    """Keep nothing."""


def _open_window(
    settings: Settings,
    photos: Sequence[Path] = (),
    start_page: "PageName" = "photo",
    live_start: LiveStart | None = None,
    keep_settings: Callable[[Settings], None] = save_settings,
) -> int:
    require_display()
    with crashes_kept() as crash, _instant_interrupt():
        from portrait.gui.application_object import import_as_python_does

        import_as_python_does()
        from portrait.gui.application import run_app

        def open_engine() -> "PortraitEngine":
            from portrait.engine import open_engine as open_with  # on a worker, once the window is painted

            return open_with(settings.model or None)

        return run_app(
            open_engine,
            settings,
            photos,
            start_page=start_page,
            live_start=live_start,
            keep_settings=keep_settings,
            crash=crash,
        )


def _require_present(photos: list[Path]) -> list[Path]:
    for photo in photos:
        try:
            photo.stat()
        except OSError as exc:
            raise read_error(photo, exc) from exc
    return photos


def _load_app_settings() -> Settings:
    """The settings file; a broken one is put aside, because an app that does not open cannot mend it."""
    try:
        return load_settings()
    except SettingsError as exc:
        say_error(exc)
        path = settings_path()
        aside = path.with_suffix(".broken.json")
        try:
            path.replace(aside)
        except OSError:
            raise exc from None
        say(tr("The app starts with its built-in settings; your file is now {aside}", aside=aside))
        return Settings()


@contextmanager
def _logging() -> Iterator[None]:
    """Warnings go to stderr, and with their tracebacks to the log file; those of libraries only there."""
    ours, file = logging.getLogger("portrait"), LogFile()
    handlers: list[tuple[logging.Logger, logging.Handler]] = [(ours, StderrHandler()), (ours, file)]
    handlers += [(logging.getLogger(name), file) for name in _LIBRARY_LOGGERS]
    logging.captureWarnings(True)
    for logger, handler in handlers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, handler in handlers:
            logger.removeHandler(handler)
            handler.close()
        logging.captureWarnings(False)
