"""``portrait batch --watch``: what it says while it waits for photos."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from portrait.cli.batch_events import print_event
from portrait.cli.interrupts import interrupts_cancel
from portrait.cli.report import say, say_error, say_portrait
from portrait.errors import EXIT_FAILED, PortraitError
from portrait.language import tr

if TYPE_CHECKING:
    import threading

    from portrait.batch.events import BatchEvent
    from portrait.batch.plan import BatchPlan
    from portrait.batch.watch import WatchEvent

_Runner = Callable[["BatchPlan", "threading.Event"], Iterator["BatchEvent"]]


def refuse_beside_watch(**chosen: object) -> None:
    """Raise a usage error where one of these options, by their names, was given beside ``--watch``."""
    for name, value in chosen.items():
        if value:
            raise typer.BadParameter(
                tr("{option} does not go with --watch", option="--" + name.replace("_", "-")), param_hint="--watch"
            )


def watch_folder(
    input_dir: Path,
    output_dir: Path,
    make_plan: Callable[[], "BatchPlan"],
    run: _Runner,
    *,
    settle_s: float,
    as_json: bool,
) -> None:
    """Make portraits of a folder and of what comes into it, until Ctrl-C; that is the usual end, with status 0.

    Raises
    ------
    typer.Exit
        With status 1 where the disk is full.
    """
    from portrait.batch.events import BatchSummary
    from portrait.batch.folder_events import FolderEvents
    from portrait.batch.settled_files import SettledFiles
    from portrait.batch.watch import Watch

    listener = FolderEvents(input_dir, ignored=output_dir)
    is_full = False
    say(tr("watching {folder}; Ctrl-C ends it", folder=input_dir))
    try:
        with interrupts_cancel(tr("Stopping when the photos under way are done.")) as cancel:
            settled = SettledFiles(settle_s)
            watch = Watch(
                input_dir,
                output_dir,
                make_plan,
                lambda plan: run(plan, cancel),
                listener,
                settled,
                settle_s,
                cancel,
            )
            for event in watch.events():
                is_full |= isinstance(event, BatchSummary) and event.stopped_by is not None
                _say_event(event)
                if as_json:
                    print_event(event)
    finally:
        listener.close()
    if is_full:
        raise typer.Exit(EXIT_FAILED)


def _say_event(event: "WatchEvent") -> None:
    from portrait.batch.events import JobDone, JobFailed, JobSkipped
    from portrait.batch.watch import WatchNote

    match event:
        case WatchNote(text=text):
            say(text)
        case JobDone(report=report):
            say_portrait(report)
        case JobFailed(job=job, message=message, hint=hint):
            say_error(PortraitError(message, hint), job.source)
        case JobSkipped(job=job, reason=reason, is_conflict=True):
            say(tr("left out: {name}: {reason}", name=job.source, reason=reason))
