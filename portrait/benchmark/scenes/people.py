"""Drawn people with exact alpha: skin, cloth, face, hair, glasses and hands, composited layer by layer."""

from dataclasses import dataclass, replace

import numpy as np

from portrait.benchmark.scenes.body import (
    ArmPose,
    arm_outline,
    ear_outlines,
    hand_outlines,
    head_outline,
    neck_outline,
    shirt_outline,
)
from portrait.benchmark.scenes.coverings import CoveringKind, draw_covering
from portrait.benchmark.scenes.drawing import Color, Layer, Points, fill_alpha, stack
from portrait.benchmark.scenes.face import draw_beard, draw_features, model_face
from portrait.benchmark.scenes.glasses import draw_glasses
from portrait.benchmark.scenes.hair import HairStyle, draw_hair
from portrait.benchmark.scenes.materials import Cloth, cloth, relief, skin
from portrait.benchmark.scenes.pose import Pose
from portrait.core.arrays import LinearImage


@dataclass(frozen=True, slots=True)
class Person:
    """Parameters of a drawn person. Lengths are in units of half the head's height.

    Attributes
    ----------
    hair
        Hair; None: bald.
    skin_tone, iris, shirt_color
        Colours in sRGB.
    shirt
        Kind of cloth.
    arms
        Pose of the arms on the left and the right side of the image; None: the arm is not drawn.
    bare_arms
        Whether the sleeves are short.
    broad
        Width of the shoulders; 1 is usual.
    glasses
        Width of the frame's wire; None: no glasses.
    holds_glasses
        Whether the glasses are in the waving hand, not on the nose.
    beard
        Length of the beard; 0: none.
    covering, covering_color
        What is worn on the head; None: nothing.
    head_px_share, x_share, y_share, tilt_deg
        Half the head's height and the place of its centre as shares of the image's height, x from the middle; tilt of
        the head.
    """

    hair: HairStyle | None
    skin_tone: Color = (224.0, 176.0, 150.0)
    iris: Color = (96.0, 72.0, 50.0)
    shirt: Cloth = "plain"
    shirt_color: Color = (70.0, 84.0, 110.0)
    arms: tuple[ArmPose | None, ArmPose | None] = (None, None)
    bare_arms: bool = False
    broad: float = 1.0
    glasses: float | None = None
    holds_glasses: bool = False
    beard: float = 0.0
    covering: CoveringKind | None = None
    covering_color: Color = (96.0, 60.0, 84.0)
    head_px_share: float = 0.175
    x_share: float = 0.0
    y_share: float = 0.4
    tilt_deg: float = 0.0


def draw_person(person: Person, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """Draw a person as one layer of size ``shape``, (H, W).

    Returns
    -------
    Layer
        Foreground F in linear light, and alpha with every strand of hair.
    """
    upright = pose_of(person, shape)
    head = replace(upright, tilt_deg=person.tilt_deg)
    flesh = skin(person.skin_tone, shape, upright.unit_px, rng)
    # Draw body, head, hair and glasses, from back to front.
    layers = _draw_body(person, upright, flesh, shape, rng)
    layers += _draw_head(person, head, flesh, shape, rng)
    if person.hair is not None:
        behind, before = draw_hair(person.hair, head, shape, rng)
        layers = [behind, *layers, before]
    if person.covering is not None:
        layers.append(draw_covering(person.covering, person.covering_color, head, shape, rng))
    if person.glasses is not None:
        center, scale, pose = (
            ((0.0, 0.0), 1.0, head) if not person.holds_glasses else (_hand_center(person), 1.25, upright)
        )
        layers += draw_glasses(pose, shape, center, scale, person.glasses, (40.0, 34.0, 34.0))
    # Hands come last, for they may hold the glasses.
    return stack(layers + _draw_hands(person, upright, flesh, shape))


def pose_of(person: Person, shape: tuple[int, int]) -> Pose:
    """Where the body is in an image of size (H, W); the head alone is tilted."""
    height, width = shape
    return Pose(0.5 * width + person.x_share * height, person.y_share * height, person.head_px_share * height)


def _draw_body(
    person: Person, pose: Pose, flesh: LinearImage, shape: tuple[int, int], rng: np.random.Generator
) -> list[Layer]:
    """Draw neck, bare arms, and shirt with sleeves, from back to front."""
    grid = pose.grid(*shape)
    fabric = cloth(person.shirt, person.shirt_color, grid, pose.unit_px, rng)
    sides = [(side, arm) for side, arm in zip((-1.0, 1.0), person.arms, strict=True) if arm is not None]
    until_share = 0.34 if person.bare_arms else 0.94
    sleeves = [arm_outline(arm, side, until_share) for side, arm in sides]
    bare = [arm_outline(arm, side, wide=0.84) for side, arm in sides]
    return [
        _draw_part([neck_outline()], flesh * model_face(grid), pose, shape, 0.55),
        *(_draw_part([outline], flesh, pose, shape, 0.3) for outline in bare),
        _draw_part([shirt_outline(person.broad), *sleeves], fabric, pose, shape, 0.42),
    ]


def _draw_head(
    person: Person, pose: Pose, flesh: LinearImage, shape: tuple[int, int], rng: np.random.Generator
) -> list[Layer]:
    """Draw ears, face, features and beard, from back to front."""
    face = flesh * model_face(pose.grid(*shape))
    hair_color = (60.0, 44.0, 36.0) if person.hair is None else person.hair.color
    layers = [
        _draw_part(ear_outlines(), flesh * np.array([0.9, 0.78, 0.76], np.float32), pose, shape, 0.1),
        _draw_part([head_outline()], face, pose, shape, 0.62),
        draw_features(person.skin_tone, person.iris, hair_color, pose, shape, rng),
    ]
    if person.beard > 0.0:
        layers.append(draw_beard(hair_color, person.beard, pose, shape, rng))
    return layers


def _draw_hands(person: Person, pose: Pose, flesh: LinearImage, shape: tuple[int, int]) -> list[Layer]:
    """Draw palm and fingers of every visible hand."""
    return [
        _draw_part([outline], flesh, pose, shape, 0.09)
        for side, arm in zip((-1.0, 1.0), person.arms, strict=True)
        if arm is not None
        for outline in hand_outlines(arm, side)
    ]


def _draw_part(outlines: list[Points], light: LinearImage, pose: Pose, shape: tuple[int, int], depth: float) -> Layer:
    """Fill outlines with a material, shaded as a rounded relief; ``depth`` is the width of the rounded rim."""
    alpha = fill_alpha([pose.place(outline) for outline in outlines], *shape)
    lit = light * relief(alpha, depth * pose.unit_px)[..., None]
    return Layer(np.clip(lit, 0.0, 1.0).astype(np.float32), alpha)


def _hand_center(person: Person) -> tuple[float, float]:
    """Where the waving hand is, in head coordinates."""
    side = 1.0 if person.arms[1] == "wave" else -1.0
    return side * 2.3, 0.45
