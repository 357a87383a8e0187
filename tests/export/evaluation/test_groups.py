"""Figures by group: what a photo tells of itself, and the section of the card."""

import numpy as np
import pytest

from export.errors import ExportError
from export.evaluation.card_groups import format_groups, kept_section, put_section
from export.evaluation.groups import ModelGroups, photo_groups
from portrait.benchmark.groups import GroupFigures

GROUPS = ModelGroups(
    "red",
    "ab12",
    (GroupFigures("light", "even", 14, 0.92, 0.01), GroupFigures("light", "dark", 14, 0.8, 0.02)),
    (GroupFigures("cut by the frame", "whole", 3, 0.9, 0.03),),
    ("street/val", "ours"),
)
CARD = "# red\n\nSHA-256 `ab12`\n\n## Measured\n\nfigures\n\n## Weights and data\n\nours\n"


def photo(person_level: int, background_level: int, rows: slice, columns: slice) -> dict[str, str] | None:
    label = np.zeros((20, 20), np.uint8)
    label[rows, columns] = 255
    levels = np.where(label > 128, person_level, background_level).astype(np.uint8)
    return photo_groups(np.repeat(levels[..., None], 3, axis=2), label)


@pytest.mark.parametrize(
    ("seen", "light", "share", "cut"),
    [
        (photo(120, 120, slice(8, 12), slice(8, 12)), "ordinary", "far", "whole"),
        (photo(60, 200, slice(8, 20), slice(5, 12)), "backlit", "middle", "one side"),
        (photo(30, 40, slice(4, 20), slice(0, 14)), "dark", "near", "two sides or more"),
    ],
)
def test_a_photo_tells_light_share_and_crop(seen: dict[str, str], light: str, share: str, cut: str) -> None:
    assert seen == {"light of the photo": light, "share of the person": share, "cut by the frame": cut}


def test_a_photo_of_nobody_is_in_no_group() -> None:
    assert photo(0, 100, slice(0, 0), slice(0, 0)) is None


def test_the_section_stands_before_the_sources_once_and_names_the_gap() -> None:
    card = put_section(put_section(CARD, GROUPS), GROUPS)
    assert card.count("## By group") == 1
    assert card.index("## Measured") < card.index("## By group") < card.index("## Weights and data")
    assert "| light | dark | 14 | 0.800 | 0.0200 |" in card
    assert "Worst group below the best one, person IoU: light 0.120." in card
    assert "Photos of street/val, ours, by what" in card
    assert "| cut by the frame | whole | 3 | 0.900 | 0.0300 |" in card


def test_the_section_is_kept_for_the_same_file_only() -> None:
    card = put_section(CARD, GROUPS)
    assert kept_section(card, "ab12") == format_groups(GROUPS).strip()
    assert kept_section(card, "cd34") == ""
    assert kept_section(CARD, "ab12") == ""


@pytest.mark.parametrize("card", [CARD.replace("ab12", "cd34"), CARD.replace("## Weights", "## Other")])
def test_the_card_of_another_file_is_refused(card: str) -> None:
    with pytest.raises(ExportError, match="card"):
        put_section(card, GROUPS)
