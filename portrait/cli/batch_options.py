"""Options of ``portrait batch`` beside those of the settings."""

import re
import time
from datetime import datetime
from pathlib import Path, PurePath
from typing import Annotated, Literal, TypeAlias

import typer

from portrait.language import tr

_AGE = re.compile(r"(\d+)([hdw])")
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}


def parse_since(text: str) -> float:
    """Seconds since 1970 of a date, a time or an age: ``2026-11-01``, ``2026-11-01T18:00``, ``12h``, ``7d``, ``2w``."""
    if age := _AGE.fullmatch(text):
        return time.time() - int(age[1]) * _SECONDS[age[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as exc:
        raise typer.BadParameter(
            tr("{text!r} is neither a date such as 2026-11-01 nor an age such as 7d.", text=text)
        ) from exc


def parse_folder(text: str) -> PurePath:
    """A folder of this machine, or the URL of one: ``s3://bucket/folder``."""
    from portrait.batch.storage.remote_path import parse_place

    return parse_place(text)


def require_local(*folders: PurePath) -> None:
    """Raise a usage error where a folder is behind a URL."""
    for folder in folders:
        if not isinstance(folder, Path):
            raise typer.BadParameter(
                tr("{folder} is no folder of this machine; only these are watched", folder=folder), param_hint="--watch"
            )


def parse_mattes(text: str) -> Path:
    """A folder of mattes, which lies on this machine."""
    if "://" in text:
        raise typer.BadParameter(tr("{text!r}: mattes lie in a folder of this machine, not behind a URL.", text=text))
    return Path(text)


def parse_workers(text: str) -> int:
    """A number of workers; 0 for ``auto``."""
    if text == "auto":
        return 0
    if not text.isascii() or not text.isdecimal():
        raise typer.BadParameter(tr("{text!r} is neither auto nor a number.", text=text))
    return int(text)


Mattes: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        parser=parse_mattes,
        metavar="DIR",
        help="A folder of mattes, named and sorted like the photos, taken instead of the model's.",
    ),
]
SaveMattes: TypeAlias = Annotated[
    Path | None, typer.Option(parser=parse_mattes, metavar="DIR", help="Save the mattes too, as 16-bit PNG.")
]
Workers: TypeAlias = Annotated[
    int,
    typer.Option(
        parser=parse_workers,
        metavar="N|auto",
        help="Photos at once; auto: by cores and memory, of the container where there is one.",
        show_default=True,
    ),
]
TimeLimit: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        min=0.1,
        metavar="SECONDS",
        help="Most time for one photo; what takes longer has failed. Photos are then made in processes of their own.",
    ),
]
MemoryLimit: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--memory-limit",
        min=256,
        metavar="MB",
        help="Most memory for one photo in such a process, beside what the network takes; on Linux only.",
    ),
]
Watch: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Then wait for new and changed photos, until Ctrl-C. A file is taken when it has stopped growing.",
    ),
]
SettleTime: TypeAlias = Annotated[
    float,
    typer.Option(
        "--settle-time",
        min=0.1,
        metavar="SECONDS",
        help="For --watch: how long a file must be unchanged to count as complete.",
    ),
]
Restart: TypeAlias = Annotated[
    bool, typer.Option("--restart", help="Make every portrait anew; without it, finished ones are skipped.")
]
OnConflictOption: TypeAlias = Annotated[
    Literal["skip", "rename", "overwrite"],
    typer.Option(
        help="What is done where a file has the name that this batch did not make, or that was changed since."
    ),
]
NamePattern: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", help="Name of the portraits; {name} stands for the photo's, without its ending.")
]
Include: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Only these: *.jpg, 'trip/*'. May be given several times."),
]
Exclude: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Not these files or folders. May be given several times.")
]
Since: TypeAlias = Annotated[
    float | None,
    typer.Option(
        parser=parse_since, metavar="DATE|AGE", help="Only photos changed since then: 2026-11-01, 12h, 7d, 2w."
    ),
]
RetryFailed: TypeAlias = Annotated[bool, typer.Option("--retry-failed", help="Only the photos that failed before.")]
FailFast: TypeAlias = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first photo that fails.")]
Edits: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--edits",
        help="Make again what was changed by hand in the window: strokes, people and the look that it kept in the "
        "folder of a photo. Options given here count more than that look.",
    ),
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Reports: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write what became of each photo: .html (with thumbnails), .json or .csv. May be given several times.",
    ),
]
EngineOption: TypeAlias = Annotated[
    Literal["local", "ray"], typer.Option(help="local: this machine; ray: the machines of a Ray cluster.")
]
RayAddress: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="A", help="Address of the cluster; without it, a Ray of this machine's own is started."),
]
