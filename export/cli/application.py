"""The Typer application with all commands, and the one place where errors are reported to the user."""

import logging
import sys
from collections.abc import Sequence

import typer

from export.cli.agreement import agreement_command
from export.cli.architectures import architectures_command
from export.cli.card import card_command
from export.cli.contact_sheet import contact_sheet_command
from export.cli.convert import convert_command
from export.cli.evaluate import evaluate_command
from export.cli.groups import groups_command
from export.cli.options import repeat_options
from export.cli.people import people_command
from export.cli.quantize import quantize_command
from export.cli.study import study_command
from export.cli.train import train_command
from portrait.errors import PortraitError

app = typer.Typer(
    help="Train person-segmentation networks and export them to ONNX.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("train")(train_command)
app.command("evaluate")(evaluate_command)
app.command("groups")(groups_command)
app.command("people")(people_command)
app.command("agreement")(agreement_command)
app.command("convert")(convert_command)
app.command("quantize")(quantize_command)
app.command("architectures")(architectures_command)
app.command("study")(study_command)
app.command("card")(card_command)
app.command("contact-sheet")(contact_sheet_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 fine, 1 user error, 2 usage, 70 bug."""
    try:
        app(repeat_options(sys.argv[1:] if argv is None else argv), prog_name="python -m export")
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    except PortraitError as exc:
        print(f"error: {exc.message}", file=sys.stderr)
        if exc.hint:
            print(f"hint: {exc.hint}", file=sys.stderr)
        return 1
    except Exception:  # the outermost handler: any other exception is a bug
        logging.getLogger(__name__).exception("bug in export")
        return 70
    return 0
