"""Aperture kernels: the point-spread function of an out-of-focus point, and convolution with it."""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.lens import Aperture, ApertureShape

Kernel: TypeAlias = NDArray[np.float32]
"""float32 (n, n), n odd, sums to 1."""

_BLADES = {"pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8, "nonagon": 9}
_DIRECT_TAPS = 225
"""Larger kernels are applied by Fourier transform, whose cost does not grow with them."""

_OPENCV_DIRECT_TAPS = 129
"""From here on filter2D would transform by itself, block by block, which takes twice as long."""

_CATS_EYE_SHIFT = 0.5  # in radii, at the corners
_SWIRL_SQUEEZE = 0.6  # at the corners
_NODE_ROWS, _NODE_COLUMNS = 5, 7
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
    radius = radius_px
    for _ in range(3):
        radius *= math.sqrt(wanted / (_spread(sharpened(aperture_kernel(radius, aperture))) + 1e-9))
    return radius


def _spread(kernel: Kernel) -> float:
    """Mean squared distance from the middle."""
    square = np.square(np.arange(kernel.shape[0]) - kernel.shape[0] // 2)
    return float(kernel.sum(axis=0) @ square + kernel.sum(axis=1) @ square)


def defocus(
    picture: LinearImage,
    radius_px: float,
    aperture: ApertureShape | Aperture = "disk",
    *,
    resampled: bool = False,
    border: int = cv2.BORDER_REPLICATE,
) -> LinearImage:
    """A picture out of focus.

    Where the opening differs over the field, the picture is blurred by the kernels of a coarse grid of places, each
    fading into its neighbours: at most four times the work.

    Parameters
    ----------
    picture
        float32 (h, w) or (h, w, C).
    radius_px
        In pixels of ``picture``.
    resampled
        Whether the picture was shrunk, and will be enlarged: takes back what that blurs; see `sharpened`.
    border
        What OpenCV is to see beyond the frame. The outermost pixels repeated come nearest to what is really there: on
        rooms and fields that go on beyond it 2 dB nearer, within a radius of the frame, than a mirror image, and 3 dB
        nearer than a mean over what is inside.

    Returns
    -------
    float32 of the shape of ``picture``.
    """
    aperture = Aperture(aperture) if isinstance(aperture, str) else aperture
    radius_px = _resampled_radius_px(radius_px, aperture) if resampled else radius_px

    def kernel_at(field: tuple[float, float]) -> Kernel:
        kernel = aperture_kernel(radius_px, aperture, field)
        return sharpened(kernel) if resampled else kernel

    middle = kernel_at((0.0, 0.0))
    reach = middle.shape[0] // 2
    padded = np.asarray(cv2.copyMakeBorder(picture, reach, reach, reach, reach, border), dtype=np.float32)
    return convolve(padded, middle) if aperture.is_even else _convolve_by_field(padded, middle.shape[0] - 1, kernel_at)


def _convolve_by_field(
    padded: LinearImage, surplus: int, kernel_at: Callable[[tuple[float, float]], Kernel]
) -> LinearImage:
    height, width = padded.shape[0] - surplus, padded.shape[1] - surplus
    half_diagonal = 0.5 * math.hypot(height, width)
    result = np.zeros((height, width, *padded.shape[2:]), np.float32)
    for rows, row_share, y in _nodes(height, _NODE_ROWS):
        for columns, column_share, x in _nodes(width, _NODE_COLUMNS):
            seen = padded[rows.start : rows.stop + surplus, columns.start : columns.stop + surplus]
            blurred = convolve(np.ascontiguousarray(seen), kernel_at((y / half_diagonal, x / half_diagonal)))
            share = np.outer(row_share, column_share).reshape(*blurred.shape[:2], *[1] * (padded.ndim - 2))
            result[rows, columns] += share * blurred
    return result


def _nodes(length: int, count: int) -> Iterator[tuple[slice, NDArray[np.float32], float]]:
    """Places along a side: the pixels that each has a share in, these shares, and its distance from the middle."""
    places = np.linspace(0.0, length - 1.0, min(count, length))
    step = float(places[1]) if length > 1 else 1.0
    for place in places:
        pixels = np.arange(math.floor(place - step) + 1, math.ceil(place + step))
        pixels = pixels[(pixels >= 0) & (pixels < length)]
        share = (1.0 - np.abs(pixels - place) / step).astype(np.float32)
        yield slice(int(pixels[0]), int(pixels[-1]) + 1), share, float(place - 0.5 * (length - 1))


def convolve(padded: LinearImage, kernel: Kernel) -> LinearImage:
    """Convolve where the kernel lies wholly inside the picture: a bright point becomes the kernel.

    float32 (H, W) or (H, W, C) and kernel (n, n) → (H − n + 1, W − n + 1) or with C channels.
    """
    if kernel.size <= _DIRECT_TAPS:
        return _convolve_directly(padded, kernel)
    rows, columns = (cv2.getOptimalDFTSize(side) for side in padded.shape[:2])
    spectrum = np.asarray(cv2.dft(_placed(kernel, rows, columns)), dtype=np.float32)
    channels = [np.asarray(channel, dtype=np.float32) for channel in cv2.split(padded)]
    parts = [_filtered(_placed(channel, rows, columns), spectrum) for channel in channels]
    whole = parts[0] if padded.ndim == 2 else cv2.merge(parts)
    first = kernel.shape[0] - 1
    return np.asarray(whole[first : padded.shape[0], first : padded.shape[1]], dtype=np.float32)


def _convolve_directly(padded: LinearImage, kernel: Kernel) -> LinearImage:
    """In bands of kernel rows that OpenCV, too, applies directly."""
    size = kernel.shape[0]
    height, width = padded.shape[0] - size + 1, padded.shape[1] - size + 1
    flipped, bands = cv2.flip(kernel, -1), -(-kernel.size // _OPENCV_DIRECT_TAPS)
    total = np.zeros((height, width, *padded.shape[2:]), np.float32)
    for first in range(0, size, -(-size // bands)):
        band = flipped[first : first + -(-size // bands)]
        seen = padded[first : first + height + band.shape[0] - 1]
        part = cv2.filter2D(seen, -1, band, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)[:height, :width]
        total = part if bands == 1 else cv2.add(total, part)
    return np.asarray(total, dtype=np.float32)


def _placed(plane: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Zeros of this size with ``plane`` at the top left."""
    bottom, right = rows - plane.shape[0], columns - plane.shape[1]
    return np.asarray(cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_CONSTANT), dtype=np.float32)


def _filtered(plane: NDArray[np.float32], spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """Circular convolution."""
    product = cv2.mulSpectrums(cv2.dft(plane), spectrum, 0)
    return np.asarray(cv2.dft(product, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE), dtype=np.float32)
