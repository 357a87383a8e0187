"""Defocus of a photo without depth: the floor that people stand on, and what stands on it."""

from collections.abc import Sequence

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.lens.ground_plane import find_figures, find_ground
from portrait.core.lens.upright_things import find_upright
from portrait.core.resize import resize

_PRESENT = 0.15  # opacity from which on a pixel shows what stands there: its soft edge is as near as it is
_LEAST_AWAY = 0.4  # defocus of a bystander


def find_floor(
    alpha: AlphaMatte, bystanders: Sequence[AlphaMatte] = (), image: RgbImage | None = None
) -> DefocusMap | None:
    """The defocus of the floor that the people of a matte are on, and of who else stands on it; None without a floor.

    Parameters
    ----------
    alpha
        float32 (H, W), 0 … 1.
    bystanders
        Mattes of others, float32 (h, w) of any size, 0 … 1: each is out of focus as the floor is at their feet, from
        there up to the head, and at least a little, for they are not who the image is of. Where two of them meet, the
        nearer one is seen.
    image
        uint8 (H, W, 3): other things that stand on the floor are looked for in it; None: they are not.

    Returns
    -------
    float32 (H, W), −1 … 1.
    """
    ground = find_ground(alpha)
    if ground is None:
        return None
    upright = None if image is None else find_upright(image, alpha, ground)
    floor = ground.defocus_map(alpha.shape[0], alpha.shape[1]) if upright is None else upright
    figures = [
        (max(parts, key=lambda part: part.area_px), matte) for matte in bystanders if (parts := find_figures(matte))
    ]
    if not figures:
        return floor
    standing = floor.copy()
    for figure, matte in sorted(figures, key=lambda one: one[0].feet):
        defocus = ground.defocus_at(figure.feet)
        away = max(defocus, _LEAST_AWAY) if defocus > -_LEAST_AWAY else defocus
        standing[resize(matte, alpha.shape[0], alpha.shape[1]) > _PRESENT] = away
    return standing
