"""Applies what was changed by hand in a photo's matte: strokes, parts, people."""

from collections.abc import Sequence
from dataclasses import replace

from portrait.core.matting.mending import MendedMatte
from portrait.photo.edits import PhotoEdits
from portrait.photo.found_matte import FoundMatte


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
