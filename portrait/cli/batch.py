"""``portrait batch``: portraits of a folder tree."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from portrait.cli.interrupts import interrupts_cancel
from portrait.cli.options import (
    FILE_KEYS,
    AsJson,
    BlurRadius,
    Chosen,
    People,
    Subject,
    choose_people,
    split_subject,
    with_settings,
)
from portrait.cli.report import failure_json, print_json, say, say_error
from portrait.errors import EXIT_FAILED, EXIT_INTERRUPTED, PortraitError
from portrait.language import tr, tr_n
from portrait.settings import Settings, file_options, replace_settings

if TYPE_CHECKING:
    from portrait.batch.events import BatchEvent, BatchSummary
    from portrait.batch.folder_walk import LeftOut, LeftOutKind
    from portrait.batch.plan import BatchPlan

_MOST_NAMES = 5


@with_settings(*FILE_KEYS, "depth", "save.format", "no_person")
def make_portraits_of_folder(
    input_dir: Annotated[
        Path, typer.Argument(metavar="IN_DIR", help="Folder of photos; its sub-folders too.", readable=False)
    ],
    output_dir: Annotated[Path, typer.Argument(metavar="OUT_DIR", help="Folder for the portraits.", readable=False)],
    chosen: Chosen,
    blur_radius_px: BlurRadius = None,
    matte: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="A folder of mattes, named and sorted like the photos, taken instead of the model's.",
            readable=False,
        ),
    ] = None,
    save_matte: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Save the mattes too, as 16-bit PNG.", readable=False)
    ] = None,
    people: People = None,
    subject: Subject = "",
    workers: Annotated[
        int, typer.Option(metavar="N", min=0, help="Photos at once; 0: by cores and memory.", show_default=True)
    ] = 0,
    restart: Annotated[
        bool, typer.Option("--restart", help="Make every portrait anew; without it, finished ones are skipped.")
    ] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="local: this machine; ray: the machines of a Ray cluster.")
    ] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(metavar="A", help="Address of the cluster; without it, a Ray of this machine's own is started."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make portraits of a folder of photos. Broken files are named and left out; a stopped run goes on where it was."""
    from portrait.batch.plan import plan_batch
    from portrait.batch.ray_executor import ClusterOptions
    from portrait.batch.run import BatchOptions, run_batch
    from portrait.engine import open_engine

    # Plan the jobs.
    settings = replace_settings(Settings(), chosen)
    file = replace(
        file_options(settings),
        blur_radius_px=blur_radius_px,
        matte_path=matte,
        save_matte_path=save_matte,
        people=choose_people(people, subject),
    )
    is_transparent = file.background.kind == "transparent"
    plan = plan_batch(input_dir, output_dir, output_format=settings.save.format, is_transparent=is_transparent)
    # Run them, and report the result.
    model, names = settings.model or None, split_subject(subject)
    cluster = ClusterOptions(ray_address, model, names) if engine == "ray" else None
    options = BatchOptions(file, workers, restart, cluster)
    opened = open_engine(model, subject=names)
    with interrupts_cancel(tr("Stopping when the photos under way are done.")) as cancel:
        summary = _follow(plan, run_batch(plan, opened, options, cancel), as_json)
    _say_summary(plan, summary)
    if summary.cancelled:
        raise typer.Exit(EXIT_INTERRUPTED)
    if summary.failed:
        raise typer.Exit(EXIT_FAILED)


def _follow(plan: "BatchPlan", events: Iterable["BatchEvent"], as_json: bool) -> "BatchSummary":
    """Run a batch to its end, showing its progress; return the summary."""
    from portrait.batch.events import BatchSummary
    from portrait.cli.batch_progress import open_progress

    with open_progress(len(plan.jobs)) as progress:
        for event in events:
            if isinstance(event, BatchSummary):
                return event
            progress.show(event)
            if as_json:
                _print_event(event)
    raise AssertionError("a batch ends with its summary")


def _print_event(event: "BatchEvent") -> None:
    """Print the JSON object of a job that has ended."""
    from portrait.batch.events import JobDone, JobFailed, JobSkipped

    match event:
        case JobDone(report=report):
            print_json(report.to_json_dict())
        case JobFailed(job=job, message=message, hint=hint):
            print_json(failure_json(job.source, job.target, PortraitError(message, hint)))
        case JobSkipped(job=job, reason=reason):
            values = {"input": str(job.source), "output": str(job.target), "status": "skipped", "reason": reason}
            print_json(values)


def _say_summary(plan: "BatchPlan", summary: "BatchSummary") -> None:
    """Write failures, files left out and counts to stderr."""
    for failure in summary.failures:
        say_error(PortraitError(failure.message, failure.hint), failure.job.source)
    _say_ignored(plan)
    made = summary.done - summary.no_person
    portraits = tr_n(
        "{n} portrait in {time_s:.1f} s", "{n} portraits in {time_s:.1f} s", made, time_s=summary.elapsed_s
    )
    say(
        tr(
            "{portraits}; {no_person} without a person, {skipped} already there, {failed} failed",
            portraits=portraits,
            no_person=summary.no_person,
            skipped=summary.skipped,
            failed=summary.failed,
        )
    )
    if summary.cancelled:
        say(tr("stopped, {left} left; run the same command again to go on", left=summary.left))


def _say_ignored(plan: "BatchPlan") -> None:
    """Write to stderr what was left out: raw files and linked folders by name, others by number."""
    left_out = plan.left_out
    if left_out.count("link"):
        say(tr("links to folders were not followed: {names}", names=_name_some(left_out, "link")))
    if left_out.count("raw"):
        say(tr("camera raw files were left out, develop them first: {names}", names=_name_some(left_out, "raw")))
    if others := left_out.count("other"):
        say(
            tr_n(
                "{n} other file is no photo and was left out", "{n} other files are no photos and were left out", others
            )
        )


def _name_some(left_out: "LeftOut", kind: "LeftOutKind") -> str:
    """The first few paths of a kind, and the number of the others."""
    named = ", ".join(map(str, left_out.named(kind)[:_MOST_NAMES]))
    more = left_out.count(kind) - _MOST_NAMES
    return tr("{names} and {n} more", names=named, n=more) if more > 0 else named
