"""What ``portrait batch`` says on stderr about its plan and its end."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from portrait.cli.report import say, say_error
from portrait.errors import PortraitError

if TYPE_CHECKING:
    from portrait.batch.events import BatchSummary
    from portrait.batch.folder_walk import LeftOut
    from portrait.batch.plan import BatchPlan

_MOST_NAMES = 5
_BYTES_PER_MB = 1_000_000


def require_photos(plan: "BatchPlan") -> None:
    """Say what is left out and raise `PortraitError` where no photo is left."""
    if len(plan.jobs):
        return
    say_left_out(plan.left_out)
    hint = "Name a folder with JPEG, PNG, HEIC, WebP, TIFF or camera raw files; its sub-folders are looked through too."
    if plan.left_out.count("not chosen"):
        hint = "No photo fits --include, --exclude and --since: there are photos that they leave out."
    raise PortraitError(f"There are no photos in {plan.input_dir}", hint)


def say_plan(plan: "BatchPlan") -> None:
    """Write the counts of a dry run."""
    place = next(path for path in (plan.output_dir, *plan.output_dir.absolute().parents) if path.is_dir())
    say(f"{_count(len(plan.jobs), 'photo')} of {_megabytes(plan.input_bytes)} in {plan.input_dir}")
    say(f"{_count(len(plan.folders), 'folder')} of portraits in {plan.output_dir}")
    say(f"portraits are about as large as their photos; free there: {_megabytes(shutil.disk_usage(place).free)}")
    say_left_out(plan.left_out)
    say("dry run: nothing was written")


def say_lack_of_space(plan: "BatchPlan", missing_bytes: int) -> None:
    """Warn that the portraits may not fit on the disk."""
    if missing_bytes:
        say(f"warning: {plan.output_dir} may lack {_megabytes(missing_bytes)} for the portraits of all photos")


def say_summary(plan: "BatchPlan", summary: "BatchSummary") -> None:
    """Write failures, conflicts, files left out and counts."""
    for failure in summary.failures:
        say_error(PortraitError(failure.message, failure.hint), failure.job.source)
    for conflict in summary.conflicts:
        say(f"left out: {conflict.job.source}: {conflict.reason}")
    if summary.conflicts:
        say("hint: --on-conflict rename gives those portraits other names, overwrite replaces the files.")
    say_left_out(plan.left_out)
    made = summary.done - summary.no_person
    there = summary.skipped - len(summary.conflicts)
    kept = f", {len(summary.conflicts)} left out for files in the way" if summary.conflicts else ""
    portraits = f"{_count(made, 'portrait')} in {summary.elapsed_s:.1f} s"
    say(f"{portraits}; {summary.no_person} without a person, {there} already there{kept}, {summary.failed} failed")
    if summary.cancelled or summary.stopped_by is not None:
        say(f"stopped, {summary.left} left; run the same command again to go on")


def say_left_out(left_out: "LeftOut") -> None:
    """Write what was left out: what may hold photos by name, the rest by number and the first names."""
    if links := left_out.count("link"):
        say(f"links to folders were not followed: {_name_some(left_out.named('link'), links)}")
    if made := left_out.count("portraits"):
        say(f"folders of portraits were left out: {_name_some(left_out.named('portraits'), made)}")
    if unchosen := left_out.count("not chosen"):
        say(f"{unchosen} left out by --include, --exclude or --since")
    if others := left_out.count("other"):
        are = "file is no photo and was" if others == 1 else "files are no photos and were"
        say(f"{others} other {are} left out: {_name_some(left_out.named('other'), others)}")


def _name_some(paths: Sequence[Path], count: int) -> str:
    """The first few paths, and the number of the others."""
    named = ", ".join(map(str, paths[:_MOST_NAMES]))
    return named if count <= _MOST_NAMES else f"{named} and {count - _MOST_NAMES} more"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / _BYTES_PER_MB:,.1f} MB"
