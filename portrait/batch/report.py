"""Report of a batch in a file: a page with thumbnails, JSON or CSV, with one row for each photo."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePath

from portrait.batch.contact_sheet import ContactSheet, SheetRow
from portrait.batch.events import BatchEvent, BatchSummary, JobDone, JobFailed, JobSkipped
from portrait.batch.folder_walk import LeftOut
from portrait.batch.plan import BatchPlan
from portrait.batch.storage import storage_of
from portrait.errors import PortraitError
from portrait.files.system.atomic import write_atomically
from portrait.files.system.os_errors import is_file
from portrait.files.thumbnail import thumbnail_jpeg
from portrait.language import tr

REPORT_SUFFIXES = (".html", ".json", ".csv")

_THUMBNAIL_PX = 240
_MOST_THUMBNAILS = 2_000
_MS_PER_S = 1000.0


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What became of one photo. ``details``: why it failed or was skipped, or warnings; ``hint``: what to do."""

    photo: str
    portrait: str
    status: str
    details: str = ""
    hint: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    person_fraction: float = 0.0

    @classmethod
    def of(cls, event: JobDone | JobFailed | JobSkipped) -> "ReportRow":
        """The row of an event."""
        photo, portrait = str(event.job.source), str(event.job.target)
        match event:
            case JobFailed(message=message, hint=hint):
                return cls(photo, portrait, "failed", message, hint)
            case JobSkipped(reason=reason):
                status = "left out" if event.is_conflict else "skipped"  # not shown
                return cls(photo, portrait, status, reason)
            case JobDone(report=made):
                seconds = round(sum(made.timings_ms.values()) / _MS_PER_S, 2)
                values = (made.width, made.height, seconds, round(made.person_fraction, 4))
                return cls(photo, portrait, made.status, "; ".join(made.warnings), "", *values)


class BatchReport:
    """Collects the events of a batch and writes reports of it.

    Parameters
    ----------
    plan
        The plan of the batch.
    paths
        Files to write; their suffixes choose the forms. Existing files are replaced.

    Raises
    ------
    PortraitError
        A suffix is not one of `REPORT_SUFFIXES`.
    """

    def __init__(self, plan: BatchPlan, paths: tuple[Path, ...]) -> None:
        for path in paths:
            if path.suffix.lower() not in REPORT_SUFFIXES:
                raise PortraitError(
                    tr("{path} cannot be a report", path=path), tr("Name it {names}.", names=", ".join(REPORT_SUFFIXES))
                )
        self._plan = plan
        self._paths = paths
        self._rows: list[ReportRow] = []
        self._sheet = ContactSheet() if any(path.suffix.lower() == ".html" for path in paths) else None

    def add(self, event: BatchEvent) -> None:
        """Take the event of a photo that has ended; others are passed over. Reads two images for a page."""
        if not self._paths or not isinstance(event, JobDone | JobFailed | JobSkipped):
            return
        row = ReportRow.of(event)
        self._rows.append(row)
        if self._sheet is not None:
            has_thumbnails = len(self._rows) <= _MOST_THUMBNAILS
            files = (event.job.source, event.job.target) if has_thumbnails else ()
            thumbnails = tuple(_thumbnail(path) for path in files)
            texts = tuple(text for text in (row.details, row.hint) if text)
            self._sheet.add(SheetRow(row.photo, row.portrait, row.status, texts, row.seconds, thumbnails))

    def write(self, summary: BatchSummary) -> None:
        """Write the files; raise `ImageFileError` where one cannot be written."""
        for path in self._paths:
            form = path.suffix.lower()
            text = self._as_json(summary) if form == ".json" else self._as_csv() if form == ".csv" else ""
            if form == ".html" and self._sheet is not None:
                text = self._sheet.to_html(str(self._plan.input_dir), _counts(summary), _left_out(self._plan.left_out))
            # File names need not be text: what is none is escaped.
            write_atomically(path, text.encode("utf-8", "backslashreplace"))

    def _as_json(self, summary: BatchSummary) -> str:
        values = {
            "input": str(self._plan.input_dir),
            "output": str(self._plan.output_dir),
            "summary": _counts(summary) | {"elapsed_s": round(summary.elapsed_s, 2), "cancelled": summary.cancelled},
            "left_out": _left_out(self._plan.left_out),
            "photos": [asdict(row) for row in self._rows],
        }
        return json.dumps(values, indent=1) + "\n"

    def _as_csv(self) -> str:
        file = io.StringIO(newline="")
        table = csv.DictWriter(file, [column.name for column in fields(ReportRow)])
        table.writeheader()
        table.writerows(asdict(row) for row in self._rows)
        return file.getvalue()


def _counts(summary: BatchSummary) -> dict[str, int]:
    return {
        "total": summary.total,
        "done": summary.done,
        "no_person": summary.no_person,
        "skipped": summary.skipped,
        "left_out_for_files_in_the_way": len(summary.conflicts),
        "failed": summary.failed,
        "left": summary.left,
    }


def _left_out(left_out: LeftOut) -> Mapping[str, dict[str, object]]:
    """Number and first paths of each kind of what the plan left out."""
    return {
        kind: {"count": count, "first": [str(path) for path in left_out.named(kind)]}
        for kind, count in left_out.counts.items()
    }


def _thumbnail(path: PurePath) -> bytes | None:
    """A thumbnail; None where there is no image, or none that can be read."""
    try:
        with storage_of(path).fetched(path) as file:
            return thumbnail_jpeg(file, _THUMBNAIL_PX) if is_file(file) else None
    except PortraitError:
        return None
