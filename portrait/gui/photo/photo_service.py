"""The worker of the Photo page: requests in, answers out as signals."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from portrait.files.system.os_errors import is_there
from portrait.gui.photo.answers import Answer, NumberedRequest
from portrait.gui.photo.copying import PortraitCopy
from portrait.gui.photo.looks import LookThumbnails
from portrait.gui.photo.photo_requests import (
    EditedMatte,
    OpenedDepth,
    PhotoFailure,
    PhotoStage,
    SaveRequest,
    ShownPhoto,
    ShownPreview,
    edit_matte,
    find_matte,
    finder_of_edited,
    load_look,
    look_settings,
    matte_settings,
    open_depth,
    open_photo,
    render_preview,
    save,
)
from portrait.gui.photo.photo_tiles import PhotoTiles
from portrait.gui.photo.save_all import SaveAll
from portrait.gui.photo.thumbnails import Thumbnails
from portrait.gui.photo.xrays import XRays
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.thing_finder import ThingFinder
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.language import tr
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.photo.session import FoundMatte, OpenedPhoto

_UNEDITED = PhotoEdits()
_REST_MS = 150
"""Time without a change after which a draft is replaced by a full-quality preview; a moving slider changes sooner."""


class PhotoService(QObject):
    """Runs the stages of one photo at a time: open → find the matte → change it by hand → render previews → save.

    The matte is found once. Changes by hand are made in it, and in the next one if the settings find another. A change
    of settings renders a draft at once, and a full-quality preview when no further change follows. Every answer carries
    the generation of its photo; answers about an earlier photo are dropped, except saved portraits.

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
    save_broke_off = Signal()  # a bug ended a save; the bug itself is reported by ``on_bug``
    stages_changed = Signal()  # see `stages`

    def __init__(
        self,
        engine: Future["PortraitEngine"],
        settings: Settings,
        on_bug: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._generation, self._source = 0, ""  # of the open photo; its name is for messages
        self._photo: OpenedPhoto | None = None
        self._found: FoundMatte | None = None
        self._unedited: FoundMatte | None = None  # the same without changes by hand
        self._edits = PhotoEdits()
        self._find: Callable[[], FoundMatte] | None = None  # finds the matte of the chosen quality once
        self._under_way: set[PhotoStage] = set()  # requests without an answer; saves are counted below
        self._newest: dict[PhotoStage, int] = {}  # number of the last request of each stage
        self._saves = self._saves_under_way = 0
        self._crossing = Crossing(self._on_answer, self)
        self._worker = Worker("portrait-photo", on_bug)
        self.tiles = PhotoTiles(engine, self._worker, self)
        self.looks, self.xrays = LookThumbnails(engine, self._worker, self), XRays(engine, self._worker, self)
        self.things, self.copies = ThingFinder(engine, self._worker, self), PortraitCopy(engine, self._worker, self)
        self.thumbnails, self.save_all = Thumbnails(on_bug, self), SaveAll(engine, on_bug, self)
        self.on_bug, parts = on_bug, (self.xrays, self.copies, self.things)
        self.companions = [self.thumbnails.stop, self.save_all.stop, *(part.close for part in parts)]
        self._rest_timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest_timer.timeout.connect(self._on_rest)

    @property
    def found(self) -> "FoundMatte | None":
        """The open photo with its matte; None until it is found."""
        return self._found

    @property
    def stages(self) -> frozenset[PhotoStage]:
        """Stages with an unanswered request, and ``preview`` while one is scheduled after the last change."""
        owed: dict[PhotoStage, bool] = {"save": self._saves_under_way > 0, "preview": self._rest_timer.isActive()}
        return frozenset(self._under_way | {stage for stage, is_owed in owed.items() if is_owed})

    def open(
        self,
        source: Path | QImage,
        edits: PhotoEdits = _UNEDITED,
        original: Path | None = None,
        depth: tuple[Path, bool] | None = None,
    ) -> None:
        """Open a file or a pasted image in place of the open photo, with changes by hand that it had before.

        ``original`` and ``depth`` are as `portrait.gui.photo.photo_requests.open_photo` takes them.
        """
        self.close()
        self._edits = edits
        self._source = str(source) if isinstance(source, Path) else tr("the pasted picture")
        max_megapixels, raw = self._settings.max_megapixels, self._settings.raw
        self._submit("open", lambda: open_photo(source, max_megapixels, original, depth, raw))

    def close(self) -> None:
        """Forget the open photo, and drop what is still to be answered about it."""
        self._generation += 1
        self._photo = self._found = self._unedited = self._find = None
        self._under_way.clear()
        self._rest_timer.stop()
        self.tiles.stop()
        self._worker.discard("open", "matte", "edit", "depth", "preview")

    @Slot(object)
    def set_edits(self, edits: PhotoEdits) -> None:
        """Make these changes by hand in place of those so far; before the matte is found, once it is."""
        self._edits = edits
        if self._found is not None and self._unedited is not None:
            self._edit(self._found, self._unedited)

    def open_depth(self, path: Path) -> None:
        """Open a depth map for the photo; nothing happens before its matte is found."""
        if (found := self._found) is not None:
            self._submit("depth", lambda: open_depth(path, found))

    def save(self, target: Path, *, embed_original: bool = False) -> None:
        """Render the open photo at full size and write it; nothing happens before its first matte is found.

        Photo, changes by hand, depth and settings are those of now. The matte is that of the chosen quality, and found
        first if need be. ``embed_original`` puts the photo itself into the file.
        """
        if self._photo is None or self._found is None or self._find is None:
            return
        found, edits, photo, settings = self._found, self._edits, self._photo, self._settings
        find = finder_of_edited(self._find, found, edits)
        may_replace = is_there(target)  # the dialog has asked about it
        request = SaveRequest(find, photo, settings, target, may_replace, edits, embed_original)
        self._saves, self._saves_under_way = self._saves + 1, self._saves_under_way + 1
        topic = f"save {self._saves}"  # of its own: no save replaces another
        self._submit("save", lambda: save(self._engine.result(), request), topic)

    @Slot(object)
    def set_settings(self, settings: Settings) -> None:
        """Take over changed settings: find another matte if they change it, else render a draft of a new look."""
        before, self._settings = self._settings, settings
        if self._photo is not None and matte_settings(settings) != matte_settings(before):
            self._find_matte(self._photo)
        elif self._found is not None and look_settings(settings) != look_settings(before):
            self.tiles.stop()
            self._render(self._found, is_draft=True)

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Take no more requests and wait for the worker, for saves without limit; false if busy after ``timeout_s``."""
        self._rest_timer.stop()
        for part in (self.tiles, self.looks, self._crossing):
            part.close()
        are_stopped = [stop() for stop in self.companions]  # threads of others on the page, too
        return self._worker.stop(None if self._saves_under_way else timeout_s) and all(are_stopped)

    def _find_matte(self, photo: "OpenedPhoto") -> None:
        """Request the matte of the chosen quality."""
        self._find = cache(partial(find_matte, self._engine, photo, self._settings))
        self._rest_timer.stop()  # a preview with the previous matte would be wasted
        self._submit("matte", self._find)

    def _edit(self, found: "FoundMatte", unedited: "FoundMatte") -> None:
        """Request the changes by hand in a matte."""
        self._submit("edit", partial(edit_matte, found, self._edits, unedited))

    def _set_found(self, found: "FoundMatte", *, is_draft: bool = False) -> None:
        """Show another matte."""
        self._found = found
        self.tiles.begin(found, self._settings)
        self.matte_found.emit(found)
        if is_draft and self.tiles.are_wanted:  # they are seen, the preview is not
            self._rest_timer.start()
        else:
            self._render(found, is_draft=is_draft)

    def _render(self, found: "FoundMatte", *, is_draft: bool = False) -> None:
        """Request a draft or a full-quality preview with the current settings."""
        engine, settings = self._engine, self._settings
        self._rest_timer.stop()
        self._submit(
            "preview", lambda: render_preview(engine.result(), found, load_look(settings, found), is_draft=is_draft)
        )

    @Slot()
    def _on_rest(self) -> None:
        if self.tiles.are_wanted:
            self._rest_timer.start()
        elif self._found is not None:
            self._render(self._found)

    def _submit(self, stage: PhotoStage, request: Callable[[], object], topic: str = "") -> None:
        """Run a request on the worker, and post its result, failure or end by a bug back to the GUI thread.

        A waiting request of the same topic is replaced; by default a stage is a topic.
        """
        number = self._newest[stage] = self._newest.get(stage, 0) + 1
        path = None if self._photo is None else self._photo.path
        numbered = NumberedRequest(self._generation, stage, number, self._source, request, path)
        if stage != "save":
            self._under_way.add(stage)
        self._worker.submit(topic or stage, lambda: numbered.run(self._crossing.post), is_promised=stage == "save")
        self.stages_changed.emit()

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        """Drop answers that are out of date; pass the others on."""
        if answer.stage == "save":
            self._saves_under_way -= 1
            if answer.content is None:
                self.save_broke_off.emit()
        elif answer.generation != self._generation:
            return
        elif answer.number == self._newest[answer.stage]:
            self._under_way.discard(answer.stage)
        elif answer.stage != "preview":  # of other stages only the newest answer counts; every draft is shown
            return
        self._apply(answer.content)
        self.stages_changed.emit()

    def _apply(self, content: object) -> None:
        """Keep the result, emit its signal, and request what follows from it."""
        from portrait.photo.saving import SavedPortrait
        from portrait.photo.session import FoundMatte

        match content:
            case ShownPhoto():  # needs a matte
                self._photo = content.photo
                self.photo_opened.emit(content)
                if self._find is None:  # else another look was kept with it, and asked for its matte
                    self._find_matte(content.photo)
            # A matte needs the changes by hand, and then a preview; a depth map needs a preview.
            case FoundMatte() | EditedMatte() if self._photo is not None:
                self._take_matte(content, self._photo)
            case OpenedDepth() if self._photo is not None and self._found is not None:
                self._photo = content.found.photo
                is_same_matte = content.found.mended is self._found.mended
                self._found = content.found if is_same_matte else self._found.with_photo(self._photo)
                self.depth_opened.emit(content)
                self._render(self._found)
            case ShownPreview() if content.found is self._found:
                self._take_preview(content)
            case SavedPortrait():
                self.portrait_saved.emit(content)
            case PhotoFailure():
                self.failed.emit(content)

    def _take_matte(self, content: "FoundMatte | EditedMatte", photo: "OpenedPhoto") -> None:
        if isinstance(content, EditedMatte):
            self._set_found(content.found.with_photo(photo), is_draft=True)
            return
        self._unedited = content.with_photo(photo)
        if self._edits == _UNEDITED:
            self._set_found(self._unedited)
        else:
            self._edit(self._unedited, self._unedited)

    def _take_preview(self, preview: ShownPreview) -> None:
        if not preview.is_draft:
            self.tiles.begin(preview.found, self._settings)
        self.preview_rendered.emit(preview)
        if preview.is_draft and "preview" not in self._under_way:
            self._rest_timer.start()
