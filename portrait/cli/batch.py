"""``portrait batch``: portraits of a folder tree."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli import batch_options as given
from portrait.cli.batch_events import print_event
from portrait.cli.batch_summary import plan_json, require_photos, say_lack_of_space, say_plan, say_summary
from portrait.cli.batch_watch import refuse_beside_watch, watch_folder
from portrait.cli.file_choice import FileChoice, with_file_choice
from portrait.cli.interrupts import interrupts_cancel
from portrait.cli.options import FILE_KEYS, AsJson
from portrait.cli.report import print_json
from portrait.errors import EXIT_FAILED, EXIT_INTERRUPTED
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.batch.events import BatchEvent, BatchSummary
    from portrait.batch.options import BatchOptions
    from portrait.batch.plan import BatchPlan
    from portrait.batch.process_pool import WorkerLimits
    from portrait.batch.report import BatchReport
    from portrait.engine import PortraitEngine


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
    time_limit_s: given.TimeLimit = None,
    memory_limit_mb: given.MemoryLimit = None,
    watch: given.Watch = False,
    settle_time_s: given.SettleTime = 2.0,
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
    from portrait.batch.resources import threads_per_worker
    from portrait.batch.run import run_batch
    from portrait.settings.kept_edits import EditsBesidePhotos

    # Plan the jobs.
    file = chosen.file_options(matte_path=matte)
    if watch:
        refuse_beside_watch(
            dry_run=dry_run, report=report, retry_failed=retry_failed, fail_fast=fail_fast, ray_address=engine == "ray"
        )
        given.require_local(input_dir, output_dir)
    make_plan = partial(
        plan_batch,
        input_dir,
        output_dir,
        output_format=file.save.naming_format,
        is_transparent=file.background.kind == "transparent",
        name_pattern=name_pattern,
        selection=Selection(tuple(include or ()), tuple(exclude or ()), since),
        closed=[] if matte is None else [matte],
    )
    plan = make_plan()
    if not watch:
        require_photos(plan)
    if dry_run:
        say_plan(plan)
        if as_json:
            print_json(plan_json(plan))
        return
    say_lack_of_space(plan, missing_bytes(plan))
    # Run them, and report the result.
    options = BatchOptions(
        replace(file, save_matte_path=save_matte),
        workers,
        restart,
        ClusterOptions(ray_address, chosen.model, chosen.subject) if engine == "ray" else None,
        limits=_limits(chosen, time_limit_s, memory_limit_mb, engine),
        on_conflict=on_conflict,
        only_failed=retry_failed,
        fail_fast=fail_fast,
        edits=EditsBesidePhotos(chosen.values, chosen.people) if edits else None,
    )
    opened = chosen.open_engine(threads_per_worker(workers))
    if watch:
        run = partial(_run_on, opened, options)
        watch_folder(Path(input_dir), Path(output_dir), make_plan, run, settle_s=settle_time_s, as_json=as_json)
        return
    reports = BatchReport(plan, tuple(report or ()))
    with interrupts_cancel(tr("Stopping when the photos under way are done.")) as cancel:
        summary = _follow(plan, run_batch(plan, opened, options, cancel), reports, as_json)
    say_summary(plan, summary)
    reports.write(summary)
    if summary.cancelled:
        raise typer.Exit(EXIT_INTERRUPTED)
    if summary.failed:
        raise typer.Exit(EXIT_FAILED)


def _run_on(
    engine: "PortraitEngine", options: "BatchOptions", plan: "BatchPlan", cancel: threading.Event
) -> Iterator["BatchEvent"]:
    """Run a plan of a watch."""
    from portrait.batch.run import run_batch

    return run_batch(plan, engine, options, cancel)


def _limits(
    chosen: FileChoice, time_limit_s: float | None, memory_limit_mb: int | None, engine: str
) -> "WorkerLimits | None":
    """The limits of processes of their own; None where none was asked for."""
    from portrait.batch.process_pool import WorkerLimits

    if time_limit_s is None and memory_limit_mb is None:
        return None
    if engine != "local":
        raise typer.BadParameter(tr("it goes with --engine local"), param_hint="--time-limit")
    memory_bytes = None if memory_limit_mb is None else memory_limit_mb * 2**20
    return WorkerLimits(time_limit_s, memory_bytes, chosen.model, chosen.subject)


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
                print_event(event)
    raise AssertionError("a batch ends with its summary")
