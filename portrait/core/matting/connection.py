"""Evidence for what colours say against the network: hair grows out of the subject, and a gap shows the background."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import Mask
from portrait.core.boxes import bounding_box
from portrait.core.matting.geodesic import geodesic_distances
from portrait.core.plane_algebra import Plane
from portrait.core.resize import downsample_to_long_side, resize

_LONG_SIDE_PX = 640
"""Size at which geodesic distances are found."""

_NEGLIGIBLE = 0.05
"""Geodesic distance (0 … 1 colour scale) up to which something is near subject and background alike: no evidence."""

_NEAR_OUTLINE = (0.7, -4.0)
_FAR_FROM_IT = (0.75, -0.4)
"""Nearness to the subject from which an alpha above the network's is believed, and its change per unit of the network's
probability: near the network's outline, where that is all but sure to be early or late, and in haze far from it.
"""

_SOFTNESS = 0.15
"""Range of that nearness over which belief grows."""

_OUTLINE_REACH = (0.012, 0.03)
"""Distances from the network's outline up to which it is near, and from which it is far, as shares of the long side."""

_TRACE = 0.12
"""Alpha from which a pixel belongs to a piece of the subject."""

_LIKELY = 0.5
"""Probability at the network's outline."""


def require_connection(alpha: Plane, probability: Plane, guide: NDArray[np.float32], unknown: Plane) -> Plane:
    """Correct alpha where colours overrule the network without evidence: scraps of background, and false holes.

    Colours that raise the network's probability are believed where a way leads to the known subject along which they
    change less than on any way to the known background, as a strand of hair grows out of the head; a line on the wall
    behind it goes on into the background. How much less depends on the probability, and on the distance from the
    network's outline. Colours that lower it need the same
    evidence of the background. Then pieces of subject that lie wholly far from the network's outline are dropped, and
    such holes are filled.

    Parameters
    ----------
    alpha
        float32 (h, w), 0 … 1, as colours tell it.
    probability
        float32 (h, w), 0 … 1, of the network.
    guide
        float32 (h, w, 3), 0 … 1.
    unknown
        float32 (h, w), 0 where the network decides alone.

    Returns
    -------
    float32 (h, w), 0 … 1, a new array.
    """
    result = alpha.copy()
    if not unknown.any():
        return result
    margin_px = 2  # the nearest known pixels on all sides
    box = bounding_box(unknown > 0.0).grown(margin_px, (alpha.shape[0], alpha.shape[1]))
    found, prior = box.crop(alpha), box.crop(probability)
    nearness = _nearness(box.crop(guide), prior, box.crop(unknown))
    outside_px, inside_px = _distance_px(prior < _LIKELY), _distance_px(prior >= _LIKELY)
    raised, lowered = _belief(nearness, prior, outside_px), _belief(1.0 - nearness, 1.0 - prior, inside_px)
    believed = prior + np.where(found > prior, raised, lowered) * (found - prior)
    believed = _drop_hazy_pieces(believed, outside_px)
    box.crop(result)[:] = 1.0 - _drop_hazy_pieces(1.0 - believed, inside_px)
    return result


def _nearness(guide: NDArray[np.float32], probability: Plane, unknown: Plane) -> Plane:
    """How near the known subject is against the known background, by geodesic distance: 0 background … 1 subject."""
    small = np.ascontiguousarray(downsample_to_long_side(guide, _LONG_SIDE_PX))
    shape = small.shape[0], small.shape[1]
    is_known, is_likely = resize(unknown, *shape) < 0.01, resize(probability, *shape) >= _LIKELY
    background, subject = geodesic_distances(small, np.stack([is_known & ~is_likely, is_known & is_likely]))
    share = (background + np.float32(_NEGLIGIBLE)) / (background + subject + np.float32(2.0 * _NEGLIGIBLE))
    return resize(share, *probability.shape)


def _belief(nearness: Plane, prior: Plane, beyond_px: Plane) -> Plane:
    """Share, 0 … 1, of a change against the network that is believed.

    By the nearness to what it changes to, the network's probability of that, and the distance from where it is likely.
    """
    # How far out in the haze is it?
    start, end = (share * max(prior.shape) for share in _OUTLINE_REACH)
    haze = np.clip((beyond_px - np.float32(start)) * np.float32(1.0 / (end - start)), 0.0, 1.0)
    # The farther, the more evidence is needed.
    near, far = (np.float32(least) + np.float32(slope) * prior for least, slope in (_NEAR_OUTLINE, _FAR_FROM_IT))
    needed = near + haze * np.maximum(far - near, np.float32(0.0))
    believed = np.clip((nearness - needed) * np.float32(1.0 / _SOFTNESS), 0.0, 1.0)
    return np.asarray(believed * believed * (3.0 - 2.0 * believed), np.float32)


def _drop_hazy_pieces(alpha: Plane, beyond_px: Plane) -> Plane:
    """Connected components of alpha, over gaps of two pixels, that lie far from the network's outline become 0."""
    is_piece = alpha > _TRACE
    bridged = cv2.dilate(is_piece.view(np.uint8), np.ones((3, 3), np.uint8))
    count, found = cv2.connectedComponents(bridged, connectivity=8)
    labels = np.asarray(found, np.int32)
    is_kept = np.zeros(count, np.bool_)
    is_kept[labels[is_piece & (beyond_px < _OUTLINE_REACH[0] * max(alpha.shape))]] = True
    is_kept[0] = True
    return alpha if is_kept.all() else np.where(np.take(is_kept, labels), alpha, np.float32(0.0))


def _distance_px(mask: Mask) -> Plane:
    """Distance of each pixel from the outside of a mask; 0 there, larger than the image where nothing is outside."""
    distance_px = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    return np.minimum(distance_px, np.float32(2 * sum(mask.shape)))
