"""Projects: the open photos with all that was changed in them, saved to one file and opened again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from portrait.errors import ImageFileError, PortraitError
from portrait.files.formats import PROJECT_SUFFIX
from portrait.files.system.atomic import write_atomically
from portrait.gui.photo.edit_history import EditHistory
from portrait.gui.photo.kept_edits import depth_reference
from portrait.gui.photo.photo_list import PhotoEntry, PhotoList, count_text
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.gui.widgets.dialogs import ask_for_picture, ask_for_project, ask_for_project_target
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings, look_keys, parse_look, read_setting

if TYPE_CHECKING:
    from portrait.photo.edits_file import EditsFile
    from portrait.photo.project_file import Project


@dataclass(slots=True)
class OpenedProject:
    """A project that was read, and where its photos are now; None for those that were not found."""

    path: Path
    project: "Project"
    found: list[Path | None] = field(default_factory=list)

    def search(self, folder: Path) -> None:
        """Look for what is missing in a folder."""
        for index, photo in enumerate(self.project.photos):
            if self.found[index] is None and photo.kept.is_of(folder / photo.kept.photo_name):
                self.found[index] = folder / photo.kept.photo_name


class Projects(QObject):
    """Saves and opens projects; what reads whole photos runs on a thread of its own.

    Parameters
    ----------
    photos, history
        The open photos, and their changes by hand.
    model
        The settings, and the folders.
    banner
        Takes the notices.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    ended = Signal(bool)  # a project was saved or opened, or could not be: whether it was

    def __init__(
        self,
        photos: PhotoList,
        history: EditHistory,
        model: SettingsModel,
        banner: Banner,
        on_bug: Callable[[Exception], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._photos, self._history, self._model = photos, history, model
        self._banner, self._window = banner, window
        self._crossing = Crossing(lambda answer: answer(), self)
        self._worker = Worker("portrait-projects", on_bug)

    def stop(self) -> bool:
        """Wait for what is under way."""
        self._crossing.close()
        return self._worker.stop()

    @Slot()
    def ask_to_save(self) -> bool:
        """Ask for a name, and begin to save the open photos; false where the dialog is cancelled, or none are open."""
        if not self._photos.rowCount():
            return False
        first = self._photos.entries[0].path
        folder = self._model.folders.folder("projects", first.parent)
        target = ask_for_project_target(self._window, folder / (first.stem + PROJECT_SUFFIX))
        if target is not None:
            self._model.folders.remember("projects", target)
            self.save(target)
        return target is not None

    def save(self, target: Path) -> None:
        """Save the open photos with their looks, changes by hand and depth maps."""
        from portrait.photo.edits_file import EditsFile
        from portrait.photo.project_file import Project, ProjectPhoto

        entries = [(entry.path, dict(entry.look), entry.depth) for entry in self._photos.entries]
        edits = {path: self._history.edits_of(path) for path, _, _ in entries}
        chosen = max(0, self._photos.index_chosen)

        def write() -> None:
            photos = []
            for path, look, depth in entries:
                reference = depth_reference(depth, target.parent)
                kept = EditsFile.of(path, target.parent, edits[path], look, reference)
                photos.append(ProjectPhoto(kept, path.absolute()))
            write_atomically(target, Project(tuple(photos), chosen).to_bytes())
            self._crossing.post(lambda: self._on_saved(target, edits))

        self._run(write, target)

    @Slot()
    def ask_to_open(self) -> None:
        """Ask for a project, and open it."""
        path = ask_for_project(self._window, self._model.folders.folder("projects", Path.home()))
        if path is not None:
            self._model.folders.remember("projects", path)
            self.open(path)

    def open(self, path: Path) -> None:
        """Open the photos of a project beside those that are open; where one moved, ask where it is."""
        from portrait.photo.project_file import load_project

        def read() -> None:
            project = load_project(path)
            opened = OpenedProject(path, project, list(project.find_photos(path.parent)))
            self._crossing.post(lambda: self._take(opened))

        self._run(read, path)

    def _run(self, request: Callable[[], None], about: Path) -> None:
        def run() -> None:
            try:
                request()
            except PortraitError as exc:
                error = exc
            except OSError as exc:
                error = ImageFileError(f"{exc.filename or about}: {exc.strerror or exc}")
            else:
                return
            self._crossing.post(lambda: self._on_failed(error))

        self._worker.submit(str(about), run, is_promised=True)

    def _on_failed(self, error: PortraitError) -> None:
        self._banner.show_error(error)
        self.ended.emit(False)

    def _on_saved(self, target: Path, saved: Mapping[Path, PhotoEdits]) -> None:
        """Tell it, and mark the photos whose changes are still those that were saved."""
        for entry in self._photos.entries:
            entry.is_kept = entry.is_kept or saved.get(entry.path) == self._history.edits_of(entry.path)
        self._model.recent.add(target)
        hint = tr("It names the photos, and holds no part of them.")
        self._banner.show_notice(
            "done", tr("Saved {photos} in {name}", photos=count_text(len(saved)), name=target.name), hint
        )
        self.ended.emit(True)

    def _take(self, opened: OpenedProject) -> None:
        """Add the photos that were found, after asking for the others."""
        self._ask_for_missing(opened)
        entries, chosen, missing = [], None, []
        for index, (photo, path) in enumerate(zip(opened.project.photos, opened.found, strict=True)):
            if path is None:
                missing.append(photo.kept.photo_name)
            else:
                self._history.restore(path, photo.kept.edits)
                entries.append(self._entry(photo.kept, path, opened.path.parent))
                chosen = path if index <= opened.project.chosen or chosen is None else chosen
        self._model.recent.add(opened.path)
        self._photos.restore(entries, chosen)
        if missing:
            message = tr("Not found, and left out: {names}", names=", ".join(missing))
            self._banner.show_notice("warning", message, tr("Open the project again to show where they are."))
        self.ended.emit(True)

    def _ask_for_missing(self, opened: OpenedProject) -> None:
        """Ask where the first missing photo is, and look for the others there; until one is cancelled."""
        for index, photo in enumerate(opened.project.photos):
            if opened.found[index] is not None:
                continue
            title = tr("Where is {name}?", name=photo.kept.photo_name)
            path = ask_for_picture(self._window, title, photo.path.parent)
            if path is None:
                return
            if photo.kept.is_of(path):
                opened.found[index] = path
            opened.search(path.parent)

    def _entry(self, kept: "EditsFile", path: Path, folder: Path) -> PhotoEntry:
        defaults = {key: read_setting(Settings(), key) for key in look_keys()}
        depth_path = None if kept.depth is None else kept.depth.find(folder)
        depth = None if depth_path is None or kept.depth is None else (depth_path, kept.depth.near_is_dark)
        look = {**defaults, **parse_look(kept.look)}
        return PhotoEntry(path, look, defaults, is_mended=kept.edits != PhotoEdits(), depth=depth)


def is_project(path: Path) -> bool:
    """Whether a path is that of a project, by its suffix."""
    return path.suffix.lower() == PROJECT_SUFFIX


def split_projects(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Projects, and other files."""
    return [path for path in paths if is_project(path)], [path for path in paths if not is_project(path)]
