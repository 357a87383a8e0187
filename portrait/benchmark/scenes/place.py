"""The area that a background fills: the image, and a margin around it from which light reaches the blurred image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Place:
    """Height and width of the image, and the margin on all four sides, in pixels."""

    height: int
    width: int
    margin: int

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W), margin included."""
        return self.height + 2 * self.margin, self.width + 2 * self.margin

    def px(self, share: float) -> float:
        """A length given as a share of the image's height, in pixels."""
        return share * self.height

    def grid(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """x and y of every pixel, margin included, in shares of the image's height from the image's upper left."""
        y, x = np.mgrid[0 : self.shape[0], 0 : self.shape[1]].astype(np.float32)
        return (x - self.margin) / self.height, (y - self.margin) / self.height

    def corner(self, x_share: float, y_share: float) -> tuple[float, float]:
        """Pixel (x, y), margin included, of a point in shares of the image's height."""
        return self.margin + x_share * self.height, self.margin + y_share * self.height
