"""Drawn people by group: skin tone, hair or head covering, light, wheelchair or crutches, each with exact alpha."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from portrait.benchmark.scenes.backgrounds import BackgroundKind, draw_background
from portrait.benchmark.scenes.cast import CAST
from portrait.benchmark.scenes.drawing import Color, Layer, stack
from portrait.benchmark.scenes.people import Person, draw_person, pose_of
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.walking_aids import AidKind, draw_aid
from portrait.core.arrays import AlphaMatte, LinearImage, Mask, RgbImage
from portrait.core.color import to_srgb

GROUP_HEIGHT_PX = 240

TONES: Mapping[str, Color] = {
    "very light": (246.0, 220.0, 202.0),
    "light": (226.0, 184.0, 152.0),
    "intermediate": (204.0, 154.0, 118.0),
    "tan": (180.0, 134.0, 100.0),
    "brown": (126.0, 86.0, 62.0),
    "dark": (72.0, 48.0, 38.0),
}
"""Skin tones in sRGB, one of each class of the individual typology angle (Chardon et al. 1991,
doi:10.1111/j.1467-2494.1991.tb00561.x)."""

_HEADS: Mapping[str, Person] = {
    "bald": Person(None),
    "short hair": Person(CAST["cropped hair"].hair),
    "long hair": Person(CAST["straight hair"].hair),
    "tight curls": Person(CAST["curls"].hair),
    "headscarf": Person(None, covering="headscarf"),
    "turban": Person(None, covering="turban", covering_color=(60.0, 90.0, 130.0)),
    "cap": Person(CAST["cropped hair"].hair, covering="cap", covering_color=(150.0, 40.0, 40.0)),
}

LightKind = Literal["even", "backlit", "dark"]
_LIGHTS: Mapping[LightKind, tuple[float, float]] = {"even": (1.0, 1.0), "backlit": (0.22, 1.8), "dark": (0.06, 0.06)}
"""Factors of the light of person and background."""

_AIDS: tuple[AidKind | None, ...] = (None, "wheelchair", "crutches")
_BACKGROUNDS: tuple[BackgroundKind, ...] = ("garden", "bricks", "shelves")
_SHIRTS: tuple[Color, ...] = ((70.0, 84.0, 110.0), (150.0, 70.0, 60.0), (196.0, 176.0, 140.0))
_FULL_WELL, _READ_NOISE = 4000.0, 3e-4  # electrons of white, and noise of reading as a share of white
_ASPECT = 0.8


@dataclass(frozen=True, slots=True)
class GroupScene:
    """What a drawn person belongs to; the names are keys of the tables in this module.

    Attributes
    ----------
    tone, head, light, aid
        Groups of the four kinds.
    background
        Not a group: it differs only so that no figure hangs on one background.
    """

    tone: str
    head: str
    light: LightKind
    aid: AidKind | None
    background: BackgroundKind

    @property
    def groups(self) -> dict[str, str]:
        """Name of the group by kind."""
        return {
            "skin tone": self.tone,
            "hair, head covering": self.head,
            "light": self.light,
            "aid": self.aid or "none",
        }


@dataclass(frozen=True, slots=True, eq=False)
class DrawnGroup:
    """An image and its truth.

    Attributes
    ----------
    image
        uint8 (H, W, 3) sRGB.
    alpha
        Of the person alone, without wheelchair or crutches, float32 (H, W).
    aid_alpha
        How much of each pixel is wheelchair or crutches, float32 (H, W).
    """

    image: RgbImage
    alpha: AlphaMatte
    aid_alpha: AlphaMatte

    @property
    def judged(self) -> Mask:
        """Where the person is judged: networks learn from masks with and without what somebody leans on."""
        return self.aid_alpha < 0.02


def list_group_scenes() -> tuple[GroupScene, ...]:
    """A fractional factorial design: a third of all 126 triples of tone, head and light, each pair of them as often.

    Aid and background follow from the three as in a Latin square, so that none hangs on one tone, head or light.
    """
    triples = product(enumerate(TONES), enumerate(_HEADS), enumerate(_LIGHTS))
    return tuple(
        GroupScene(tone, head, light, _AIDS[(row + 2 * column) % 3], _BACKGROUNDS[(row // 3 + head_row + column) % 3])
        for (row, tone), (head_row, head), (column, light) in triples
        if (row + head_row + column) % 3 == 0
    )


def draw_group_scene(scene: GroupScene, height: int = GROUP_HEIGHT_PX) -> DrawnGroup:
    """Draw a scene of `list_group_scenes`; the same at every run."""
    place = Place(height, round(_ASPECT * height), 0)
    number = list_group_scenes().index(scene)
    rng = np.random.default_rng(np.random.SeedSequence((19, number)))
    # Person and aid, and how much of a pixel each is.
    person = replace(
        _HEADS[scene.head],
        skin_tone=TONES[scene.tone],
        shirt_color=_SHIRTS[rng.integers(len(_SHIRTS))],
        arms=("down", "down"),
        head_px_share=0.082,
        y_share=0.2,
    )
    body = draw_person(person, place.shape, rng)
    layers = _around(body, scene.aid, person, place)
    subject = stack(layers)
    # Light, and what a sensor makes of it.
    person_gain, background_gain = _LIGHTS[scene.light]
    background = draw_background(scene.background, place, (176.0, 180.0, 172.0), (), rng)
    share = subject.alpha[..., None]
    light = share * subject.light * person_gain + (1.0 - share) * background * background_gain
    alpha = _visible(layers, body)
    return DrawnGroup(_expose(np.asarray(light, np.float32), rng), alpha, np.clip(subject.alpha - alpha, 0.0, 1.0))


def _around(body: Layer, aid: AidKind | None, person: Person, place: Place) -> list[Layer]:
    if aid is None:
        return [body]
    behind, before = draw_aid(aid, pose_of(person, place.shape), place.shape)
    return [body, before] if behind is None else [behind, body, before]


def _visible(layers: list[Layer], body: Layer) -> AlphaMatte:
    """Alpha of the body behind what stands before it."""
    alpha = body.alpha
    for layer in layers[layers.index(body) + 1 :]:
        alpha = alpha * (1.0 - layer.alpha)
    return np.asarray(alpha, dtype=np.float32)


def _expose(light: LinearImage, rng: np.random.Generator) -> RgbImage:
    """Shot noise and noise of reading, then sRGB: visible in the dark only."""
    spread = np.sqrt(np.maximum(light, 0.0) / _FULL_WELL + _READ_NOISE**2)
    noisy = light + spread * rng.standard_normal(light.shape, np.float32)
    return to_srgb(np.clip(noisy, 0.0, 1.0).astype(np.float32))
