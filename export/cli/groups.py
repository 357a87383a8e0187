"""``python -m export groups``."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from export.atomic import replacing
from export.errors import ExportError
from export.evaluation.card_groups import format_groups, put_section
from export.evaluation.groups import measure_groups
from export.onnx.model_file import open_models
from portrait.core.strips import stay_in_calling_thread


def groups_command(
    model: Annotated[list[Path], typer.Option("--model", help="ONNX files or checkpoints.")],
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Data sets with people, for the figures on photos.")
    ] = None,
    write_card: Annotated[
        bool, typer.Option("--write-card", help="Put the section into the card beside each ONNX file.")
    ] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that share the work.")] = 4,
) -> None:
    """Measure by group: skin tone, head, light and aids of drawn people; light, distance and crop of photos."""
    stay_in_calling_thread()
    with TemporaryDirectory() as scratch_dir:
        for opened in open_models(model, Path(scratch_dir)):
            groups = measure_groups(opened, data or [], threads)
            if not write_card:
                typer.echo(f"# {opened.name}\n\n{format_groups(groups)}")
                continue
            card = opened.given_path.with_suffix(".md")
            try:
                text = put_section(card.read_text(encoding="utf-8"), groups)
            except OSError as exc:
                raise ExportError(
                    f"cannot read {card}: {exc.strerror}", "write it with: python -m export card"
                ) from exc
            with replacing(card) as partial:
                partial.write_text(text, encoding="utf-8")
            typer.echo(str(card))
