"""The commands in the order of their help, and how one of them is run."""

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import Annotated

import typer

from portrait import __version__
from portrait.cli.translation import TranslatedCommand, TranslatedGroup, show_usage_error
from portrait.errors import EXIT_INTERRUPTED

COMMANDS: Mapping[str, tuple[str, str]] = {
    "photo": ("portrait.cli.photo", "make_portraits"),
    "batch": ("portrait.cli.batch", "make_portraits_of_folder"),
    "video": ("portrait.cli.video", "convert"),
    "live": ("portrait.cli.live", "run_live"),
    "serve": ("portrait.cli.serve", "run_server"),
    "cameras": ("portrait.cli.cameras", "show_cameras"),
    "models": ("portrait.cli.models", "manage_models"),
    "presets": ("portrait.cli.presets", "show_presets"),
    "doctor": ("portrait.cli.doctor", "examine"),
    "benchmark": ("portrait.cli.benchmark", "run_benchmark"),
}
"""Module and function of each command."""


def make_application(names: Collection[str] = COMMANDS.keys()) -> typer.Typer:
    """The command line with these commands, whose modules are imported: one that runs needs no other."""
    application = typer.Typer(
        name="portrait",
        cls=TranslatedGroup,
        callback=_main,
        help="The portrait mode of a phone for any photo, webcam or folder of photos. Offline, on this computer.",
        epilog="Without a command, portrait [PHOTO]... opens the app, with the photos if given.",
        add_completion=False,
        pretty_exceptions_enable=False,  # portrait.app handles bugs
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in names:
        module, function = COMMANDS[name]
        application.command(name, cls=TranslatedCommand)(getattr(import_module(module), function))
    return application


def run_command(words: Sequence[str], open_live_window: Callable[..., int]) -> int:
    """Run the command of these words; ``open_live_window`` is what ``live`` opens. Returns the exit status."""
    application = make_application(words[:1] if words[0] in COMMANDS else COMMANDS)
    try:
        status = typer.main.get_command(application).main(
            list(words), prog_name="portrait", obj=open_live_window, standalone_mode=False
        )
    except typer.TyperException as exc:
        show_usage_error(exc)
        return exc.exit_code
    except SystemExit as exc:  # of the pipe on standard output that was closed
        return int(exc.code or 0)
    if status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    return int(status or 0)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"portrait {__version__}")
        raise typer.Exit


def _main(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    pass
