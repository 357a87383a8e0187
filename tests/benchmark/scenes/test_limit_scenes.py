"""Drawn scenes of known limits: what is subject and what is not, and a picture of each on the page."""

import re
from pathlib import Path

import numpy as np
import pytest

from portrait.benchmark.scenes.limit_scenes import LIMIT_KINDS, draw_limit_scene

PAGE = Path(__file__).parents[3] / "docs" / "limits.md"


@pytest.mark.parametrize("kind", LIMIT_KINDS)
def test_a_scene_has_a_subject(kind: str) -> None:
    scene = draw_limit_scene(kind, 96)
    assert scene.image.shape == (96, 77, 3)
    assert scene.alpha.min() >= 0.0
    assert 0.99 < scene.alpha.max() <= 1.0


def test_a_scene_is_the_same_at_every_run() -> None:
    first, again = draw_limit_scene("dark", 96), draw_limit_scene("dark", 96)
    assert (again.image == first.image).all()
    assert (again.alpha == first.alpha).all()


def test_what_is_no_subject_has_no_alpha() -> None:
    fence = draw_limit_scene("in-front", 200)
    assert fence.alpha[int(0.7 * 200), 68] < 0.01  # a rail before the middle of the body
    assert fence.alpha[int(0.62 * 200), 68] > 0.99  # the body between two rails
    assert draw_limit_scene("poster", 200).alpha[:120, 96:].max() < 0.01  # the woman on the sheet
    bystanders = draw_limit_scene("bystanders", 200).alpha
    assert bystanders[50:70, [20, 134]].max() < 0.01


def test_a_veil_is_neither_there_nor_away() -> None:
    alpha = draw_limit_scene("see-through", 200).alpha
    assert np.mean((alpha > 0.35) & (alpha < 0.45)) > 0.08


def test_far_people_are_small() -> None:
    assert 0.0005 < draw_limit_scene("small", 120).alpha.mean() < 0.02


def test_the_page_shows_every_kind_and_no_other() -> None:
    shown = re.findall(r"pictures/limits/([\w-]+)\.webp", PAGE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(LIMIT_KINDS)
    assert sorted(path.stem for path in (PAGE.parent / "pictures" / "limits").iterdir()) == sorted(LIMIT_KINDS)
