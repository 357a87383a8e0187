"""Synthetic portraits with ground truth: an image, its exact alpha, and the image that an ideal lens would record."""

from dataclasses import dataclass

import numpy as np

from portrait.benchmark.scenes.backgrounds import BackgroundKind, draw_background
from portrait.benchmark.scenes.cast import CAST
from portrait.benchmark.scenes.drawing import Color, stack
from portrait.benchmark.scenes.night import Light
from portrait.benchmark.scenes.people import draw_person
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.reference_lens import crop_margin, disk_weights, reference_blur
from portrait.core.arrays import AlphaMatte, LinearImage, Mask, RgbImage
from portrait.core.color import to_srgb

SCENE_HEIGHT_PX = 900
"""Scenes are 720 × 900; the radii of `SCENE_SPECS` are for this height and shrink with the scene."""

_ASPECT = 0.8
_LIGHT_RADIUS = 0.2  # of the measured lights, in radii of the blur disk
_LIGHT_RADIANCE = 30.0  # of the measured lights, in units of white
_PLAIN_WALL: Color = (176.0, 180.0, 172.0)


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """Contents of a scene: people (keys of `CAST`, from back to front), background, and radius of the blur disk."""

    people: tuple[str, ...]
    background: BackgroundKind
    radius_px: float

    @property
    def name(self) -> str:
        """Shown in tables."""
        return f"{' and '.join(self.people)}, {self.background}"


SCENE_SPECS = (
    SceneSpec(("straight hair",), "garden", 22),
    SceneSpec(("waving",), "shelves", 18),
    SceneSpec(("curls",), "city", 26),
    SceneSpec(("frizzy hair",), "tiles", 20),
    SceneSpec(("bald",), "skin", 24),
    SceneSpec(("holding glasses",), "bricks", 16),
    SceneSpec(("loose hair",), "window", 28),
    SceneSpec(("hands on hips",), "street", 14),
    SceneSpec(("grey curls",), "wood", 30),
    SceneSpec(("wind",), "sea", 20),
    SceneSpec(("cropped hair",), "plain", 24),
    SceneSpec(("arm behind head",), "bulbs", 22),
    SceneSpec(("fine hair",), "shelves", 32),
    SceneSpec(("parent", "child"), "autumn", 18),
    SceneSpec(("spiked hair",), "city", 20),
    SceneSpec(("bob",), "garden", 32),
    SceneSpec(("standing",), "bricks", 12),
    SceneSpec(("straight hair",), "skin", 18),
    SceneSpec(("curls",), "street", 28),
    SceneSpec(("hands on hips",), "tiles", 22),
    SceneSpec(("frizzy hair",), "bulbs", 30),
    SceneSpec(("waving",), "window", 16),
    SceneSpec(("loose hair",), "autumn", 26),
    SceneSpec(("parent", "child"), "street", 24),
    SceneSpec(("curls",), "map", 22),
    SceneSpec(("hands on hips",), "letters", 18),
    SceneSpec(("bob",), "lamps", 24),
    SceneSpec(("loose hair",), "blades", 26),
    SceneSpec(("waving",), "map", 18),
    SceneSpec(("spiked hair",), "letters", 24),
)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """An image composed of known layers, and its true defocus blur.

    A sensor clips, and no renderer can know how bright a clipped light was. Image and truth are therefore both made
    from the clipped background min(B, 1), so that the difference between a portrait and the truth is the renderer's
    own error. They are compared at ``highlight_boost`` 0. Clipped lights are judged separately, at ``highlight_boost``
    1, by the shape of their disks alone, which does not depend on their radiance.

    Attributes
    ----------
    name
        People and background.
    radius_px
        Radius of the blur disk.
    foreground, alpha
        The subject: float32 (H, W, 3) linear light, and float32 (H, W).
    background
        float32 (H + 2 margin, W + 2 margin, 3), linear light, also behind the subject and beyond the frame; lights and
        bright skies are above 1.
    margin_px
        At least half the side of the disk's kernel.
    lights
        Isolated lamps whose disks are measured, in image pixels.
    image
        αF + (1 − α) min(B, 1), uint8 sRGB (H, W, 3).
    truth
        αF + (1 − α)(min(B, 1) ⊛ disk), uint8 sRGB (H, W, 3).
    """

    name: str
    radius_px: float
    foreground: LinearImage
    alpha: AlphaMatte
    background: LinearImage
    margin_px: int
    lights: tuple[Light, ...]
    image: RgbImage
    truth: RgbImage

    def inner_mask(self) -> Mask:
        """Pixels whose whole blur disk lies within the frame, bool (H, W); none if the disk is too large."""
        inside = np.zeros(self.alpha.shape, np.bool_)
        height, width = self.alpha.shape
        inside[self.margin_px : height - self.margin_px, self.margin_px : width - self.margin_px] = True
        return inside


def make_scene(index: int, height: int = SCENE_HEIGHT_PX) -> Scene:
    """Draw one of the scenes of `SCENE_SPECS`; the result is the same at every run.

    Raises
    ------
    ValueError
        No such scene, or smaller than 64 pixels.
    """
    if not 0 <= index < len(SCENE_SPECS):
        raise ValueError(f"index must lie in 0 … {len(SCENE_SPECS) - 1}, got {index}")
    if height < 64:
        raise ValueError(f"height must be 64 px or more, got {height}")
    # Scale the blur to the scene, and place the lights to be measured.
    spec = SCENE_SPECS[index]
    radius_px = spec.radius_px * height / SCENE_HEIGHT_PX
    place = Place(height, round(_ASPECT * height), disk_weights(radius_px).shape[0] // 2)
    lights = _place_lights(place, radius_px) if spec.background in ("city", "bulbs") else ()
    # Draw subject and background with seeds of their own, and compose them.
    subject_seed, background_seed = np.random.SeedSequence(index).spawn(2)
    rng = np.random.default_rng(subject_seed)
    subject = stack([draw_person(CAST[name], (place.height, place.width), rng) for name in spec.people])
    wall = CAST[spec.people[0]].skin_tone if spec.background == "skin" else _PLAIN_WALL
    background = draw_background(spec.background, place, wall, lights, np.random.default_rng(background_seed))
    return compose(spec.name, subject.light, subject.alpha, background, radius_px, place.margin, lights)


def compose(
    name: str,
    foreground: LinearImage,
    alpha: AlphaMatte,
    background: LinearImage,
    radius_px: float,
    margin_px: int,
    lights: tuple[Light, ...] = (),
) -> Scene:
    """Composite image and truth from foreground, alpha and background; see `Scene`."""
    recorded = np.minimum(background, np.float32(1.0))
    return Scene(
        name=name,
        radius_px=radius_px,
        foreground=foreground,
        alpha=alpha,
        background=background,
        margin_px=margin_px,
        lights=lights,
        image=_composite(foreground, crop_margin(recorded, margin_px), alpha),
        truth=_composite(foreground, reference_blur(recorded, radius_px, margin_px), alpha),
    )


def _composite(foreground: LinearImage, background: LinearImage, alpha: AlphaMatte) -> RgbImage:
    """αF + (1 − α)B, encoded as sRGB."""
    share = alpha[..., None]
    return to_srgb(np.asarray(share * foreground + (1.0 - share) * background, dtype=np.float32))


def _place_lights(place: Place, radius_px: float) -> tuple[Light, ...]:
    """Two lights to measure, one in each upper corner, so that the whole disk lies within the frame."""
    return tuple(
        Light(x_px, 0.11 * place.height, _LIGHT_RADIUS * radius_px, _LIGHT_RADIANCE)
        for x_px in (0.085 * place.height, place.width - 0.085 * place.height)
    )
