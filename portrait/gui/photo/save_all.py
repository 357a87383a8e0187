"""Saving the portraits of all open photos, one after the other, on a thread of its own."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from portrait.errors import PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.gui.photo.kept_edits import keep_edits
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.language import mark
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings, file_options

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine

_KEPT_HINT = mark("Choose another folder or pattern, or save this photo by itself.")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlannedSave:
    """A photo to be saved: its settings, changes by hand and depth map, and where its portrait goes."""

    photo: Path
    target: Path
    settings: Settings
    edits: PhotoEdits
    depth: tuple[Path, bool] | None = None


@dataclass(frozen=True, slots=True)
class SavedOne:
    """What became of one of them: warnings, or an error."""

    photo: Path
    target: Path
    error: PortraitError | None = None
    is_person_found: bool = True
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ended:
    """The last one was done, or all were stopped."""


class SaveAll(QObject):
    """Makes portraits as the command line does; in memory is one photo at a time.

    Parameters
    ----------
    engine
        The engine, once it is open.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    one_saved = Signal(object)  # SavedOne
    ended = Signal()

    def __init__(
        self, engine: Future["PortraitEngine"], on_bug: Callable[[Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._stop = threading.Event()
        self._is_running = False
        self._crossing = Crossing(self._on_message, self)
        self._worker = Worker("portrait-save-all", on_bug)

    @property
    def is_running(self) -> bool:
        """Whether photos are still being saved."""
        return self._is_running

    def start(self, planned: Sequence[PlannedSave]) -> None:
        """Save them, unless some are being saved."""
        if self._is_running or not planned:
            return
        self._is_running = True
        self._stop.clear()
        self._worker.submit("save", lambda: self._run(planned))

    def cancel(self) -> None:
        """Begin no more; the one under way is finished."""
        self._stop.set()

    def stop(self) -> bool:
        """Cancel, and wait for the one under way, however long that takes."""
        self._stop.set()
        self._crossing.close()
        return self._worker.stop(None if self._is_running else 2.0)

    def _run(self, planned: Sequence[PlannedSave]) -> None:
        try:
            for one in planned:
                if self._stop.is_set():
                    return
                self._crossing.post(save_one(self._engine.result(), one))
        finally:
            self._crossing.post(_Ended())

    def _on_message(self, message: SavedOne | _Ended) -> None:
        if isinstance(message, SavedOne):
            self.one_saved.emit(message)
            return
        self._is_running = False
        self.ended.emit()


def plan_targets(photos: Sequence[tuple[Path, Settings]], folder: Path, pattern: str) -> list[Path]:
    """Where the portrait of each photo goes, by its own settings.

    Raises
    ------
    PortraitError
        The pattern gives one name to all, a format cannot be transparent, or two portraits would have one name.
    """
    from portrait.batch.plan import Naming
    from portrait.photo.targets import require_distinct_targets, tell_apart

    targets: list[Path] = []
    for photo, settings in photos:
        is_transparent = BackgroundChoice.parse(settings.background).kind == "transparent"
        naming = Naming(settings.save.naming_format, is_transparent, pattern)
        naming.require_usable()
        targets.append(Path(naming.target(photo, folder)))
    sources = [photo for photo, _ in photos]
    targets = tell_apart(sources, targets, pattern)
    require_distinct_targets(zip(sources, targets, strict=True))
    return targets


def save_one(engine: "PortraitEngine", one: PlannedSave) -> SavedOne:
    """Make a portrait, and keep the changes by hand beside it; an error is part of the answer."""
    from portrait.photo.made_files import MadeFiles
    from portrait.photo.outputs import remembered_outputs
    from portrait.photo.portrait_file import make_portrait_file

    outputs = remembered_outputs(MadeFiles(), one.photo, _KEPT_HINT)
    options = replace(file_options(one.settings), edits=one.edits, no_person="skip")
    if one.depth is not None and BackgroundChoice.parse(one.settings.background).kind == "blur":
        options = replace(options, depth_path=one.depth[0], depth_near_is_dark=one.depth[1])
    try:
        one.target.parent.mkdir(parents=True, exist_ok=True)
        report = make_portrait_file(engine, one.photo, one.target, options, outputs)
    except OSError as exc:
        return SavedOne(one.photo, one.target, PortraitError(exc.strerror or str(exc)))
    except PortraitError as exc:
        _log.error("%s", exc)
        return SavedOne(one.photo, one.target, exc)
    if report.status == "no-person":
        return SavedOne(one.photo, one.target, is_person_found=False)
    told = keep_edits(one.edits, one.photo, one.depth, one.settings, one.target, outputs)
    return SavedOne(one.photo, one.target, warnings=(*report.warnings, *told))
