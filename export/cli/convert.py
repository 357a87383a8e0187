"""``python -m export convert``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from export.cli.options import parse_size
from export.errors import ExportError
from export.models.checkpoint import load_checkpoint
from export.models.published import PUBLISHED, load_published
from export.onnx.to_onnx import convert

_TORCHVISION = "torchvision"


def convert_command(
    checkpoint: Annotated[
        str,
        typer.Option(
            "--checkpoint",
            help="A checkpoint; with --arch a file of published weights, its folder, or torchvision to download it.",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .onnx file to write.")],
    arch: Annotated[str | None, typer.Option("--arch", help="Network that the published weights are for.")] = None,
    size: Annotated[str | None, typer.Option("--size", help="HxW: the only size the file takes.")] = None,
    uint8_weights: Annotated[
        bool, typer.Option("--uint8-weights", help="Store weights that were trained in 8 bits so; compute in float.")
    ] = False,
    name: Annotated[str | None, typer.Option("--name", help="Name of the model; default: that of the weights.")] = None,
    licence: Annotated[
        str | None,
        typer.Option("--licence", help="SPDX identifier of the weights' licence, where the checkpoint states none."),
    ] = None,
) -> None:
    """Write one ONNX file, ModelSpec inside, proven to compute what torch computes."""
    fixed_size = None if size is None else parse_size(size)
    if arch is None:
        _require_checkpoint(checkpoint)
        network, spec = load_checkpoint(Path(checkpoint))
    else:
        network, spec = load_published(arch, None if checkpoint == _TORCHVISION else Path(checkpoint))
    spec = replace(spec, name=name or spec.name, licence=licence or spec.licence)
    parity = convert(network, spec, out, fixed_size=fixed_size, uint8_weights=uint8_weights)
    tried = ", ".join("×".join(map(str, shape)) for shape in parity.input_shapes)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.2f} MB, differs from torch by {parity.max_difference:.1e} ({tried})")


def _require_checkpoint(checkpoint: str) -> None:
    if checkpoint == _TORCHVISION:
        known = ", ".join(name for name, published in PUBLISHED.items() if published.torchvision_file)
        raise ExportError("which of torchvision's networks is not said", f"add --arch, one of: {known}")
