"""Options that several commands share, and the parsing of their values."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

_REPEATABLE = frozenset(
    {
        *("--data", "--val", "--model", "--clip", "--teacher"),
        *("--unlabelled", "--loss", "--checkpoint", "--network", "--photo"),
    }
)

DataOption = Annotated[list[Path], typer.Option("--data", help="Data sets: folders with images/ and masks/.")]


def repeat_options(argv: Sequence[str]) -> list[str]:
    """Rewrite ``--data A B`` as ``--data A --data B`` for options that take several values: Typer needs that."""
    written: list[str] = []
    option = ""
    for word in argv:
        if word.startswith("-"):
            option = word if word in _REPEATABLE else ""
        elif option and written[-1] != option:
            written.append(option)
        written.append(word)
    return written


def split_data_dirs(folders: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Training and validation folders: a folder with train/ and val/ in it gives both, any other is for training."""
    train_dirs = [folder / "train" if (folder / "train").is_dir() else folder for folder in folders]
    val_dirs = [folder / "val" for folder in folders if (folder / "train").is_dir() and (folder / "val").is_dir()]
    return tuple(train_dirs), tuple(val_dirs)


def parse_size(text: str) -> tuple[int, int]:
    """Parse ``HxW`` as (height, width).

    Raises
    ------
    typer.BadParameter
        The text has another form, or a side is 0.
    """
    match = re.fullmatch(r"(\d+)[x×](\d+)", text)
    if match is None or min(int(match[1]), int(match[2])) == 0:
        raise typer.BadParameter(f"{text!r} is not HEIGHTxWIDTH, for example 256x256", param_hint="--size")
    return int(match[1]), int(match[2])
