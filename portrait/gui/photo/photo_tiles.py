"""Renders the tiles that the view needs, one after the other, those wanted last first."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from portrait.core.render.look import Look
from portrait.errors import PortraitError
from portrait.gui.photo.mask_overlay import to_grey
from portrait.gui.photo.photo_requests import load_look
from portrait.gui.photo.tiles import TILE_PX, Tile, TileKey, tile_box
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.gui.widgets.qimage import to_qimage
from portrait.settings import Settings

if TYPE_CHECKING:
    from portrait.core.boxes import Box
    from portrait.engine import PortraitEngine
    from portrait.photo.closeup import Closeup
    from portrait.photo.session import FoundMatte

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """Tiles of one state of the photo; None where it failed."""

    generation: int
    rendered: "_Rendered | None"


@dataclass(frozen=True, slots=True, eq=False)
class _Rendered:
    """Tiles, and how far from a change of the matte they change."""

    tiles: dict[TileKey, Tile]
    reach_px: int


class PhotoTiles(QObject):
    """Tiles of the portrait as it is now; answers about an earlier state are dropped.

    Parameters
    ----------
    engine
        The engine, once it is open.
    worker
        Runs the requests, between its others.
    """

    tiles_rendered = Signal(object)  # dict[TileKey, Tile]
    outdated = Signal(object)  # Box: earlier tiles show what is no more there, and are right elsewhere; None: nowhere

    def __init__(self, engine: Future["PortraitEngine"], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(self._on_answer, self)
        self._generation = 0
        self._found: FoundMatte | None = None
        self._settings: Settings | None = None
        self._load_look: Callable[[], Look] | None = None
        self._wanted: Sequence[TileKey] = ()
        self._is_waiting = False
        self._reach_px = 0

    @property
    def are_wanted(self) -> bool:
        """Whether a part of the photo is seen so large that tiles are to come."""
        return self._found is not None and bool(self._wanted)

    def begin(self, found: "FoundMatte", settings: Settings) -> None:
        """Render tiles of this state of the photo from now on, if it is another one."""
        if found is self._found and settings == self._settings:
            return
        self._generation += 1
        changed = None
        if self._found is not None and settings == self._settings and found.photo is self._found.photo:
            changed = self._reached(found.mended.changed_box(self._found.mended), found.mended.shape)
        self._found, self._settings = found, settings
        self._load_look = cache(lambda: load_look(settings, found))
        self._is_waiting = False
        self.outdated.emit(changed)
        self._go_on()

    def stop(self) -> None:
        """Render no more tiles before `begin`: those so far show what is no more."""
        self._generation += 1
        self._found = self._load_look = None
        self._is_waiting = False
        self._worker.discard("tile")
        self.outdated.emit(None)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._crossing.close()

    def want(self, keys: Sequence[TileKey]) -> None:
        """Render these, the first first, in place of those wanted before."""
        self._wanted = keys
        self._go_on()

    def _reached(self, changed: "Box", shape: tuple[int, int]) -> "Box":
        """Where the portrait changes with the matte in a box."""
        return changed.grown(self._reach_px, shape) if changed.area_px else changed

    def _go_on(self) -> None:
        """Request the first tile that is wanted, unless one is under way."""
        found, look = self._found, self._load_look
        if found is None or look is None or self._is_waiting or not self._wanted:
            return
        self._is_waiting = True
        generation, key = self._generation, self._wanted[0]

        def run() -> None:
            rendered = None
            try:
                rendered = _render(self._engine.result(), found, look(), key)
            except (PortraitError, MemoryError) as exc:  # the preview has told of it, and is shown in place of tiles
                _log.warning("no tile was rendered: %s", exc)
            finally:
                self._crossing.post(_Answer(generation, rendered))

        self._worker.submit("tile", run)

    def _on_answer(self, answer: _Answer) -> None:
        if answer.generation != self._generation:
            return
        self._is_waiting = False
        if answer.rendered is None:
            self.stop()
            return
        tiles, self._reach_px = answer.rendered.tiles, answer.rendered.reach_px
        self._wanted = [key for key in self._wanted if key not in tiles]
        self.tiles_rendered.emit(tiles)
        self._go_on()


def _render(engine: "PortraitEngine", found: "FoundMatte", look: Look, key: TileKey) -> _Rendered:
    """Render a tile, or all of them where the look allows no other way."""
    from portrait.photo.closeup import can_be_parted, reach_px, render_closeup

    height, width = found.mended.shape
    closeup = render_closeup(engine, found, look, tile_box(key, (width, height)))
    if can_be_parted(look):
        return _Rendered({key: _to_tile(closeup, closeup.box, found)}, reach_px(look.blur, (height, width)))
    keys = [(row, column) for row in range(-(-height // TILE_PX)) for column in range(-(-width // TILE_PX))]
    tiles = {one: _to_tile(closeup, tile_box(one, (width, height)), found) for one in keys}
    return _Rendered(tiles, max(height, width))


def _to_tile(closeup: "Closeup", box: "Box", found: "FoundMatte") -> Tile:
    """A part of a closeup for display."""
    inside, profile = box.within(closeup.box), found.photo.metadata.icc_profile
    before, after = (to_qimage(inside.crop(image).copy(), profile) for image in (closeup.before, closeup.after))
    return Tile(box, before, after, to_grey(inside.crop(closeup.matte)))
