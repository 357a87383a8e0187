"""Draw the pictures of the page on limits: ``python docs/generator/limits.py``.

Each is three pictures in a row: the scene, what ``portrait photo`` makes of it at f/1.4, and where its matte is wrong.
"""

from pathlib import Path

import numpy as np
from PIL import Image

import portrait
from portrait.benchmark.scenes.limit_scenes import LIMIT_KINDS, LimitScene, draw_limit_scene
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.engine import PortraitEngine
from portrait.files.image_io import Photo, PhotoMetadata
from portrait.photo.session import OpenedPhoto, find_photo_matte

PICTURES = Path(__file__).parents[1] / "pictures" / "limits"
MISSING, TOO_MUCH = (230, 70, 50), (60, 110, 250)
_HEIGHT_PX, _GAP_PX, _SHOWN_WIDTH_PX = 400, 6, 760


def draw_errors(scene: LimitScene, matte: AlphaMatte) -> RgbImage:
    """The scene in dim grey, red where the matte lacks alpha, blue where it has too much; uint8 (H, W, 3)."""
    grey = np.repeat(scene.image.mean(axis=2, keepdims=True), 3, axis=2) * 0.5 + 40.0
    for color, share in ((MISSING, scene.alpha - matte), (TOO_MUCH, matte - scene.alpha)):
        weight = np.clip(share, 0.0, 1.0)[..., None]
        grey = grey * (1.0 - weight) + np.array(color) * weight
    return np.rint(grey).astype(np.uint8)


def draw_row(engine: PortraitEngine, scene: LimitScene, matte: AlphaMatte) -> RgbImage:
    """Scene, portrait and errors side by side."""
    made = portrait.make_portrait(engine, scene.image, portrait.BlurOptions(f_number=1.4))
    gap = np.full((scene.image.shape[0], _GAP_PX, 3), 255, np.uint8)
    return np.hstack([scene.image, gap, np.asarray(made, np.uint8), gap, draw_errors(scene, matte)])


def main() -> None:
    """Draw all kinds, and print how much of each subject is missing, and how much was added."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    engine = portrait.open_engine()
    for kind in LIMIT_KINDS:
        scene = draw_limit_scene(kind, _HEIGHT_PX)
        matte = find_photo_matte(engine, OpenedPhoto.of(Photo(scene.image, PhotoMetadata())), "fine").matte
        row = Image.fromarray(draw_row(engine, scene, matte))
        shown = row.resize((_SHOWN_WIDTH_PX, round(row.height * _SHOWN_WIDTH_PX / row.width)), Image.Resampling.LANCZOS)
        shown.save(PICTURES / f"{kind}.webp", quality=80, method=6)
        whole = scene.alpha.sum()
        missing, too_much = (np.maximum(sign * (scene.alpha - matte), 0.0).sum() / whole for sign in (1, -1))
        print(f"{kind}: {missing:.1%} of the subject missing, {too_much:.1%} too much")


if __name__ == "__main__":
    main()
