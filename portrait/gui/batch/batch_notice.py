"""The notice at the end of a batch: how it ended, what was left out, and what to do next."""

from dataclasses import dataclass

from portrait.batch.events import BatchSummary
from portrait.batch.folder_walk import LeftOut, LeftOutKind
from portrait.gui.widgets.notify import NoticeKind
from portrait.language import tr

_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class EndNotice:
    """Kind, message and hint of a notice; ``can_retry``: whether photos failed that may be tried again."""

    kind: NoticeKind
    message: str
    hint: str = ""
    can_retry: bool = False


def end_notice(summary: BatchSummary, left_out: LeftOut) -> EndNotice:
    """The notice for the way in which a batch has ended."""
    left = _left_out_text(left_out)
    if not summary.total:
        hint = tr("Choose a folder with JPEG, PNG, HEIC, WebP, TIFF or camera raw files in it.")
        return EndNotice("error", tr("There are no photos in this folder"), _join(left, hint))
    if summary.stopped_by is not None:
        hint = _join(summary.stopped_by.hint, tr("Then press Start to go on where it stopped."))
        return EndNotice("error", summary.stopped_by.message, hint)
    if summary.cancelled:
        return EndNotice("info", tr("The batch was cancelled"), tr("Press Start to go on where it stopped."))
    if summary.failed:
        message = tr("{n} of {total} photos failed", n=summary.failed, total=summary.total)
        hint = tr("The table says why; point at a row to see what to do.")
        others = tr("All others are done.") if summary.failed < summary.total else ""
        return EndNotice("warning", message, _join(hint, others, left), can_retry=True)
    if summary.conflicts:
        message = tr("{n} of {total} photos were left out", n=len(summary.conflicts), total=summary.total)
        hint = tr("Files that this batch did not make have the names of their portraits; they were kept.")
        return EndNotice("warning", message, _join(hint, left))
    return EndNotice("info" if left_out.count("link") else "done", tr("All photos are done"), left)


def _left_out_text(left_out: LeftOut) -> str:
    """What was left out, by number and the first names."""
    kinds: tuple[tuple[LeftOutKind, str], ...] = (
        ("link", tr("Links to folders that were not followed: {n} ({names}).")),
        ("portraits", tr("Folders of portraits that were left out: {n} ({names}).")),
        ("other", tr("Other files that were left out: {n} ({names}).")),
    )
    return " ".join(
        text.format(n=count, names=_names(left_out, kind, count))
        for kind, text in kinds
        if (count := left_out.count(kind))
    )


def _names(left_out: LeftOut, kind: LeftOutKind, count: int) -> str:
    named = ", ".join(path.name for path in left_out.named(kind)[:_MOST_NAMES])
    return named if count <= _MOST_NAMES else f"{named}, …"


def _join(*sentences: str) -> str:
    ended = (sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences if sentence)
    return " ".join(ended)
