"""The portrait on the clipboard: rendered on the page's worker as it would be saved."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from portrait.errors import PortraitError
from portrait.gui.photo.photo_requests import load_look
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.gui.widgets.qimage import to_qimage
from portrait.language import tr
from portrait.settings import Settings

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.files.image_io import Photo
    from portrait.photo.found_matte import FoundMatte

_MOST_PIXELS = 50_000_000
"""A larger portrait is reduced: programs that paste take several times its size in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class CopiedPortrait:
    """A portrait for the clipboard, or why there is none."""

    image: QImage
    error: PortraitError | None = None


class PortraitCopy(QObject):
    """Renders portraits for the clipboard.

    Parameters
    ----------
    engine
        The engine, once it is open.
    worker
        Of the page; a copy waits behind what is under way there.
    """

    made = Signal(object)  # CopiedPortrait

    def __init__(self, engine: Future["PortraitEngine"], worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._worker = worker
        self._crossing = Crossing(self.made.emit, self)

    def request(self, found: "FoundMatte", settings: Settings) -> None:
        """Render a portrait with its settings, in place of one that waits."""
        from portrait.photo.saving import memory_shortage_told

        def run() -> None:
            try:
                with memory_shortage_told(tr("The picture")):
                    copied = CopiedPortrait(render_copy(self._engine.result(), found, settings))
            except PortraitError as exc:
                copied = CopiedPortrait(QImage(), exc)
            self._crossing.post(copied)

        self._worker.submit("copy", run)

    def close(self) -> bool:
        """Stop for good."""
        self._worker.discard("copy")
        self._crossing.close()
        return True


def render_copy(engine: "PortraitEngine", found: "FoundMatte", settings: Settings) -> QImage:
    """The portrait as it would be saved, in sRGB with 8 bits; what is transparent stays so."""
    from portrait.photo.cropping import crop_photo, saved_box
    from portrait.photo.display import to_shown
    from portrait.photo.saving import render_portrait

    portrait, _ = render_portrait(engine, found, load_look(settings, found))
    photo = crop_photo(portrait, saved_box(found.matte, settings.save))
    shown = to_shown(photo.image, photo.metadata, None)
    image = _with_transparency(photo, to_qimage(shown, photo.metadata.icc_profile))
    pixels = image.width() * image.height()
    if pixels <= _MOST_PIXELS:
        return image
    width = int(image.width() * (_MOST_PIXELS / pixels) ** 0.5)
    return image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)


def _with_transparency(photo: "Photo", image: QImage) -> QImage:
    import numpy as np

    opacity = photo.metadata.transparency
    if opacity is None:
        return image
    levels = np.ascontiguousarray(opacity if opacity.dtype == np.uint8 else opacity // 257, np.uint8)
    height, width = levels.shape
    image.setAlphaChannel(QImage(levels.data, width, height, width, QImage.Format.Format_Grayscale8).copy())
    return image
