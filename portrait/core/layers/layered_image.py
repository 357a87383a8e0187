"""LayeredImage: an image with its matte and the colours of its soft pixels, as every renderer works on it in strips."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from portrait.core.arrays import AlphaMatte, DeepRgbImage, LinearImage, RgbImage
from portrait.core.color import to_8_bits, to_linear
from portrait.core.layers.layer_models import LayerSampling
from portrait.core.layers.soft_layers import SoftLayers, estimate_layers
from portrait.core.strips import StripMap, strips
from portrait.native.cells import CelledMatte
from portrait.native.shared_library import has_library


@dataclass(frozen=True, slots=True, eq=False)
class LayeredImage:
    """An image I = αF + (1 − α)B with its matte and layer colours: the input of all renderers.

    Attributes
    ----------
    image, alpha, layers
        uint8 or uint16 (H, W, 3); float32 (H, W); the colours F and B of the soft pixels.
    strip_map
        Runs the work at full resolution, strip by strip.
    celled
        A matte with its cells, for native passes; see `celled_matte`.
    """

    image: RgbImage | DeepRgbImage
    alpha: AlphaMatte
    layers: SoftLayers
    strip_map: StripMap = map
    celled: CelledMatte | None = None

    @classmethod
    def of(
        cls,
        image: RgbImage | DeepRgbImage,
        alpha: AlphaMatte,
        layers: SoftLayers | None = None,
        sampling: LayerSampling = "dense",
        strip_map: StripMap = map,
        celled: CelledMatte | None = None,
    ) -> "LayeredImage":
        """Combine an image and its matte with given layers, or else with those that `estimate_layers` finds.

        Raises
        ------
        ValueError
            The layers are those of an image of another size.
        """
        alpha = np.ascontiguousarray(alpha)
        if (celled is None or celled.alpha is not alpha) and has_library():
            celled = CelledMatte.of(alpha)
        if layers is None:
            layers = estimate_layers(to_8_bits(image), alpha, sampling, strip_map, celled)
        layers.require_of(alpha)
        return cls(image, alpha, layers, strip_map, celled)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.alpha.shape[0], self.alpha.shape[1]

    @property
    def eight_bits(self) -> RgbImage:
        """The image rounded to 8 bits, for everything that is estimated from it."""
        return to_8_bits(self.image)

    @property
    def celled_matte(self) -> CelledMatte:
        """The matte with its cells, those that are known or else new ones; needs the native library."""
        is_known = self.celled is not None and self.celled.alpha is self.alpha
        return self.celled if self.celled is not None and is_known else CelledMatte.of(self.alpha)

    def for_strips(self, work: Callable[[slice], object], multiple: int = 1) -> None:
        """Call ``work`` with every strip of rows; strips start at multiples of ``multiple``."""
        deque(self.strip_map(work, strips(*self.shape, multiple)), maxlen=0)

    def foreground_light(self, rows: slice) -> LinearImage:
        """Some rows in linear light, float32 (rows, W, 3), with the subject's own colours in the soft pixels."""
        light = to_linear(self.image[rows])
        self.layers.put_foreground(light, rows)
        return light

    def background_light(self, rows: slice) -> LinearImage:
        """Some rows in linear light, float32 (rows, W, 3), with the background's own colours in the soft pixels."""
        light = to_linear(self.image[rows])
        self.layers.put_background(light, rows)
        return light
