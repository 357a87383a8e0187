"""Answers of the Photo page's worker, and how a request is run to one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portrait.errors import PortraitError
from portrait.gui.photo.photo_requests import PhotoFailure, PhotoStage

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The answer to one request.

    Attributes
    ----------
    generation
        Number of the open photo that the request was about.
    stage, number
        Stage of the request, and its number among those of the stage.
    content
        The result or a `PhotoFailure`; None when a bug ended the request.
    """

    generation: int
    stage: PhotoStage
    number: int
    content: object


@dataclass(frozen=True, slots=True, eq=False)
class NumberedRequest:
    """A request about an open photo; else as `Answer`.

    ``photo_name`` is its name in messages about a lack of memory, ``source`` its file.
    """

    generation: int
    stage: PhotoStage
    number: int
    photo_name: str
    request: Callable[[], object]
    source: Path | None = None

    def run(self, post: Callable[[Answer], None]) -> None:
        """Run it on the calling thread, and post its result, its failure or its end by a bug."""
        from portrait.photo.saving import memory_shortage_told

        content: object = None
        try:
            with memory_shortage_told(self.photo_name):
                content = self.request()
        except PortraitError as exc:
            if self.stage == "save":  # the window may be closed by then and show nothing
                _log.error("%s", exc)
            content = PhotoFailure(self.stage, exc, self.source)
        finally:
            post(Answer(self.generation, self.stage, self.number, content))
