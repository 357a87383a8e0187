"""What ``portrait batch`` says on stderr about its plan and its end."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from portrait.cli.report import say, say_error
from portrait.errors import PortraitError
from portrait.language import tr, tr_n

if TYPE_CHECKING:
    from portrait.batch.events import BatchSummary
    from portrait.batch.folder_walk import LeftOut, LeftOutKind
    from portrait.batch.plan import BatchPlan

_MOST_NAMES = 5
_UNCHOSEN: "LeftOutKind" = "not chosen"  # not shown
_BYTES_PER_MB = 1_000_000


def require_photos(plan: "BatchPlan") -> None:
    """Say what is left out and raise `PortraitError` where no photo is left."""
    if len(plan.jobs):
        return
    say_left_out(plan.left_out)
    hint = tr(
        "Name a folder with JPEG, PNG, HEIC, WebP, TIFF or camera raw files; its sub-folders are looked through too."
    )
    if plan.left_out.count(_UNCHOSEN):
        hint = tr("No photo fits --include, --exclude and --since: there are photos that they leave out.")
    raise PortraitError(tr("There are no photos in {folder}", folder=plan.input_dir), hint)


def say_plan(plan: "BatchPlan") -> None:
    """Write the counts of a dry run."""
    from portrait.batch.storage import storage_of

    size, folders = _megabytes(plan.input_bytes), len(plan.folders)
    say(
        tr_n(
            "{n} photo of {size} in {folder}",
            "{n} photos of {size} in {folder}",
            len(plan.jobs),
            size=size,
            folder=plan.input_dir,
        )
    )
    say(
        tr_n(
            "{n} folder of portraits in {folder}",
            "{n} folders of portraits in {folder}",
            folders,
            folder=plan.output_dir,
        )
    )
    if (free := storage_of(plan.output_dir).free_bytes(plan.output_dir)) is not None:
        say(tr("portraits are about as large as their photos; free there: {size}", size=_megabytes(free)))
    if there := _files_there(plan):
        say(
            tr(
                "{n} of the portraits' names are taken: finished portraits of unchanged photos are skipped, for other "
                "files see --on-conflict",
                n=there,
            )
        )
    say_left_out(plan.left_out)
    say(tr("dry run: nothing was written"))


def plan_json(plan: "BatchPlan") -> Mapping[str, object]:
    """The JSON object of a dry run."""
    return {
        "input": str(plan.input_dir),
        "output": str(plan.output_dir),
        "status": "planned",
        "photos": len(plan.jobs),
        "input_bytes": plan.input_bytes,
        "files_there": _files_there(plan),
        "left_out_by_choice": plan.left_out.count(_UNCHOSEN),
    }


def _files_there(plan: "BatchPlan") -> int:
    """Number of portraits whose names are taken in the output folder."""
    from portrait.batch.storage import storage_of

    look = storage_of(plan.output_dir).look()
    return sum(look.is_there(job.target) for job in plan.jobs)


def say_lack_of_space(plan: "BatchPlan", missing_bytes: int) -> None:
    """Warn that the portraits may not fit on the disk."""
    if missing_bytes:
        message = tr(
            "{folder} may lack {size} for the portraits of all photos",
            folder=plan.output_dir,
            size=_megabytes(missing_bytes),
        )
        say(tr("warning: {message}", message=message))


def say_summary(plan: "BatchPlan", summary: "BatchSummary") -> None:
    """Write failures, conflicts, files left out and counts."""
    for failure in summary.failures:
        say_error(PortraitError(failure.message, failure.hint), failure.job.source)
    for conflict in summary.conflicts:
        say(tr("left out: {name}: {reason}", name=conflict.job.source, reason=conflict.reason))
    if summary.conflicts:
        say(
            tr(
                "hint: {hint}",
                hint=tr("--on-conflict rename gives those portraits other names, overwrite replaces the files."),
            )
        )
    say_left_out(plan.left_out)
    made = summary.done - summary.no_person
    there = summary.skipped - len(summary.conflicts)
    kept = tr(", {n} left out for files in the way", n=len(summary.conflicts)) if summary.conflicts else ""
    portraits = tr_n(
        "{n} portrait in {time_s:.1f} s", "{n} portraits in {time_s:.1f} s", made, time_s=summary.elapsed_s
    )
    say(
        tr(
            "{portraits}; {no_person} without a person, {there} already there{kept}, {failed} failed",
            portraits=portraits,
            no_person=summary.no_person,
            there=there,
            kept=kept,
            failed=summary.failed,
        )
    )
    if summary.cancelled or summary.stopped_by is not None:
        say(tr("stopped, {left} left; run the same command again to go on", left=summary.left))


def say_left_out(left_out: "LeftOut") -> None:
    """Write what was left out: what may hold photos by name, the rest by number and the first names."""
    if links := left_out.count("link"):
        say(tr("links to folders were not followed: {names}", names=_name_some(left_out.named("link"), links)))
    if made := left_out.count("portraits"):
        say(tr("folders of portraits were left out: {names}", names=_name_some(left_out.named("portraits"), made)))
    if unchosen := left_out.count(_UNCHOSEN):
        say(tr("{n} left out by --include, --exclude or --since", n=unchosen))
    if others := left_out.count("other"):
        say(
            tr_n(
                "{n} other file is no photo and was left out: {names}",
                "{n} other files are no photos and were left out: {names}",
                others,
                names=_name_some(left_out.named("other"), others),
            )
        )


def _name_some(paths: Sequence[PurePath], count: int) -> str:
    """The first few paths, and the number of the others."""
    named = ", ".join(map(str, paths[:_MOST_NAMES]))
    more = count - _MOST_NAMES
    return tr("{names} and {n} more", names=named, n=more) if more > 0 else named


def _megabytes(size_bytes: int) -> str:
    """A size in MB; small ones in kB, rounded up, so that none is shown as nothing."""
    if 0 < size_bytes < _BYTES_PER_MB:
        return f"{-(-size_bytes // 1000)} kB"
    return f"{size_bytes / _BYTES_PER_MB:,.1f} MB"
