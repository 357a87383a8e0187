"""A contact sheet of scenes: input, truth, portrait and their difference, side by side."""

import cv2
import numpy as np

from portrait.benchmark.scenes.portrait_scenes import Scene
from portrait.core.arrays import RgbImage

DIFFERENCE_GAIN = 8
LABEL_PX = 28
_WHITE = (255.0, 255.0, 255.0)


def draw_row(scene: Scene, portrait: RgbImage) -> RgbImage:
    """Draw one scene as a labelled row: input, truth, portrait, 8 × |difference|; uint8 (H + `LABEL_PX`, 4 W, 3)."""
    # Put the four images side by side, unscaled.
    difference = cv2.convertScaleAbs(cv2.absdiff(portrait, scene.truth), alpha=float(DIFFERENCE_GAIN))
    cells = np.hstack([scene.image, scene.truth, portrait, np.asarray(difference, dtype=np.uint8)])
    # Write a title above each.
    label = np.zeros((LABEL_PX, cells.shape[1], 3), np.uint8)
    titles = (f"{scene.name}, radius {scene.radius_px:.3g} px", "truth", "portrait", f"{DIFFERENCE_GAIN} x difference")
    for column, title in enumerate(titles):
        origin = (column * scene.image.shape[1] + 8, LABEL_PX - 9)
        cv2.putText(label, title, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _WHITE, 1, cv2.LINE_AA)
    return np.vstack([label, cells])
