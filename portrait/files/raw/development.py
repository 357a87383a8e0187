"""Camera raw files as what the sensor saw, developed by LibRaw in a process of their own.

LibRaw is a large library in C++ with a decoder for each maker's format. A file at which it crashes costs a process that
does nothing else. Its result is handed over as a TIFF file of 16 bits, which goes the way of every other.
"""

import io
import mmap
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.core.primaries import DISPLAY_P3
from portrait.errors import ImageFileError, PortraitError
from portrait.extras import how_to_get
from portrait.files.colors.color_space import SRGB_CURVE, rgb_space
from portrait.files.containers.tiff_file import encode_tiff
from portrait.files.metadata.exif_cleaning import clean
from portrait.files.pillow_guards import DECODER_ERRORS, muted_warnings
from portrait.files.raw.exposure import camera_curve, sensor_curve
from portrait.files.raw.preview import find_camera_picture, read_raw_exif
from portrait.files.refusals import damaged, short_of_memory
from portrait.files.system.os_errors import read_error, write_error
from portrait.files.system.worker_process import Handler, Ready, WorkerDiedError, WorkerProcess
from portrait.language import mark, tr

_PROFILE = rgb_space(DISPLAY_P3, SRGB_CURVE).icc_profile
_PACKAGE = "rawpy"
_PICTURE_PX = 512  # of the camera's own picture, for its brightness
_WITHOUT_HINT = mark("--raw preview takes the camera's own picture, and works without.")
_CRASHED_HINT = mark("It may be damaged, or made to do harm. --raw preview takes the camera's own picture inside.")


@dataclass(frozen=True, slots=True)
class _Task:
    """A raw file, where its picture goes, and the hard cap."""

    source: Path
    target: Path
    max_megapixels: float


def _how_to_get() -> str:
    return f"{how_to_get('raw')} {tr(_WITHOUT_HINT)}"


@contextmanager
def developed_file(path: Path, max_megapixels: float, notes: list[str]) -> Iterator[IO[bytes]]:
    """Context of a raw file's developed picture: an open TIFF file of 16 bits, upright, in Display P3.

    Whites are balanced as the camera says. Its brightness is that of the camera's own picture where there is one, else
    the sensor's white is white. It has the exposure data that the camera's picture would have. Notes tell of it.

    Raises
    ------
    ImageFileError
        As `portrait.files.raw.libraw.develop_levels`; rawpy is not installed, or the process has crashed.
    """
    if find_spec(_PACKAGE) is None:
        raise ImageFileError(tr("{path} cannot be developed: rawpy is not installed", path=path), _how_to_get())
    with TemporaryDirectory(prefix="portrait-raw-", ignore_cleanup_errors=True) as folder:
        task = _Task(path, Path(folder) / "developed.tif", max_megapixels)
        notes += _develop(task)
        with task.target.open("rb") as file:
            yield file


def _develop(task: _Task) -> tuple[str, ...]:
    """Write the developed picture, in a process that may crash; its notes."""
    is_apart = multiprocessing.current_process().daemon  # a worker of a batch or the server, which may have no children
    outcome = write_developed(task) if is_apart else _ask_worker(task)
    if isinstance(outcome, PortraitError):
        raise outcome
    return outcome


def _ask_worker(task: _Task) -> tuple[str, ...] | PortraitError:
    worker = WorkerProcess(_open_handler)
    worker.send(task)
    try:
        ready: Ready = worker.receive()
        outcome: tuple[str, ...] | PortraitError = ready.error or worker.receive()
    except WorkerDiedError as exc:
        message = tr("{path} cannot be developed: LibRaw has crashed", path=task.source)
        raise ImageFileError(message, tr(_CRASHED_HINT)) from exc
    finally:
        worker.kill()
    return outcome


def _open_handler() -> Handler:
    return write_developed


def write_developed(task: _Task) -> tuple[str, ...] | PortraitError:
    """Develop a raw file and write its picture; its notes, or why there is none."""
    try:
        from portrait.files.raw.libraw import develop_levels
    except ImportError as exc:
        return ImageFileError(tr("rawpy cannot be loaded: {reason}", reason=exc), _how_to_get())
    try:
        developed = develop_levels(task.source, task.max_megapixels)
        picture, exif = _read_camera_part(task.source)
        curve = None if picture is None else camera_curve(developed.linear, picture)
        note = tr("developed by LibRaw, as bright as the camera's own picture")
        if curve is None:
            curve, note = sensor_curve(developed.gain), tr("developed by LibRaw, as bright as the sensor saw it")
        _write(task, encode_tiff(np.take(curve, developed.linear), {"exif": exif, "icc_profile": _PROFILE}))
    except PortraitError as exc:
        return exc
    except MemoryError as exc:
        return short_of_memory(task.source, 0, exc)
    except ValueError as exc:  # it is larger than a TIFF file can be
        return damaged(task.source, exc)
    return (note,)


def _write(task: _Task, content: memoryview) -> None:
    try:
        task.target.write_bytes(content)
    except OSError as exc:
        raise write_error(task.target, exc) from exc


def _read_camera_part(path: Path) -> tuple[RgbImage | None, bytes | None]:
    """The camera's own picture, small, and the exposure data: that picture's, or the raw file's own."""
    try:
        with muted_warnings(), path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = find_camera_picture(content)
            exif = read_raw_exif(content) if found is None or not found.has_exif else b""
    except OSError as exc:
        raise read_error(path, exc) from exc
    shown = None
    if found is not None:
        with suppress(*DECODER_ERRORS), Image.open(io.BytesIO(found.jpeg), formats=("JPEG",)) as picture:
            exif = exif or picture.info.get("exif", b"")
            picture.draft("RGB", (_PICTURE_PX, _PICTURE_PX))
            shown = np.asarray(picture.convert("RGB"))
    with suppress(ValueError):
        return shown, clean(exif).exif
    return shown, None
