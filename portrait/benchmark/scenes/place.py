"""The area that a background fills: the picture, and a margin around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Place:
    """Height and width of the picture, and the margin on all four sides, in pixels."""

    height: int
    width: int
    margin: int

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) with the margin."""
        return self.height + 2 * self.margin, self.width + 2 * self.margin

    def px(self, share: float) -> float:
        """A share of the picture's height in pixels."""
        return share * self.height

    def grid(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """x and y of every pixel in shares of the picture's height, from its upper left corner."""
        y, x = np.mgrid[0 : self.shape[0], 0 : self.shape[1]].astype(np.float32)
        return (x - self.margin) / self.height, (y - self.margin) / self.height

    def corner(self, x_share: float, y_share: float) -> tuple[float, float]:
        """Pixel (x, y), margin included, of a point given in shares of the picture's height."""
        return self.margin + x_share * self.height, self.margin + y_share * self.height
