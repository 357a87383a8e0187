"""One request as a worker process does it: a file in, a file out. Nothing of a stranger's file is decoded elsewhere."""

import re
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from portrait.engine import PortraitEngine, open_engine
from portrait.errors import PortraitError
from portrait.files.content_suffix import content_suffix
from portrait.files.formats import output_suffix
from portrait.files.system.worker_process import Handler
from portrait.language import tr
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.server.options import ServerOptions

MEDIA_TYPES = {
    ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".heic": "image/heic", ".avif": "image/avif",
    ".tif": "image/tiff",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RenderTask:
    """A received photo in a folder of its own, where the answer is written too, and how it is made."""

    photo: Path
    options: FileOptions


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file, and what is told about it."""

    path: Path
    media_type: str
    status: str
    person_fraction: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is none; ``bug`` holds the traceback of an unexpected error."""

    message: str
    hint: str = ""
    bug: str = ""


def open_handler(options: ServerOptions) -> Handler:
    """In a worker: the engine, and the function that does tasks with it."""
    engine = options.open_engine or partial(open_engine, options.model)
    return partial(render_file, engine())


def render_file(engine: PortraitEngine, task: RenderTask) -> Rendered | Refused:
    """Make the portrait or the matte of a received photo. Never raises."""
    try:
        return _render(engine, task)
    except PortraitError as exc:
        path = re.compile(re.escape(str(task.photo)) + r"(?:\.\w+)?")
        return Refused(*(path.sub(tr("the photo"), text) for text in (exc.message, exc.hint)))
    except Exception:  # noqa: BLE001 - a bug is reported, and must not stop the server
        return Refused(
            tr("unexpected error"), tr("This is a bug. Please report it with the log."), traceback.format_exc()
        )


def _render(engine: PortraitEngine, task: RenderTask) -> Rendered:
    options = task.options
    suffix = content_suffix(task.photo, options.max_megapixels)
    is_transparent = options.background.kind == "transparent"
    source = Path(f"{task.photo}{suffix}")  # the suffix tells camera raw files from TIFF
    task.photo.rename(source)
    wanted = output_suffix(source, options.save.naming_format, is_transparent=is_transparent)
    target = task.photo.with_name(f"portrait{wanted}")
    report = make_portrait_file(engine, source, target, options)
    return Rendered(target, MEDIA_TYPES[wanted], report.status, report.person_fraction, report.warnings)
