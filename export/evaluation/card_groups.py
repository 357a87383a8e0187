"""The section of a model card on groups: written by `python -m export groups`, kept when the card is written anew."""

import re
from collections.abc import Sequence

from export.errors import ExportError
from export.evaluation.groups import ModelGroups
from portrait.benchmark.groups import GroupFigures, worst_gaps

TITLE = "## By group"
_SECTION = re.compile(rf"(?ms)^{TITLE}\n.*?(?=^## )")
_BEFORE = "## Weights and data"
_DRAWN = (
    "Drawn people whose alpha is known exactly (`portrait.benchmark.scenes.group_scenes`), each pair of skin tone, "
    "head and light as often. Skin tones are classes of the individual typology angle; in the dark a sixteenth of "
    "the light is left, with the noise of a sensor. What somebody leans or sits on is not judged. Drawn people show "
    "differences between groups, not how good the network is on photos:"
)
_PHOTOS = (
    "Photos of {sets}, by what the photo tells. Dark: mean level below 60 of 255; backlit: the person "
    "has less than 0.6 of the background's level; far, near: the person is less than 8 %, more than 30 % of the photo:"
)


def format_groups(groups: ModelGroups) -> str:
    """The section as Markdown: figures by group, and the gap between the best and the worst group of each kind."""
    parts = [TITLE, _DRAWN, _table(groups.drawn)]
    if groups.photos:
        parts += [_PHOTOS.format(sets=", ".join(groups.sets)), _table(groups.photos)]
    return "\n\n".join(parts) + "\n\n"


def put_section(card: str, groups: ModelGroups) -> str:
    """A card with the section, in place of an older one or before that on weights and data.

    Raises
    ------
    ExportError
        The card is of another file, or has no section on weights and data.
    """
    if f"`{groups.sha256}`" not in card:
        raise ExportError(f"the card is not that of {groups.name}", "write it anew with: python -m export card")
    without = _SECTION.sub("", card)
    if _BEFORE not in without:
        raise ExportError(f"the card has no section “{_BEFORE}”", "write it anew with: python -m export card")
    return without.replace(_BEFORE, format_groups(groups) + _BEFORE, 1)


def kept_section(card: str, sha256: str) -> str:
    """The section of a card, if that is of the file with this checksum; else an empty text."""
    found = _SECTION.search(card) if f"`{sha256}`" in card else None
    return "" if found is None else found.group().strip()


def _table(figures: Sequence[GroupFigures]) -> str:
    lines = ["| kind | group | pictures | person IoU | alpha MAE |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.kind} | {one.group} | {one.pictures} | {one.person_iou:.3f} | {one.alpha_mae:.4f} |" for one in figures
    ]
    gaps = ", ".join(f"{kind} {gap:.3f}" for kind, gap in worst_gaps(figures).items())
    return "\n".join([*lines, "", f"Worst group below the best one, person IoU: {gaps}."])
