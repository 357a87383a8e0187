"""Drawn people by group: balanced, of known skin tone, with exact alpha beside what they lean on."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from portrait.benchmark.scenes.drawing import Color
from portrait.benchmark.scenes.group_scenes import TONES, GroupScene, draw_group_scene, list_group_scenes

# Limits of the individual typology angle, in degrees (Chardon et al. 1991).
CLASSES = {
    "very light": (55.0, 90.0),
    "light": (41.0, 55.0),
    "intermediate": (28.0, 41.0),
    "tan": (10.0, 28.0),
    "brown": (-30.0, 10.0),
    "dark": (-90.0, -30.0),
}


def typology_angle_deg(color: Color) -> float:
    """From sRGB over XYZ (D65) to L* and b* of CIELAB."""
    levels = np.array(color) / 255.0
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    y, z = linear @ (0.2126, 0.7152, 0.0722), linear @ (0.0193, 0.1192, 0.9505) / 1.089
    fy, fz = np.cbrt((y, z))
    return math.degrees(math.atan2(116.0 * fy - 66.0, 200.0 * (fy - fz)))


@pytest.mark.parametrize("tone", TONES)
def test_every_skin_tone_is_of_its_class(tone: str) -> None:
    lowest, highest = CLASSES[tone]
    assert lowest < typology_angle_deg(TONES[tone]) < highest


def test_groups_are_equally_frequent_and_no_pair_of_kinds_hangs_together() -> None:
    scenes = list_group_scenes()
    assert len(set(scenes)) == len(scenes) == 42
    for kind in scenes[0].groups:
        assert len(set(Counter(scene.groups[kind] for scene in scenes).values())) == 1, kind
    for first, second in combinations(scenes[0].groups, 2):
        pairs = Counter((scene.groups[first], scene.groups[second]) for scene in scenes)
        expected = len({scene.groups[first] for scene in scenes}) * len({scene.groups[second] for scene in scenes})
        assert len(pairs) == expected, (first, second)


def scene_with(**groups: str | None) -> GroupScene:
    return next(one for one in list_group_scenes() if all(getattr(one, key) == groups[key] for key in groups))


def test_what_somebody_sits_on_is_apart_from_the_person() -> None:
    drawn = draw_group_scene(scene_with(aid="wheelchair", light="even"), 96)
    assert drawn.image.shape == (96, 77, 3)
    assert (drawn.alpha + drawn.aid_alpha).max() <= 1.0 + 1e-6
    assert drawn.aid_alpha.max() == pytest.approx(1.0)
    assert not drawn.judged[drawn.aid_alpha > 0.5].any()
    nobody_leans = draw_group_scene(scene_with(aid=None, light="even"), 96)
    assert nobody_leans.aid_alpha.max() == 0.0
    assert nobody_leans.judged.all()


def test_light_is_as_named() -> None:
    levels: dict[str, list[float]] = {"even": [], "backlit": [], "dark": []}
    for scene in list_group_scenes()[:9]:
        drawn = draw_group_scene(scene, 64)
        levels[scene.light].append(float(drawn.image[drawn.alpha > 0.5].mean()))
    means = {light: np.mean(of_light) for light, of_light in levels.items()}
    assert means["dark"] < 0.5 * means["even"]
    assert means["dark"] < means["backlit"] < 0.75 * means["even"]


def test_a_headscarf_leaves_the_face_free_and_hides_the_rest_of_the_head() -> None:
    scarf = draw_group_scene(scene_with(head="headscarf", aid=None), 160).alpha > 0.5
    bald = draw_group_scene(scene_with(head="bald", aid=None), 160).alpha > 0.5
    head = slice(16, 46)
    assert scarf[head].sum() > 1.1 * bald[head].sum()
