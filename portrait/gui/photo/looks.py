"""Thumbnails of the open photo in the looks to choose from."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from portrait.errors import PortraitError
from portrait.gui.photo.photo_requests import load_look
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.gui.widgets.qimage import to_qimage
from portrait.settings import Settings, replace_settings
from portrait.settings.presets import Preset

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.photo.session import FoundMatte

THUMBNAIL_PX = 144


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """Thumbnails for one request; without those that failed."""

    number: int
    images: Mapping[str, QImage]


class LookThumbnails(QObject):
    """Renders the looks small; parameters as those of `portrait.gui.photo.photo_tiles.PhotoTiles`."""

    rendered = Signal(object)  # dict[str, QImage]

    def __init__(self, engine: Future["PortraitEngine"], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(self._on_answer, self)
        self._number = 0

    def request(self, found: "FoundMatte", settings: Settings, presets: Sequence[Preset]) -> None:
        """Render a photo in each of the looks; settings that no look changes are these."""
        self._number += 1
        number = self._number

        def run() -> None:
            images: dict[str, QImage] = {}
            try:
                images = _render_all(self._engine.result(), found, settings, presets)
            finally:
                self._crossing.post(_Answer(number, images))

        self._worker.submit("looks", run)

    def close(self) -> None:
        """Stop for good."""
        self._worker.discard("looks")
        self._crossing.close()

    def _on_answer(self, answer: _Answer) -> None:
        if answer.number == self._number:
            self.rendered.emit(answer.images)


def _render_all(
    engine: "PortraitEngine", found: "FoundMatte", settings: Settings, presets: Sequence[Preset]
) -> dict[str, QImage]:
    """Render every look at the size of a thumbnail, without grain and without depth."""
    import numpy as np

    from portrait.core.resize import downsample_to_long_side
    from portrait.photo.display import to_shown

    image = np.ascontiguousarray(downsample_to_long_side(found.photo.preview.image, THUMBNAIL_PX), np.uint8)
    matte = np.ascontiguousarray(downsample_to_long_side(found.preview.matte, THUMBNAIL_PX).clip(0.0, 1.0), np.float32)
    metadata = found.photo.metadata
    images = {}
    for preset in presets:
        try:
            look = load_look(replace_settings(settings, preset.all_values), found)
        except PortraitError:  # the picture of its background is gone, which is told when the look is chosen
            continue
        shown = engine.render_live(image, matte, look) if found.has_person else image
        images[preset.name] = to_qimage(to_shown(shown, metadata, None), metadata.icc_profile)
    return images
