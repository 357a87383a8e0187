"""Apertures: the point-spread function of an out-of-focus point, and pictures spread by it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.convolution import Kernel, convolve
from portrait.core.lens import Aperture, ApertureShape

_BLADES = {"pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8, "nonagon": 9}
_CATS_EYE_SHIFT = 0.5  # in radii, at the corners
_SWIRL_SQUEEZE = 0.6  # at the corners
_NODE_ROWS, _NODE_COLUMNS = 5, 7
_MOST_STEPS, _SPREAD_TOLERANCE = 16, 2e-4
_LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)


def aperture_kernel(
    radius_px: float, aperture: ApertureShape | Aperture = "disk", field: tuple[float, float] = (0.0, 0.0)
) -> Kernel:
    """Point-spread function of an out-of-focus point.

    Parameters
    ----------
    radius_px
        0 or more. Fractions count: the outline is anti-aliased, so the kernel changes smoothly with the radius.
    aperture
        Outline; blades of any kind leave the area of the disk, so the amount of blur does not depend on the shape.
    field
        Where the point lies: down and right of the middle of the picture, in halves of its diagonal.

    Returns
    -------
    float32 (n, n), n odd, sums to 1; radius 0 is a single 1.

    Raises
    ------
    ValueError
        Negative radius.
    """
    if not radius_px >= 0.0:
        raise ValueError(f"radius_px must be 0 or more, got {radius_px!r}")
    if isinstance(aperture, str):
        aperture = Aperture(aperture)
    reach = _reach_px(radius_px, aperture)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    coverage = np.clip(0.5 - _distance_outside_px(y, x, radius_px, aperture, field), 0.0, 1.0)
    coverage[reach, reach] = 1.0
    kernel: Kernel = (coverage / coverage.sum()).astype(np.float32)
    return kernel


def _reach_px(radius_px: float, aperture: Aperture) -> int:
    """Whole pixels from the middle to the last one that any kernel of this aperture touches."""
    blades, curvature = _blades(aperture)
    corner = radius_px * _outline(math.pi / blades, curvature) / _outline_area_radius(blades, curvature)
    softening = 0.5 if curvature == 1.0 else 0.5 / math.cos(math.pi / blades)  # longest over a corner's tip
    return math.ceil((corner + softening) * (1.0 + _SWIRL_SQUEEZE * aperture.swirl)) - 1


def _blades(aperture: Aperture) -> tuple[int, float]:
    """Number of blades and their curvature."""
    return (_BLADES[aperture.shape], aperture.blade_curvature) if aperture.shape in _BLADES else (3, 1.0)


def _distance_outside_px(
    y: NDArray[np.float64], x: NDArray[np.float64], radius_px: float, aperture: Aperture, field: tuple[float, float]
) -> NDArray[np.float64]:
    """Signed distance to the opening's outline, negative inside, for a point at this place in the field."""
    eccentricity = math.hypot(*field)
    if aperture.is_even or eccentricity == 0.0:
        return _distance_outside_blades_px(y, x, radius_px, aperture)
    out_y, out_x = field[0] / eccentricity, field[1] / eccentricity
    radial, tangential = y * out_y + x * out_x, x * out_y - y * out_x
    squeeze = 1.0 + _SWIRL_SQUEEZE * aperture.swirl * eccentricity
    radial, tangential = radial * squeeze, tangential / squeeze
    shift = _CATS_EYE_SHIFT * aperture.cats_eye * eccentricity * radius_px
    y, x = (radial + shift) * out_y - tangential * out_x, (radial + shift) * out_x + tangential * out_y
    barrel = np.hypot(radial - shift, tangential) - radius_px
    return np.maximum(_distance_outside_blades_px(y, x, radius_px, aperture), barrel)


def _distance_outside_blades_px(
    y: NDArray[np.float64], x: NDArray[np.float64], radius_px: float, aperture: Aperture
) -> NDArray[np.float64]:
    """The opening is what lies inside every blade's edge: a straight line, an arc, or the circle itself.

    For blades at the distance a from the middle, bent with the radius a / κ, the distance of p from the edge of the
    blade whose normal is n is (κ (p² − a²) + 2a (1 − κ)(p·n − a)) / (|κp + a (1 − κ) n| + a), for κ = 0 and 1 too.
    """
    blades, curvature = _blades(aperture)
    if curvature == 1.0:
        return np.hypot(y, x) - radius_px
    apothem = max(radius_px, 1e-6) / _outline_area_radius(blades, curvature)
    angles = 2.0 * np.pi * np.arange(blades) / blades + np.pi / 2.0 - math.radians(aperture.rotation_deg)
    normal_y, normal_x = (part[:, None, None] for part in (np.sin(angles), np.cos(angles)))
    bent, straight = curvature, apothem * (1.0 - curvature)
    over = bent * (y * y + x * x - apothem**2) + 2.0 * straight * (normal_y * y + normal_x * x - apothem)
    distance = over / (np.hypot(bent * y + straight * normal_y, bent * x + straight * normal_x) + apothem)
    return np.asarray(distance.max(axis=0), dtype=np.float64)


def _outline(angle: float, curvature: float) -> float:
    """Distance from the middle to a blade's edge at this angle from its normal, in apothems."""
    flat = 1.0 - curvature
    return (2.0 - curvature) / (flat * math.cos(angle) + math.sqrt(1.0 - (flat * math.sin(angle)) ** 2))


@lru_cache(maxsize=64)
def _outline_area_radius(blades: int, curvature: float) -> float:
    """Radius of the disk that has the area of the opening, in apothems."""
    steps = 32
    squares = [_outline(math.pi / blades * (step + 0.5) / steps, curvature) ** 2 for step in range(steps)]
    return math.sqrt(math.fsum(squares) / steps)


def sharpened(kernel: Kernel) -> Kernel:
    """The kernel for a picture that was shrunk by area averages and will be enlarged bilinearly.

    Both blur the picture, and so do the kernel's own anti-aliased pixels: variances of 1/12, 1/6 and 1/12 square pixels
    of the small picture. The inverse, to the second order, is 1 − ∇²/6. What it would make negative is left out: light
    is never taken away, so no bright window gets a dark rim. Sums to 1; one pixel wider at each side.
    """
    padded = np.pad(kernel, 1)
    sharp = padded - cv2.filter2D(padded, -1, _LAPLACIAN, borderType=cv2.BORDER_CONSTANT) / np.float32(6.0)
    positive = np.maximum(sharp, np.float32(0.0))
    return np.asarray(positive / positive.sum(), dtype=np.float32)


@lru_cache(maxsize=64)
def _resampled_radius_px(radius_px: float, aperture: Aperture) -> float:
    """The radius at which a kernel spreads, after `sharpened`, as far as the inverse with its negative part would."""
    wanted = max(0.0, _spread(aperture_kernel(radius_px, aperture)) - 2.0 * 2.0 / 6.0)
    low, radius, high = 0.0, radius_px, radius_px
    for _ in range(_MOST_STEPS):
        reached = _spread(sharpened(aperture_kernel(radius, aperture)))  # nothing, where the disk is a single pixel
        if abs(reached - wanted) <= _SPREAD_TOLERANCE * (1.0 + wanted):
            break
        low, high = (radius, high) if reached < wanted else (low, radius)
        guess = radius * math.sqrt(wanted / reached) if reached > 0.0 else high  # right at once for large disks
        radius = guess if low < guess < high else 0.5 * (low + high)
    return radius


def _spread(kernel: Kernel) -> float:
    """Mean squared distance from the middle."""
    square = np.square(np.arange(kernel.shape[0]) - kernel.shape[0] // 2)
    return float(kernel.sum(axis=0) @ square + kernel.sum(axis=1) @ square)


@dataclass(frozen=True, slots=True)
class PointSpread:
    """How a point out of focus is spread, in every place of a picture.

    Where the opening differs over the field, the picture is blurred by the kernels of a coarse grid of places, each
    fading into its neighbours: at most four times the work.

    Attributes
    ----------
    radius_px
        In pixels of the picture.
    aperture
        The opening.
    resampled
        Whether the picture was shrunk, and will be enlarged: takes back what that blurs; see `sharpened`.
    """

    radius_px: float
    aperture: Aperture
    resampled: bool = False

    @property
    def reach_px(self) -> int:
        """Whole pixels from a point to the last one that it is spread to."""
        return len(self._kernel()) // 2

    def rows(self, picture: LinearImage, first: int, rows: slice, height: int) -> LinearImage:
        """Some rows of a picture, spread; what is given, as for `padded`."""
        return self.over(self.padded(picture, first, rows, height), rows, height)

    def padded(
        self, picture: LinearImage, first: int, rows: slice, height: int, border: int = cv2.BORDER_REPLICATE
    ) -> LinearImage:
        """All that is spread into some rows of a picture.

        Parameters
        ----------
        picture
            float32 (h, w) or (h, w, C): as many rows of a picture of ``height`` rows as lie within reach, or more.
        first
            Which row of that the first one is.
        rows
            Those that are asked for.
        border
            What OpenCV is to see beyond the frame. The outermost pixels repeated come nearest to what is really there:
            on rooms and fields that go on beyond it 2 dB nearer, within a radius of the frame, than a mirror image, and
            3 dB nearer than a mean over what is inside.

        Returns
        -------
        float32 (rows + 2 reach, w + 2 reach) or with C channels.
        """
        reach = self.reach_px
        start, stop = max(0, rows.start - reach), min(height, rows.stop + reach)
        above, below = reach - (rows.start - start), reach - (stop - rows.stop)
        seen = cv2.copyMakeBorder(picture[start - first : stop - first], above, below, reach, reach, border)
        return np.asarray(seen, dtype=np.float32)

    def over(self, padded: LinearImage, rows: slice, height: int) -> LinearImage:
        """Spread what `padded` gives: these rows of a picture of so many."""
        return convolve(padded, self._kernel()) if self.aperture.is_even else self._rows_by_field(padded, rows, height)

    def _rows_by_field(self, padded: LinearImage, rows: slice, height: int) -> LinearImage:
        surplus = 2 * self.reach_px
        width = padded.shape[1] - surplus
        half_diagonal = 0.5 * math.hypot(height, width)
        result = np.zeros((rows.stop - rows.start, width, *padded.shape[2:]), np.float32)
        for down, down_share, y in _nodes(height, _NODE_ROWS, rows):
            for across, across_share, x in _nodes(width, _NODE_COLUMNS):
                seen = padded[down.start : down.stop + surplus, across.start : across.stop + surplus]
                kernel = self._kernel((y / half_diagonal, x / half_diagonal))
                blurred = convolve(np.ascontiguousarray(seen), kernel)
                share = np.outer(down_share, across_share)
                shares = share if padded.ndim == 2 else cv2.merge([share] * padded.shape[2])
                result[down, across] += cv2.multiply(blurred, shares)
        return result

    def _kernel(self, field: tuple[float, float] = (0.0, 0.0)) -> Kernel:
        return _spread_kernel(self.radius_px, self.aperture, self.resampled, field)


@lru_cache(maxsize=128)
def _spread_kernel(radius_px: float, aperture: Aperture, resampled: bool, field: tuple[float, float]) -> Kernel:
    """Kept, for one frame after the other, and one strip after the other, is spread alike."""
    if not resampled:
        return aperture_kernel(radius_px, aperture, field)
    return sharpened(aperture_kernel(_resampled_radius_px(radius_px, aperture), aperture, field))


def defocus(
    picture: LinearImage,
    radius_px: float,
    aperture: ApertureShape | Aperture = "disk",
    *,
    resampled: bool = False,
    border: int = cv2.BORDER_REPLICATE,
) -> LinearImage:
    """Spread a whole picture, float32 (h, w) or (h, w, C), by the light of every point; see `PointSpread`."""
    spread = PointSpread(radius_px, Aperture(aperture) if isinstance(aperture, str) else aperture, resampled)
    height = picture.shape[0]
    rows = slice(0, height)
    return spread.over(spread.padded(picture, 0, rows, height, border), rows, height)


def _nodes(length: int, count: int, part: slice | None = None) -> Iterator[tuple[slice, NDArray[np.float32], float]]:
    """Places along a side: the pixels that each has a share in, counted from the start of the part that is asked for,
    these shares, and its distance from the middle.
    """
    start, stop = (0, length) if part is None else (part.start, part.stop)
    places = np.linspace(0.0, length - 1.0, min(count, length))
    step = float(places[1]) if length > 1 else 1.0
    for place in places:
        pixels = np.arange(math.floor(place - step) + 1, math.ceil(place + step))
        pixels = pixels[(pixels >= start) & (pixels < stop)]
        if pixels.size:
            share = (1.0 - np.abs(pixels - place) / step).astype(np.float32)
            yield slice(int(pixels[0]) - start, int(pixels[-1]) + 1 - start), share, float(place - 0.5 * (length - 1))
