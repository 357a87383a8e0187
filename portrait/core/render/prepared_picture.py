"""Another image behind the subject of a video: placed, blurred and lit before its frames are rendered."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.render.backdrop import cover
from portrait.core.render.look import Backdrop, Background, Look
from portrait.core.render.picture_backdrop import brighten, picture_backdrop, wanted_gain


def fit_background(background: Background, height: int, width: int) -> Background:
    """A background whose image already has the size of the frames, so that not every frame scales it again."""
    place = background.backdrop
    if background.picture is None or (background.picture.shape[:2] == (height, width) and place.scale == 1.0):
        return background
    picture = cover(background.picture, height, width, place.x, place.y, place.scale)
    return replace(background, picture=picture, backdrop=replace(place, scale=1.0))


def prepare_background(look: Look, image: RgbImage, alpha: AlphaMatte) -> Background:
    """The background of a look whose image is placed, blurred and lit; what is left to do is the shadow.

    Parameters
    ----------
    look
        Its lens is focused.
    image, alpha
        uint8 (H, W, 3) and float32 (H, W): a frame, whose light the image is to have, and its matte.
    """
    background = fit_background(look.background, *alpha.shape)
    place = background.backdrop
    if background.picture is None or (place.distance_m is None and place.light == "off"):
        return background
    picture = prepare_picture(look, *alpha.shape)
    if place.light == "match":
        picture = relight_picture(picture, wanted_gain(background, image, alpha, picture))
    return with_prepared_picture(background, picture)


def prepare_picture(look: Look, height: int, width: int) -> RgbImage:
    """The image of a look placed in a frame and blurred by its distance, uint8 (height, width, 3)."""
    placed = fit_background(look.background, height, width)
    if placed.picture is None or placed.backdrop.distance_m is None:
        return _require_picture(placed)
    as_it_is = replace(placed, backdrop=replace(placed.backdrop, light="off", shadow=0.0))
    nobody, no_layers = np.zeros((height, width), np.float32), SoftLayers.none((height, width))
    scene = LayeredImage.of(placed.picture, nobody, no_layers, "coarse", map)
    backdrop, result = picture_backdrop(scene, replace(look, background=as_it_is, grain="off")), placed.picture.copy()

    def render_rows(rows: slice) -> None:
        result[rows] = to_srgb(np.ascontiguousarray(backdrop.rows(rows, width)))

    scene.for_strips(render_rows)
    return result


def relight_picture(picture: RgbImage, gain: NDArray[np.float32]) -> RgbImage:
    """An image, uint8 (h, w, 3), each channel with so much of its light, (3,); by a table of the 256 levels."""
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    return np.asarray(cv2.LUT(picture, to_srgb(brighten(to_linear(levels), gain))), np.uint8)


def with_prepared_picture(background: Background, picture: RgbImage) -> Background:
    """The background with an image that `prepare_picture` and `relight_picture` have made; it keeps its shadow."""
    return replace(background, picture=picture, backdrop=Backdrop(shadow=background.backdrop.shadow))


def _require_picture(background: Background) -> RgbImage:
    if background.picture is None:
        raise AssertionError("a Background of this kind has its image")
    return background.picture
