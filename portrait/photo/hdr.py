"""The gain map of a portrait: the HDR rendition is blurred by the same disk and matte as the standard one."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DeepRgbImage, DefocusMap, LinearImage
from portrait.core.color import to_deep_srgb, to_linear
from portrait.core.gain_map import GainMap
from portrait.core.render.look import Look
from portrait.core.render.photo import focused_look
from portrait.engine import PortraitEngine
from portrait.files.image_io import Photo


def render_gain_map(
    engine: PortraitEngine, photo: Photo, matte: AlphaMatte, look: Look, defocus_map: DefocusMap | None
) -> GainMap | None:
    """The gain map of a portrait; None for a photo without one.

    Both renditions of the photo are rendered at the size of the map, and their ratio is taken: the gain itself must not
    be blurred, for a lamp's disk would then be as dark as what is around the lamp. The HDR rendition is divided by its
    brightest light for that. The subject keeps its gain to the bit.

    Parameters
    ----------
    engine, photo, matte, look, defocus_map
        As `portrait.photo.rendering.render_photo` takes them.
    """
    gain_map = photo.metadata.gain_map
    if gain_map is None:
        return None
    if look.background.hides_room:
        return gain_map.faded(matte)
    base = gain_map.fitted(to_linear(photo.colors))
    alternate = gain_map.alternate(base)
    peak = np.float32(max(1.0, float(alternate.max())))
    alpha = np.clip(gain_map.fitted(matte), 0.0, 1.0)
    defocus = None if defocus_map is None else gain_map.fitted(defocus_map)
    smooth = focused_look(replace(look, grain="off"), matte)
    unlifted = replace(smooth, blur=replace(smooth.blur, highlight_boost=0.0))

    def render(light: LinearImage, with_look: Look) -> NDArray[Any]:
        encoded: DeepRgbImage = to_deep_srgb(light)
        return to_linear(engine.render(encoded, alpha, with_look, defocus))

    return gain_map.measured(render(base, smooth), render(alternate / peak, unlifted) * peak, alpha)
