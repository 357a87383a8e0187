"""What stays sharp in a live picture."""

from collections.abc import Sequence

from portrait.engine import PortraitEngine
from portrait.photo.things import engine_for

CLASSES_SIDE_PX = 320
"""Side of the square of pixels at which a network of classes sees live frames (decision 113)."""


def live_engine(engine: PortraitEngine, subject: Sequence[str]) -> PortraitEngine:
    """An engine that keeps a subject sharp in live frames: the network of classes, if it is needed, at fewer pixels.

    Parameters
    ----------
    engine
        As `portrait.engine.open_engine` opens it.
    subject
        Names of classes; none: people.

    Raises
    ------
    ModelError
        The network of classes cannot be opened, or does not know a class.
    """
    return engine_for(engine, subject, CLASSES_SIDE_PX)
