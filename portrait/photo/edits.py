"""What was changed by hand in a matte, as data. Light to import: the window needs it before a photo is open."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portrait.core.matting.strokes import Edit


@dataclass(frozen=True, slots=True)
class PhotoEdits:
    """Changes by hand, independent of resolution: what the window keeps and undoes.

    Attributes
    ----------
    mask
        Strokes and parts, in their order.
    people
        Numbers of those who stay sharp, the largest person being 1; None: as the settings choose. A number that nobody
        has is without effect.
    """

    mask: "tuple[Edit, ...]" = ()
    people: tuple[int, ...] | None = None
