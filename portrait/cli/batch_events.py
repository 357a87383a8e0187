"""The events of a batch as JSON on stdout."""

from portrait.cli.report import failure_json, print_json
from portrait.errors import PortraitError


def print_event(event: object) -> None:
    """Print the JSON object of a job that has ended; nothing for any other event."""
    from portrait.batch.events import JobDone, JobFailed, JobSkipped

    match event:
        case JobDone(report=report):
            print_json(report.to_json_dict())
        case JobFailed(job=job, message=message, hint=hint):
            print_json(failure_json(job.source, job.target, PortraitError(message, hint)))
        case JobSkipped(job=job, reason=reason):
            values = {"input": str(job.source), "output": str(job.target), "status": "skipped", "reason": reason}
            print_json(values)
