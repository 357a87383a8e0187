"""What was changed by hand in a photo's matte: strokes, parts, people. Kept as data, applied at any time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portrait.core.matting.mending import MendedMatte
from portrait.core.matting.strokes import Edit
from portrait.photo.found_matte import FoundMatte


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

    mask: tuple[Edit, ...] = ()
    people: tuple[int, ...] | None = None


def edit_matte(found: FoundMatte, edits: PhotoEdits, unedited: FoundMatte | None = None) -> FoundMatte:
    """The matte of a photo with these changes in place of those that it has.

    Only what is new is computed: with one stroke more than before, the neighbourhood of that stroke.

    Parameters
    ----------
    found
        The matte with any changes.
    unedited
        The matte as the settings chose it, by whose people ``found`` goes where none are chosen by hand; None: that is
        ``found``.
    """
    chosen = _choose(found, found if unedited is None else unedited, edits.people)
    if chosen.mended.edits == edits.mask:
        return chosen
    return chosen.with_mended(chosen.mended.with_edits(edits.mask))


def _choose(found: FoundMatte, unedited: FoundMatte, numbers: Sequence[int] | None) -> FoundMatte:
    """The matte of the people who were chosen, with the strokes that it has where these stay the same."""
    everybody = found.everybody
    if everybody is None:
        return found
    is_kept = tuple(
        person.is_kept if numbers is None else number in numbers
        for number, person in enumerate(unedited.people, start=1)
    )
    if is_kept == tuple(person.is_kept for person in found.people):
        return found
    mended = MendedMatte(found.photo.image, everybody.matte_of(is_kept))
    return replace(found.with_mended(mended), people=everybody.told(is_kept))
