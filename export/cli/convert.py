"""``python -m export convert``."""

from pathlib import Path
from typing import Annotated

import typer

from export.checkpoint import load_checkpoint
from export.cli.options import parse_size
from export.published import load_published
from export.to_onnx import convert


def convert_command(
    checkpoint: Annotated[
        str, typer.Option("--checkpoint", help="Checkpoint, or with --arch: file of published weights or torchvision.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .onnx file to write.")],
    arch: Annotated[str | None, typer.Option("--arch", help="Network that the published weights are for.")] = None,
    size: Annotated[str | None, typer.Option("--size", help="HxW: the only size the file takes.")] = None,
) -> None:
    """Write one ONNX file, ModelSpec inside, proven to compute what torch computes."""
    fixed_size = None if size is None else parse_size(size)
    if arch is None:
        network, spec = load_checkpoint(Path(checkpoint))
    else:
        network, spec = load_published(arch, None if checkpoint == "torchvision" else Path(checkpoint))
    parity = convert(network, spec, out, fixed_size=fixed_size)
    tried = ", ".join("×".join(map(str, shape)) for shape in parity.input_shapes)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.2f} MB, differs from torch by {parity.max_difference:.1e} ({tried})")
