"""Mask propagation: the probability of an earlier frame, carried to a later one by optical flow."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.matting.refinement import Probability
from portrait.core.matting.temporal import SURE_MOTION, largest_channel, noise_threshold
from portrait.core.optical_flow import SMALLEST_SIDE_PX, Flow, find_flow, warp

MOST_UNEXPLAINED_PX = 6
"""Pixels of a thumbnail that may differ from the warped reference: less than a finger at arm's length covers."""

_SAMPLING_SLACK = 0.5
"""Pixels by which an edge may lie elsewhere: the flow errs by less, and so does the sampling of the warped image."""

_LEAST_RESIDUAL = 3.5
"""Levels of 255: less is the light's change, and the flow's error where one motion meets another."""

_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceFrame:
    """A frame whose probability is known.

    Attributes
    ----------
    thumbnail
        uint8 (h, w, 3), see `portrait.core.matting.temporal.find_thumbnail`.
    probability
        float32, 0 … 1, covering the whole frame at any resolution.
    """

    thumbnail: RgbImage
    probability: Probability


def propagate(reference: ReferenceFrame, thumbnail: RgbImage) -> Probability | None:
    """Warp the probability of a reference frame to a later frame along the optical flow between the two.

    Deep Feature Flow (Zhu et al. 2017, doi:10.1109/CVPR.2017.441) carries features from its key frames to the frames
    between; here it is the result. Flow cannot tell what appears or is uncovered, so the warped reference is compared
    with the frame.

    Parameters
    ----------
    reference
        The earlier frame.
    thumbnail
        Of the later frame, uint8 (h, w, 3).

    Returns
    -------
    float32, 0 … 1, of the size of the reference's; None where the flow does not explain the frame, and for thumbnails
    of another size or with a side below 32 pixels.
    """
    if thumbnail.shape != reference.thumbnail.shape or min(thumbnail.shape[:2]) < SMALLEST_SIDE_PX:
        return None
    flow = find_flow(thumbnail, reference.thumbnail, is_quick=True)
    if np.count_nonzero(find_unexplained(warp(reference.thumbnail, flow), thumbnail)) > MOST_UNEXPLAINED_PX:
        return None
    probability = reference.probability
    return warp(probability, _resize_flow(flow, (probability.shape[0], probability.shape[1])))


def find_unexplained(warped: NDArray[np.float32], thumbnail: RgbImage) -> NDArray[np.bool_]:
    """Photometric residual: where a warped image differs from the image by more than noise and sampling explain.

    The tolerance for sampling follows Birchfield & Tomasi 1998, doi:10.1109/34.677269: half of what the neighbouring
    pixels differ by.

    Parameters
    ----------
    warped, thumbnail
        float32 and uint8 (h, w, 3), levels of 0 … 255.

    Returns
    -------
    bool (h, w).
    """
    difference = np.abs(cv2.blur(cv2.subtract(thumbnail, warped, dtype=cv2.CV_32F), (3, 3)))
    contrast = cv2.subtract(cv2.dilate(warped, _NEIGHBOURS), cv2.erode(warped, _NEIGHBOURS))
    beyond = cv2.addWeighted(difference, 1.0, cv2.blur(contrast, (3, 3)), -0.5 * _SAMPLING_SLACK, 0.0)
    noise = noise_threshold(largest_channel(np.asarray(difference, np.float32)))
    threshold = max((1.0 + SURE_MOTION) * noise, _LEAST_RESIDUAL)
    unexplained: NDArray[np.bool_] = largest_channel(np.asarray(beyond, np.float32)) > threshold
    return unexplained


def _resize_flow(flow: Flow, shape: tuple[int, int]) -> Flow:
    """Flow of an image of another size, (H, W)."""
    scale = np.array([shape[1] / flow.shape[1], shape[0] / flow.shape[0]], np.float32)
    if flow.shape[:2] == shape:
        return flow
    return np.asarray(cv2.resize(flow, shape[::-1], interpolation=cv2.INTER_LINEAR) * scale, np.float32)
