"""The Photo page's worker and its answers as signals."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.os_errors import is_there
from portrait.gui.photo.photo_requests import (
    OpenedDepth,
    PhotoFailure,
    PhotoStage,
    SaveRequest,
    ShownPhoto,
    ShownPreview,
    load_look,
    open_depth,
    open_photo,
    render_preview,
    save,
)
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.photo.saving import SavedPortrait, memory_shortage_told
from portrait.photo.session import FoundMatte, OpenedPhoto, find_photo_matte
from portrait.settings import Settings

_log = logging.getLogger(__name__)
_REST_MS = 150
"""So long nothing must change before the preview is rendered as the file will be; a slider moves more often."""


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What became of a request, counted by stage; ``content`` is None when a bug ended it."""

    generation: int
    stage: PhotoStage
    number: int
    content: object


class PhotoService(QObject):
    """One photo at a time: open → find the matte once → a draft at every change, a preview when they rest → save.

    Every answer carries the generation of its photo; those of an earlier photo are dropped, but for saved portraits.

    Parameters
    ----------
    engine
        The engine, once it is open; only the worker waits for it.
    settings
        The look to begin with.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    photo_opened = Signal(object)  # ShownPhoto
    matte_found = Signal(object)  # FoundMatte
    depth_opened = Signal(object)  # OpenedDepth
    preview_rendered = Signal(object)  # ShownPreview
    portrait_saved = Signal(object)  # SavedPortrait
    failed = Signal(object)  # PhotoFailure
    save_broke_off = Signal()  # by a bug, which is reported for itself
    stages_changed = Signal()  # see `stages`

    def __init__(
        self,
        engine: Future[PortraitEngine],
        settings: Settings,
        on_bug: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._generation = 0
        self._source = ""  # of the open photo, for messages
        self._photo: OpenedPhoto | None = None
        self._found: FoundMatte | None = None
        self._find: Callable[[], FoundMatte] | None = None  # the matte of the chosen quality; on the worker, found once
        self._under_way: set[PhotoStage] = set()
        self._newest: dict[PhotoStage, int] = {}  # number of the last request of each stage
        self._saves = self._saves_under_way = 0
        self._crossing = Crossing(self._on_answer, self)
        self._worker = Worker("portrait-photo", on_bug)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._on_rest)

    @property
    def found(self) -> FoundMatte | None:
        """The open photo with its matte, once it is found."""
        return self._found

    @property
    def stages(self) -> frozenset[PhotoStage]:
        """What the worker has been asked for and has not answered, and what it will be asked for when changes rest."""
        owed: dict[PhotoStage, bool] = {"save": self._saves_under_way > 0, "preview": self._rest.isActive()}
        return frozenset(self._under_way | {stage for stage, is_owed in owed.items() if is_owed})

    def open(self, source: Path | QImage) -> None:
        """Open a file or a pasted picture in place of the photo before."""
        self._generation += 1
        self._photo = self._found = self._find = None
        self._under_way.clear()
        self._rest.stop()
        self._worker.discard("matte", "depth", "preview")
        self._source = str(source) if isinstance(source, Path) else self.tr("the pasted picture")
        max_megapixels = self._settings.max_megapixels
        self._submit("open", lambda: open_photo(source, max_megapixels))

    def open_depth(self, path: Path) -> None:
        """Open a depth map for the photo; nothing happens before its matte is found."""
        if self._found is not None:
            found = self._found
            self._submit("depth", lambda: open_depth(path, found))

    def save(self, target: Path) -> None:
        """Render the open photo at full size and write it; nothing happens before its matte is found.

        As everything stands now: with the matte of the quality that is chosen, be it still to be found.
        """
        if self._photo is None or self._found is None or self._find is None:
            return
        find, photo, settings = self._find, self._photo, self._settings
        may_replace = is_there(target)  # the dialog has asked about it

        def render_and_write() -> SavedPortrait:
            return save(self._engine.result(), SaveRequest(find, photo, settings, target, may_replace))

        self._saves += 1
        self._saves_under_way += 1
        # A topic of its own: a second save must not take the place of one that waits.
        self._submit("save", render_and_write, f"save {self._saves}")

    @Slot(object)
    def set_settings(self, settings: Settings) -> None:
        """Take over changed settings; the open photo follows."""
        before, self._settings = self._settings, settings
        if self._photo is not None and settings.quality != before.quality:
            self._find_matte(self._photo)
        elif self._found is not None and _look_of(settings) != _look_of(before):
            self._render(self._found, is_draft=True)

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Take no more requests and wait for the worker; false when it is still busy after ``timeout_s`` seconds.

        Portraits that are to be saved are, however long that takes.
        """
        self._rest.stop()
        self._crossing.close()
        return self._worker.stop(None if self._saves_under_way else timeout_s)

    def _find_matte(self, photo: OpenedPhoto) -> None:
        quality = self._settings.quality
        self._find = cache(lambda: find_photo_matte(self._engine.result(), photo, quality))
        self._rest.stop()  # a preview of the matte before would be for nothing
        self._submit("matte", self._find)

    def _render(self, found: FoundMatte, *, is_draft: bool = False) -> None:
        settings = self._settings
        self._rest.stop()

        def render() -> ShownPreview:
            return render_preview(self._engine.result(), found, load_look(settings, found), is_draft=is_draft)

        self._submit("preview", render)

    @Slot()
    def _on_rest(self) -> None:
        if self._found is not None:
            self._render(self._found)

    def _submit(self, stage: PhotoStage, request: Callable[[], object], topic: str = "") -> None:
        generation = self._generation
        number = self._newest[stage] = self._newest.get(stage, 0) + 1
        about = self._source

        def run() -> None:
            content: object = None
            try:
                with memory_shortage_told(about):
                    content = request()
            except PortraitError as exc:
                if stage == "save":  # a window that did not wait for it shows nothing any more
                    _log.error("%s", exc)
                content = PhotoFailure(stage, exc)
            finally:
                self._crossing.post(_Answer(generation, stage, number, content))

        if stage != "save":
            self._under_way.add(stage)
        self._worker.submit(topic or stage, run, is_promised=stage == "save")
        self.stages_changed.emit()

    @Slot(object)
    def _on_answer(self, answer: _Answer) -> None:
        if answer.stage == "save":
            self._saves_under_way -= 1
            if answer.content is None:
                self.save_broke_off.emit()
        elif answer.generation != self._generation:
            return
        elif answer.number == self._newest[answer.stage]:
            self._under_way.discard(answer.stage)
        elif answer.stage != "preview":  # drafts are shown one after the other; else only the newest counts
            return
        self._hand_on(answer.content)
        self.stages_changed.emit()

    def _hand_on(self, content: object) -> None:
        match content:
            case ShownPhoto():
                self._photo = content.photo
                self.photo_opened.emit(content)
                self._find_matte(content.photo)
            case FoundMatte() if self._photo is not None:
                self._found = content.with_photo(self._photo)
                self.matte_found.emit(self._found)
                self._render(self._found)
            case OpenedDepth() if self._photo is not None and self._found is not None:
                self._photo = content.found.photo
                is_same_matte = content.found.matte is self._found.matte
                self._found = content.found if is_same_matte else self._found.with_photo(self._photo)
                self.depth_opened.emit(content)
                self._render(self._found)
            case ShownPreview() if content.found is self._found:
                self.preview_rendered.emit(content)
                if content.is_draft and "preview" not in self._under_way:
                    self._rest.start()
            case SavedPortrait():
                self.portrait_saved.emit(content)
            case PhotoFailure():
                self.failed.emit(content)


def _look_of(settings: Settings) -> tuple[object, ...]:
    return settings.background, settings.blur, settings.grain, settings.ground, settings.depth
