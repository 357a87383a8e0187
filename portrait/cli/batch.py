"""``portrait batch``: portraits of a folder tree."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli import batch_options as given
from portrait.cli.batch_summary import plan_json, require_photos, say_lack_of_space, say_plan, say_summary
from portrait.cli.file_choice import FileChoice, with_file_choice
from portrait.cli.interrupts import interrupts_cancel
from portrait.cli.options import FILE_KEYS, AsJson
from portrait.cli.report import failure_json, print_json
from portrait.errors import EXIT_FAILED, EXIT_INTERRUPTED, PortraitError
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.batch.events import BatchEvent, BatchSummary
    from portrait.batch.plan import BatchPlan
    from portrait.batch.report import BatchReport


@with_file_choice(*FILE_KEYS, "depth", "no_person")
def make_portraits_of_folder(
    input_dir: Annotated[
        PurePath,
        typer.Argument(
            parser=given.parse_folder, metavar="IN_DIR", help="Folder of photos, or its URL; its sub-folders too."
        ),
    ],
    output_dir: Annotated[
        PurePath,
        typer.Argument(parser=given.parse_folder, metavar="OUT_DIR", help="Folder for the portraits, or its URL."),
    ],
    chosen: FileChoice,
    matte: given.Mattes = None,
    save_matte: given.SaveMattes = None,
    edits: given.Edits = False,
    include: given.Include = None,
    exclude: given.Exclude = None,
    since: given.Since = None,
    name_pattern: given.NamePattern = "{name}",
    dry_run: given.DryRun = False,
    workers: given.Workers = "auto",  # type: ignore[assignment]  # parsed like what is typed
    restart: given.Restart = False,
    on_conflict: given.OnConflictOption = "skip",
    retry_failed: given.RetryFailed = False,
    fail_fast: given.FailFast = False,
    engine: given.EngineOption = "local",
    ray_address: given.RayAddress = None,
    report: given.Reports = None,
    as_json: AsJson = False,
) -> None:
    """Make portraits of a folder of photos. Broken files are named and left out; a stopped run goes on where it was."""
    from portrait.batch.folder_walk import Selection
    from portrait.batch.options import BatchOptions
    from portrait.batch.plan import missing_bytes, plan_batch
    from portrait.batch.ray_worker import ClusterOptions
    from portrait.batch.report import BatchReport
    from portrait.batch.run import run_batch
    from portrait.settings.kept_edits import EditsBesidePhotos

    # Plan the jobs.
    file = chosen.file_options(matte_path=matte)
    plan = plan_batch(
        input_dir,
        output_dir,
        output_format=file.save.naming_format,
        is_transparent=file.background.kind == "transparent",
        name_pattern=name_pattern,
        selection=Selection(tuple(include or ()), tuple(exclude or ()), since),
        closed=[] if matte is None else [matte],
    )
    require_photos(plan)
    if dry_run:
        say_plan(plan)
        if as_json:
            print_json(plan_json(plan))
        return
    reports = BatchReport(plan, tuple(report or ()))
    say_lack_of_space(plan, missing_bytes(plan))
    # Run them, and report the result.
    options = BatchOptions(
        replace(file, save_matte_path=save_matte),
        workers,
        restart,
        ClusterOptions(ray_address, chosen.model, chosen.subject) if engine == "ray" else None,
        on_conflict=on_conflict,
        only_failed=retry_failed,
        fail_fast=fail_fast,
        edits=EditsBesidePhotos(chosen.values, chosen.people) if edits else None,
    )
    opened = chosen.open_engine()
    with interrupts_cancel(tr("Stopping when the photos under way are done.")) as cancel:
        summary = _follow(plan, run_batch(plan, opened, options, cancel), reports, as_json)
    say_summary(plan, summary)
    reports.write(summary)
    if summary.cancelled:
        raise typer.Exit(EXIT_INTERRUPTED)
    if summary.failed:
        raise typer.Exit(EXIT_FAILED)


def _follow(plan: "BatchPlan", events: Iterable["BatchEvent"], reports: "BatchReport", as_json: bool) -> "BatchSummary":
    """Run a batch to its end, showing its progress and noting it in the reports; return the summary."""
    from portrait.batch.events import BatchSummary
    from portrait.cli.batch_progress import open_progress

    with open_progress(len(plan.jobs)) as progress:
        for event in events:
            if isinstance(event, BatchSummary):
                return event
            progress.show(event)
            reports.add(event)
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
