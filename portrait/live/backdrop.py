"""The background of live frames, prepared when it changes and not in every frame."""

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.render.look import Background, Look
from portrait.core.render.picture_backdrop import matching_gain, picture_radius_px
from portrait.core.render.prepared_picture import prepare_picture, relight_picture, with_prepared_picture

MEASURED_EVERY_FRAMES = 15
"""The light of the room is measured in one of so many frames."""

_SHARE_PER_FRAME = 0.125  # of what the light has changed by: a lamp switched on is followed in half a second
_LEAST_CHANGE = 0.01  # of the logarithm of a gain: not seen
_SAME_RADIUS = 0.12  # a person who leans back does not blur the picture anew
_LEAST_RADIUS_PX = 0.5


class LiveBackdrop:
    """Prepares the image behind the subject of a live view: scaled, blurred by its distance, in the room's light.

    The image is scaled and blurred anew when another is chosen or placed, when frames change their size, or when the
    lens blurs it clearly more or less. Its light follows that of the room smoothly.
    """

    def __init__(self) -> None:
        self._chosen, self._radius_px = Background(), 0.0
        self._picture: RgbImage | None = None
        self._lit: RgbImage | None = None
        self._gain = self._measured = np.zeros(3, np.float32)  # logarithms
        self._frames = 0

    def prepare(self, look: Look, image: RgbImage, alpha: AlphaMatte) -> Background:
        """The background of a look for a frame, uint8 (H, W, 3) with its matte, float32 (H, W); the lens is focused.

        What is left to do in the frame is the shadow.
        """
        background = look.background
        if background.picture is None:
            return background
        picture = self._place(look, alpha)
        if background.backdrop.light == "match":
            picture = self._relight(picture, image, alpha)
        return with_prepared_picture(background, picture)

    def _place(self, look: Look, alpha: AlphaMatte) -> RgbImage:
        """The image as large as the frames, and blurred."""
        radius_px = picture_radius_px(look, *alpha.shape)
        if self._picture is None or not self._is_prepared(look.background, alpha) or not self._is_near(radius_px):
            self._picture, self._lit = prepare_picture(look, *alpha.shape), None
            self._chosen, self._radius_px = look.background, radius_px
        return self._picture

    def _is_prepared(self, background: Background, alpha: AlphaMatte) -> bool:
        """Whether the image of a background is the one that was prepared for frames of this size."""
        has_size = self._picture is not None and self._picture.shape[:2] == alpha.shape
        is_chosen = background.picture is self._chosen.picture and background.backdrop == self._chosen.backdrop
        return has_size and is_chosen

    def _is_near(self, radius_px: float) -> bool:
        return abs(radius_px - self._radius_px) <= max(_LEAST_RADIUS_PX, _SAME_RADIUS * self._radius_px)

    def _relight(self, picture: RgbImage, image: RgbImage, alpha: AlphaMatte) -> RgbImage:
        """The image in the light of the room, which is followed from where it was."""
        is_new = self._lit is None
        if is_new or self._frames % MEASURED_EVERY_FRAMES == 0:
            self._measured = _log_gain(image, alpha, picture)
        self._frames = 1 if is_new else self._frames + 1
        change = self._measured - self._gain
        if self._lit is None or float(np.abs(change).max()) > _LEAST_CHANGE:
            self._gain = self._measured if is_new else self._gain + np.float32(_SHARE_PER_FRAME) * change
            self._lit = relight_picture(picture, np.exp(self._gain))
        return self._lit


def _log_gain(image: RgbImage, alpha: AlphaMatte, picture: RgbImage) -> NDArray[np.float32]:
    return np.asarray(np.log(matching_gain(image, alpha, picture)), np.float32)
