"""The line below the title of the Photo page: the photo's size, and what is under way."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from portrait.gui.photo.photo_requests import PhotoStage
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.photo.session import OpenedPhoto


def size_text(photo: "OpenedPhoto | None") -> str:
    """Width and height of the photo in pixels; empty without one."""
    return "" if photo is None else f"{photo.image.shape[1]} × {photo.image.shape[0]}"


def progress_texts(stages: Collection[PhotoStage]) -> list[str]:
    """Texts for those of the stages that take long enough to be noticed."""
    texts: dict[PhotoStage, str] = {
        "open": tr("opening…"),
        "matte": tr("finding the person…"),
        "depth": tr("reading the depth map…"),
        "save": tr("saving at full size…"),
    }
    return [text for stage, text in texts.items() if stage in stages]
