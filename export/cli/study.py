"""``python -m export study``."""

from pathlib import Path
from typing import Annotated

import typer

from export.cli.options import DataOption, split_data_dirs
from export.study.plan import FULL, QUICK, StudyPlan
from export.study.run import run_study
from portrait.core.strips import stay_in_calling_thread


def study_command(
    data: DataOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for runs, figures, pictures and pages.")],
    weights: Annotated[Path | None, typer.Option("--weights", help="To start the MobileNetV2 backbones from.")] = None,
    photo: Annotated[list[Path] | None, typer.Option("--photo", help="Photos whose label maps are shown.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A run of minutes; the networks learn little.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1)] = 2,
) -> None:
    """Train FCN-32s, 16s, 8s, SegNet, U-Net, DeepLabV3 and V3+ alike, measure them, and write what they show.

    A stopped study goes on where it was. A --data folder has train/ and val/, or serves for both.
    """
    stay_in_calling_thread()
    train_dirs, val_dirs = split_data_dirs(data)
    budget = QUICK if quick else FULL
    run_study(StudyPlan(train_dirs, val_dirs or train_dirs, out, budget, tuple(photo or ()), weights, threads=threads))
    typer.echo(str(out / "README.md"))
