"""The menu of what was found in the open photo: what is checked stays sharp."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMenu, QWidget

from portrait.gui.photo.thing_finder import ThingFinder, ThingsOfPhoto
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.photo.found_matte import OpenedPhoto
from portrait.photo.things import class_text
from portrait.settings.subject import split_subject, toggle_subject


class SubjectMenu(QMenu):
    """Lists people, and what else was found in the photo, with its share of it; looks for it when it is opened.

    What is checked stays sharp. The choice is a setting of the photo's look, and so a step that can be undone.

    Parameters
    ----------
    finder
        Finds what the photo shows.
    model
        The settings, of which ``subject`` is chosen here.
    """

    def __init__(self, finder: ThingFinder, model: SettingsModel, parent: QWidget) -> None:
        super().__init__(tr("What stays s&harp"), parent)
        self._finder = finder
        self._model = model
        self._photo: OpenedPhoto | None = None
        self._known: ThingsOfPhoto | None = None
        self.setAccessibleName(tr("What stays sharp"))
        self.aboutToShow.connect(self._on_about_to_show)
        finder.found.connect(self._on_found)

    def set_photo(self, photo: OpenedPhoto | None) -> None:
        """Take the open photo; what it shows is looked for when the menu is opened. Without one, disable the menu."""
        self._photo = photo
        self.menuAction().setEnabled(photo is not None)

    @Slot()
    def _on_about_to_show(self) -> None:
        if self._photo is not None and not self._is_known:
            self._finder.request(self._photo)
        self._fill()

    @Slot(object)
    def _on_found(self, known: ThingsOfPhoto) -> None:
        self._known = known
        self._fill()

    @property
    def _is_known(self) -> bool:
        return self._known is not None and self._known.photo is self._photo

    def _fill(self) -> None:
        """List people, then what else is known of the photo, then what is chosen and not in it."""
        self.clear()
        subject = self._model.settings.subject
        chosen = split_subject(subject) or ("person",)
        things = self._known.things if self._known is not None and self._is_known else None
        shares = {thing.name: thing.share for thing in things or ()}
        order = ["person", *(name for name in dict.fromkeys((*shares, *chosen)) if name != "person")]
        for name in order:
            action = self.addAction(_entry(name, shares.get(name)))
            action.setCheckable(True)
            action.setChecked(name in chosen)
            action.triggered.connect(partial(self._toggle, name, order))
        if self._photo is not None and not self._is_known:
            self.addAction(tr("Looking for more…")).setEnabled(False)
        elif len(order) == 1:
            self.addAction(tr("Nothing else was found")).setEnabled(False)

    def _toggle(self, name: str, order: Sequence[str]) -> None:
        self._model.set_value("subject", toggle_subject(self._model.settings.subject, name, order))


class SubjectButton(SymbolButton):
    """A button that opens the menu."""

    def __init__(self, menu: SubjectMenu) -> None:
        super().__init__("people", tr("Subject"))
        self.setToolTip(tr("People, pets and things that were found: what stays sharp"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click, Space still shows the original
        self.setMenu(menu)


def _entry(name: str, share: float | None) -> str:
    """Text of a class: its name and share."""
    text = class_text(name)
    shown = text[:1].upper() + text[1:]
    if name == "person":
        shown = tr("People")
    return shown if share is None else tr("{what}: {percent:.0f} % of the photo", what=shown, percent=100.0 * share)
