"""Looks to choose from, as settings by key, and their thumbnails of the open photo."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from portrait.core.resize import downsample_to_long_side
from portrait.engine import PortraitEngine
from portrait.gui.photo.photo_requests import load_look
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.gui.widgets.qimage import to_qimage
from portrait.language import mark
from portrait.photo.display import to_shown
from portrait.photo.session import FoundMatte
from portrait.settings import Settings, SettingValue, look_keys, replace_setting, setting_field

THUMBNAIL_PX = 144

LOOKS: Mapping[str, Mapping[str, SettingValue]] = {
    mark("Gentle"): {"blur.f_number": 4.0},
    mark("Portrait"): {},
    mark("Dreamy"): {"blur.f_number": 1.4},
    mark("Lights"): {"blur.f_number": 1.4, "blur.highlight_boost": 0.6},
    mark("Swirl"): {"blur.f_number": 1.4, "blur.swirl": 0.8, "blur.cats_eye": 0.5},
    mark("Mono"): {"background": "mono"},
    mark("Stage"): {"background": "stage"},
    mark("White"): {"background": "color:#FFFFFF"},
}
"""By name; settings that are not named have their defaults."""

_OWN_PREFIXES = ("blur.lens.", "quality", "people", "depth", "ground", "focus", "focal_range", "grain")
"""What no look changes: it depends on the photo."""


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """Thumbnails for one request; without those that failed."""

    number: int
    images: Mapping[str, QImage]


class LookThumbnails(QObject):
    """Renders the looks small; parameters as those of `portrait.gui.photo.photo_tiles.PhotoTiles`."""

    rendered = Signal(object)  # dict[str, QImage]

    def __init__(self, engine: Future[PortraitEngine], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(self._on_answer, self)
        self._number = 0

    def request(self, found: FoundMatte, settings: Settings) -> None:
        """Render all looks of a photo; settings that no look changes are these."""
        self._number += 1
        number = self._number

        def run() -> None:
            images: dict[str, QImage] = {}
            try:
                images = _render_all(self._engine.result(), found, settings)
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


def look_values(name: str) -> dict[str, SettingValue]:
    """All settings that a look changes, by key."""
    changed = LOOKS[name]
    keys = (key for key in look_keys() if not key.startswith(_OWN_PREFIXES))
    return {key: changed.get(key, setting_field(key).default) for key in keys}


def _render_all(engine: PortraitEngine, found: FoundMatte, settings: Settings) -> dict[str, QImage]:
    """Render every look at the size of a thumbnail, without grain and without depth."""
    image = np.ascontiguousarray(downsample_to_long_side(found.photo.preview.image, THUMBNAIL_PX), np.uint8)
    matte = np.ascontiguousarray(downsample_to_long_side(found.preview.matte, THUMBNAIL_PX).clip(0.0, 1.0), np.float32)
    metadata = found.photo.metadata
    images = {}
    for name in LOOKS:
        look = load_look(_with_look(settings, name), found)
        shown = engine.render_live(image, matte, look) if found.has_person else image
        images[name] = to_qimage(to_shown(shown, metadata, None), metadata.icc_profile)
    return images


def _with_look(settings: Settings, name: str) -> Settings:
    for key, value in look_values(name).items():
        settings = replace_setting(settings, key, value)
    return settings
