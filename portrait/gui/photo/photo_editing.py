"""Mending by hand on the Photo page: tools, steps, the mask and tiles, between the view and the worker."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from portrait.core.lens.focus import FocusPoint, focus_text, parse_focus
from portrait.gui.photo.brush import Brush
from portrait.gui.photo.edit_history import EditHistory
from portrait.gui.photo.focus_tool import FocusTool
from portrait.gui.photo.look_choice import LookChoice
from portrait.gui.photo.mask_overlay import OVERLAYS, MaskOverlay, to_grey
from portrait.gui.photo.people_tool import PartTool, PeopleTool
from portrait.gui.photo.photo_requests import ShownPhoto, ShownPreview
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.photo.photo_view import PhotoView
from portrait.gui.photo.pointer_keys import PointerKeys
from portrait.gui.photo.tool_bar import ToolBar, ToolName
from portrait.gui.photo.xrays import ShownXRay
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import mark, tr
from portrait.photo.edits import PhotoEdits
from portrait.settings.presets import Preset
from portrait.settings.subject import split_subject

if TYPE_CHECKING:
    from portrait.core.boxes import Box
    from portrait.core.matting.strokes import PartEdit, Point, Stroke
    from portrait.gui.photo.view_tool import ViewTool
    from portrait.photo.people import Everybody
    from portrait.photo.session import FoundMatte

_STROKE_TEXTS = {"add": mark("Keep by brush"), "remove": mark("Blur by brush")}
_PART_TEXTS = {"fill": mark("Fill a hole"), "drop": mark("Drop a part")}


class PhotoEditing(QObject):
    """Connects the tools of a `ToolBar` with the view, the steps and the worker.

    Parameters
    ----------
    service
        The worker of the page.
    view
        Shows the photo.
    model
        The settings, whose changes are steps too.
    """

    def __init__(self, service: PhotoService, view: PhotoView, model: SettingsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._view = view
        self._model = model
        self._tool: ToolName = "move"
        self._outlined: Everybody | None = None
        self._shown_matte: object = None
        self._xrayed: object = None
        self.history = EditHistory(model, view.isVisible, self)
        self.brush, self.people, self.part = Brush(view, self), PeopleTool(view, self), PartTool(view, self)
        self.focus = FocusTool(view, self)
        self._pointer_keys = PointerKeys(view)
        self.undo_action, self.redo_action = self.history.actions(self)
        self.bar = ToolBar(self.brush, self.undo_action, self.redo_action)
        self.looks = LookChoice(service, model, view)
        self._connect()
        self._update_bar()

    @property
    def tool(self) -> ToolName:
        """The tool in hand."""
        return self._tool

    def actions(self) -> tuple[QAction, QAction]:
        """Undo and redo."""
        return self.undo_action, self.redo_action

    @Slot(str)
    def choose_tool(self, name: ToolName) -> None:
        """Take a tool in hand, if there is something to use it on."""
        if not self.bar.tool_buttons[name].isEnabled():
            return
        self._tool = name
        tools: dict[ToolName, ViewTool] = {
            "add": self.brush,
            "remove": self.brush,
            "part": self.part,
            "people": self.people,
            "focus": self.focus,
        }
        if name in ("add", "remove"):
            self.brush.kind = "add" if name == "add" else "remove"
        if name == "people":
            self._outline_people()
        self._view.set_tool(tools.get(name))
        self.bar.set_tool(name)

    @Slot()
    def cycle_overlay(self) -> None:
        """Show the mask in the next way."""
        if self._service.found is not None:
            self.set_overlay(OVERLAYS[(OVERLAYS.index(self._view.overlay) + 1) % len(OVERLAYS)])

    @Slot(str)
    def set_overlay(self, overlay: MaskOverlay) -> None:
        """Show the mask in one way, or not."""
        self._view.set_overlay(overlay)
        self._show_matte()

    @Slot()
    def toggle_zoom(self) -> None:
        """All of the photo, or 1:1."""
        if self._view.viewport.is_fitted:
            self._view.zoom_to(1.0)
        else:
            self._view.zoom_fit()

    def show_looks(self, button: QWidget) -> None:
        """Show the looks as thumbnails of this photo, below a button."""
        self.looks.open_below(button)

    @Slot(object)
    def take_look(self, preset: Preset) -> None:
        """Take a look, as one step."""
        self.history.take_over(self.history.edits, preset.all_values, tr("Look {name}", name=preset.shown_title))

    def _connect(self) -> None:
        self.looks.look_chosen.connect(self.take_look)
        self.looks.told.connect(self.bar.show_hint)
        self.bar.tool_chosen.connect(self.choose_tool)
        self.bar.overlay_chosen.connect(self.set_overlay)
        self.bar.zoom_stepped.connect(self._view.zoom_by)
        self.bar.zoom_toggled.connect(self.toggle_zoom)
        self.brush.stroke_drawn.connect(self._on_stroke_drawn)
        self.part.part_clicked.connect(self._on_part_clicked)
        self.people.person_clicked.connect(self._on_person_clicked)
        self.focus.focus_clicked.connect(self._on_focus_clicked)
        self._model.changed.connect(lambda settings: self.focus.set_point(parse_focus(settings.focus)))
        self.history.edits_changed.connect(self._service.set_edits)
        self._view.view_changed.connect(self._on_view_changed)
        self._view.overlay_changed.connect(self.bar.set_overlay)
        self._service.photo_opened.connect(self._on_photo_opened)
        self._service.depth_opened.connect(self._update_bar)
        self._service.matte_found.connect(self._on_matte_found)
        self._service.preview_rendered.connect(self._on_preview_rendered)
        self._service.xrays.made.connect(self._on_xray_made)
        self._service.tiles.tiles_rendered.connect(self._on_tiles_rendered)
        self._service.tiles.outdated.connect(self._on_tiles_outdated)

    @Slot(object)
    def _on_stroke_drawn(self, stroke: "Stroke") -> None:
        if self._service.found is None:
            self.brush.clear_trail()
            return
        self._add_to_mask(stroke, tr(_STROKE_TEXTS[stroke.kind]))

    @Slot(object)
    def _on_part_clicked(self, point: "Point") -> None:
        from portrait.core.matting.parts import part_kind_at
        from portrait.core.matting.strokes import PartEdit

        found = self._service.found
        kind = None if found is None else part_kind_at(found.preview.matte, point)
        if kind is None:
            self.bar.show_hint(tr("No hole or island is here"))
        else:
            self._add_to_mask(PartEdit(kind, point), tr(_PART_TEXTS[kind]))

    @Slot(int)
    def _on_person_clicked(self, number: int) -> None:
        found = self._service.found
        if found is None or not 1 <= number <= len(found.people):
            return
        kept = {n for n, person in enumerate(found.people, start=1) if person.is_kept}
        text = tr(mark("Blur person {n}") if number in kept else mark("Keep person {n}"), n=number)
        edits = self.history.edits
        self.history.push(PhotoEdits(edits.mask, tuple(sorted(kept ^ {number}))), text)

    @Slot(object)
    def _on_focus_clicked(self, point: FocusPoint) -> None:
        """Focus there, or at the person who was clicked; a setting of this photo, and so a step."""
        found = self._service.found
        if found is None:
            return
        height, width = found.preview.matte.shape
        row, column = min(int(point[1] * height), height - 1), min(int(point[0] * width), width - 1)
        is_subject = bool(found.preview.matte[row, column] > 0.5)
        self._model.set_value("focus", focus_text(None if is_subject else point))

    def _add_to_mask(self, edit: "Stroke | PartEdit", text: str) -> None:
        edits = self.history.edits
        self.history.push(PhotoEdits((*edits.mask, edit), edits.people), text)

    @Slot(object)
    def _on_photo_opened(self, shown: ShownPhoto) -> None:
        height, width = shown.photo.image.shape[:2]
        self._outlined = self._shown_matte = self._xrayed = None
        self._view.set_xray(None)
        if shown.kept is not None and shown.kept.photo is not None:
            self.history.open(shown.kept.photo)
            text = tr("Reopen {name}", name=shown.kept.portrait_name)
            self.history.take_over(shown.kept.edits, shown.kept.look, text)
            self._service.set_edits(self.history.edits)
        self._view.set_photo(shown.qimage, (width, height))
        self.brush.clear_trail()
        self.people.set_people((), ())
        self._update_bar()
        self._on_view_changed()

    @Slot(object)
    def _on_matte_found(self, found: "FoundMatte") -> None:
        if self._tool == "people":
            self._outline_people()
        self._show_matte()
        self._update_bar()

    @Slot(object)
    def _on_preview_rendered(self, preview: ShownPreview) -> None:
        self._show_matte()
        if not self._view.wanted_tiles():
            self.brush.clear_trail()

    @Slot(object)
    def _on_tiles_rendered(self, tiles: dict) -> None:  # type: ignore[type-arg]  # Qt's slots know plain types only
        self._view.put_tiles(tiles)
        if not self._view.wanted_tiles():
            self.brush.clear_trail()

    @Slot(object)
    def _on_tiles_outdated(self, changed: "Box | None") -> None:
        self._view.age_tiles(changed)
        self._service.tiles.want(self._view.wanted_tiles())

    @Slot()
    def _on_view_changed(self) -> None:
        self.bar.set_zoom(self._view.viewport.scale)
        self._service.tiles.want(self._view.wanted_tiles())

    def _outline_people(self) -> None:
        """Give the tool the outlines of everybody, who are looked for once a photo."""
        found = self._service.found
        everybody = None if found is None else found.everybody
        if found is None or everybody is None:
            self.people.set_people((), ())
            return
        if everybody is not self._outlined:
            self._outlined = everybody
            height, width = found.photo.preview.image.shape[:2]
            self._outlines = everybody.outlines((height, width))
        self.people.set_people(self._outlines, [person.is_kept for person in found.people])

    def _show_matte(self) -> None:
        """Give the view the matte while it is to be seen."""
        found = self._service.found
        if found is None or self._view.overlay == "off":
            return
        if self._view.overlay == "xray":
            if found is not self._xrayed:
                self._xrayed = found
                self._view.set_xray(None)
                self._service.xrays.request(found, split_subject(self._model.settings.subject))
            return
        matte = found.preview.matte
        if matte is not self._shown_matte:
            self._shown_matte = matte
            self._view.set_matte(to_grey(matte))

    @Slot(object)
    def _on_xray_made(self, xray: ShownXRay) -> None:
        if xray.found is self._service.found:
            self._view.set_xray(xray)

    @Slot()
    def _update_bar(self) -> None:
        found = self._service.found
        is_choice = found is not None and found.everybody is not None
        has_distances = found is not None and found.preview_defocus.has_distances
        self.bar.set_possible(is_found=found is not None, is_choice=is_choice, has_distances=has_distances)
        if not self.bar.tool_buttons[self._tool].isEnabled():
            self.choose_tool("move")
