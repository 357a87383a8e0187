"""The commands in the order of their help, and how one of them is run."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from portrait import __version__
from portrait.cli.batch import make_portraits_of_folder
from portrait.cli.benchmark import run_benchmark
from portrait.cli.cameras import show_cameras
from portrait.cli.doctor import examine
from portrait.cli.live import run_live
from portrait.cli.models import manage_models
from portrait.cli.photo import make_portraits
from portrait.cli.presets import show_presets
from portrait.cli.serve import run_server
from portrait.cli.translation import TranslatedCommand, TranslatedGroup, show_usage_error
from portrait.cli.video import convert
from portrait.errors import EXIT_INTERRUPTED

cli = typer.Typer(
    name="portrait",
    cls=TranslatedGroup,
    help="The portrait mode of a phone for any photo, webcam or folder of photos. Offline, on this computer.",
    epilog="Without a command, portrait [PHOTO]... opens the app, with the photos if given.",
    add_completion=False,
    pretty_exceptions_enable=False,  # portrait.app handles bugs
    context_settings={"help_option_names": ["-h", "--help"]},
)
cli.command("photo", cls=TranslatedCommand)(make_portraits)
cli.command("batch", cls=TranslatedCommand)(make_portraits_of_folder)
cli.command("video", cls=TranslatedCommand)(convert)
cli.command("live", cls=TranslatedCommand)(run_live)
cli.command("serve", cls=TranslatedCommand)(run_server)
cli.command("cameras", cls=TranslatedCommand)(show_cameras)
cli.command("models", cls=TranslatedCommand)(manage_models)
cli.command("presets", cls=TranslatedCommand)(show_presets)
cli.command("doctor", cls=TranslatedCommand)(examine)
cli.command("benchmark", cls=TranslatedCommand)(run_benchmark)

COMMANDS = frozenset(command.name for command in cli.registered_commands)


def run_command(words: Sequence[str], open_live_window: Callable[..., int]) -> int:
    """Run the command of these words; ``open_live_window`` is what ``live`` opens. Returns the exit status."""
    try:
        status = typer.main.get_command(cli).main(
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


@cli.callback()
def _main(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    pass
