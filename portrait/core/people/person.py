"""One person of an image: where, how large, and with which matte."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import Box, bounding_box
from portrait.core.people.centers import CenterMaps, label_by_centers
from portrait.core.people.instances import PERSON_THRESHOLD, Labels, label_people
from portrait.core.resize import downsample_to_long_side

LABEL_LONG_SIDE_PX = 512
"""People are told apart at this size; the shape of the whole does not need more."""

_VISIBLE_ALPHA = 1.0 / 255.0

_TOUCH_FRACTION = 0.02
"""People whose masks are this near, as a share of the image's longer side, touch."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A person, with what they hold and wear.

    Attributes
    ----------
    box
        The smallest that holds all that is more opaque than clear.
    area
        Share of the image that the person covers, 0 … 1: the mean of the matte.
    image_shape
        (H, W) of the image.
    neighbours
        Places, in the same tuple of people, of those whom this one touches.
    """

    box: Box
    area: float
    image_shape: tuple[int, int]
    neighbours: frozenset[int]
    _window: Box = field(repr=False)
    _in_window: NDArray[np.float32] = field(repr=False)

    @property
    def matte(self) -> AlphaMatte:
        """Opacity of this person alone, float32 (H, W), 0 … 1, of the whole image; a new array."""
        matte = np.zeros(self.image_shape, np.float32)
        self.add_to(matte)
        return matte

    def add_to(self, matte: AlphaMatte) -> None:
        """Add the opacity of this person to a matte of the whole image, which is changed."""
        shown = self._window.crop(matte)
        shown += self._in_window


def split_people(alpha: AlphaMatte, centers: CenterMaps | None = None) -> tuple[Person, ...]:
    """Instance segmentation of a matte: every pixel of it belongs to the person nearest to it.

    Without centres, people who touch side by side are told apart, people who stand behind one another are not: see
    `portrait.core.people.instances.label_people`.

    Parameters
    ----------
    alpha
        float32 (H, W), 0 … 1, of all people.
    centers
        What a network that tells people apart found in the same image.

    Returns
    -------
    The largest first. Their mattes sum to ``alpha``, but for specks that are no person.
    """
    small = np.ascontiguousarray(downsample_to_long_side(alpha, LABEL_LONG_SIDE_PX))
    labels = label_people(small) if centers is None else label_by_centers(small, centers)
    count = int(labels.max(initial=0))
    if count == 0:
        return ()
    if count == 1:
        return (_cut_out(alpha, None, frozenset()),)
    owner = _nearest_label(labels)
    height, width = alpha.shape
    owner_at_full_size = cv2.resize(owner, (width, height), interpolation=cv2.INTER_NEAREST)
    touching = _find_touching(labels, count)
    people = [_cut_out(alpha, owner_at_full_size == label, touching[label - 1]) for label in range(1, count + 1)]
    order = sorted(range(count), key=lambda index: -people[index].area)
    place = {index: number for number, index in enumerate(order)}
    return tuple(
        replace(people[index], neighbours=frozenset(place[other] for other in people[index].neighbours))
        for index in order
    )


def _nearest_label(labels: Labels) -> NDArray[np.uint16]:
    """Voronoi partition: the label of the labelled pixel nearest to each pixel, (h, w)."""
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    by_pixel = np.zeros(int(nearest.max()) + 1, np.uint16)
    is_labelled = labels > 0
    by_pixel[nearest[is_labelled]] = labels[is_labelled]
    return by_pixel[nearest]


def _find_touching(labels: Labels, count: int) -> list[frozenset[int]]:
    """For each label, less one, those that a dilation of it meets."""
    reach_px = max(1, round(_TOUCH_FRACTION * max(labels.shape)))
    window = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    touching = []
    for label in range(1, count + 1):
        around = labels[cv2.dilate((labels == label).astype(np.uint8), window) > 0]
        touching.append(
            frozenset(int(other) - 1 for other in np.flatnonzero(np.bincount(around)) if other not in (0, label))
        )
    return touching


def _cut_out(alpha: AlphaMatte, is_own: NDArray[np.bool_] | None, neighbours: frozenset[int]) -> Person:
    """The person to whom these pixels belong; None: all do."""
    is_seen = alpha > _VISIBLE_ALPHA
    window = bounding_box(is_seen if is_own is None else is_seen & is_own)
    inside = window.crop(alpha)
    in_window = inside.copy() if is_own is None else np.where(window.crop(is_own), inside, np.float32(0.0))
    solid = bounding_box(in_window >= PERSON_THRESHOLD)
    box = Box(window.top + solid.top, window.left + solid.left, window.top + solid.bottom, window.left + solid.right)
    area = float(in_window.sum(dtype=np.float64) / alpha.size)
    return Person(box, area, (alpha.shape[0], alpha.shape[1]), neighbours, window, in_window)
