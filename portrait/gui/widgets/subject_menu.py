"""The menu of what a picture shows: what is checked stays sharp."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMenu, QWidget

from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.settings import read_setting
from portrait.settings.subject import split_subject, toggle_subject

if TYPE_CHECKING:
    from portrait.core.arrays import RgbImage
    from portrait.photo.things import FoundThing


class SubjectMenu(QMenu):
    """Lists people, and what else a picture shows, with its share of it; asks for that when it is opened.

    Parameters
    ----------
    look_at
        Called with a picture, uint8 (H, W, 3), of which nothing is known; the answer is `show_things`.
    model
        The settings.
    key
        The one that is chosen here: what is checked stays sharp.
    """

    def __init__(
        self,
        look_at: Callable[["RgbImage"], None],
        model: SettingsModel,
        key: Literal["subject", "live_subject"],
        parent: QWidget,
    ) -> None:
        super().__init__(tr("What stays s&harp"), parent)
        self._look_at = look_at
        self._model = model
        self._key = key
        self._image: RgbImage | None = None
        self._looked_at: RgbImage | None = None
        self._things: Sequence[FoundThing] | None = None
        self._is_known = False
        self.setAccessibleName(tr("What stays sharp"))
        self.aboutToShow.connect(self._on_about_to_show)
        self.set_image(None)

    def set_image(self, image: "RgbImage | None") -> None:
        """Take the picture that is shown, uint8 (H, W, 3). Without one, disable the menu."""
        self._image = image
        self.menuAction().setEnabled(image is not None)

    @Slot(object, object)
    def show_things(self, image: "RgbImage", things: "Sequence[FoundThing] | None") -> None:
        """List what a picture shows, unless the menu was opened for another one since; None: that is not known."""
        if image is self._looked_at:
            self._things, self._is_known = things, True
            self._fill()

    @Slot()
    def _on_about_to_show(self) -> None:
        if self._image is not self._looked_at:
            self._looked_at, self._things, self._is_known = self._image, None, False
        if self._looked_at is not None and not self._is_known:
            self._look_at(self._looked_at)
        self._fill()

    def _fill(self) -> None:
        """List people, then what else is known of the picture, then what is chosen and not in it."""
        self.clear()
        chosen = split_subject(self._subject) or ("person",)
        shares = {thing.name: thing.share for thing in self._things or ()}
        order = ["person", *(name for name in dict.fromkeys((*shares, *chosen)) if name != "person")]
        for name in order:
            action = self.addAction(_entry(name, shares.get(name)))
            action.setCheckable(True)
            action.setChecked(name in chosen)
            action.triggered.connect(partial(self._toggle, name, order))
        if not self._is_known:
            self.addAction(tr("Looking for more…")).setEnabled(False)
        elif len(order) == 1:
            self.addAction(tr("Nothing else was found")).setEnabled(False)

    @property
    def _subject(self) -> str:
        return str(read_setting(self._model.settings, self._key))

    def _toggle(self, name: str, order: Sequence[str]) -> None:
        self._model.set_value(self._key, toggle_subject(self._subject, name, order))


class SubjectButton(SymbolButton):
    """A button that opens the menu, and is disabled with it."""

    def __init__(self, menu: SubjectMenu) -> None:
        super().__init__("people", tr("Subject"))
        self.setToolTip(tr("People, pets and things that were found: what stays sharp"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click, Space still shows the original
        self.setMenu(menu)
        menu.menuAction().enabledChanged.connect(self.setEnabled)
        self.setEnabled(menu.menuAction().isEnabled())


def _entry(name: str, share: float | None) -> str:
    """Text of a class: its name and share."""
    from portrait.photo.things import class_text

    text = class_text(name)
    shown = text[:1].upper() + text[1:]
    if name == "person":
        shown = tr("People")
    return shown if share is None else tr("{what}: {percent:.0f} % of the picture", what=shown, percent=100.0 * share)
