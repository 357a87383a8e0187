"""Semantic segmentation as a label map: the class of every pixel, by the arg max over the classes."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from portrait.core.matting.refinement import to_probability
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import resize

LabelMap = NDArray[np.uint8]
"""uint8 (H, W): number of each pixel's class."""

VOC_CLASSES = (
    "background",
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("dining table", "dog", "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train", "tv monitor"),
)
"""The 21 classes of PASCAL VOC 2012 in the order of the published networks."""


def label_numbers(spec: ModelSpec) -> Mapping[str, int]:
    """Number of each class of a network in its label maps.

    Numbers are those of PASCAL VOC where it has all of the network's classes, so that label maps of different networks
    can be compared; else the classes count from 0 on. A network of people has two classes: background, and person.
    """
    names = spec.class_names if spec.output_kind == "class_logits" else ("background", "person")
    return {name: VOC_CLASSES.index(name) if set(names) <= set(VOC_CLASSES) else i for i, name in enumerate(names)}


def to_label_map(network_output: NDArray[np.float32], spec: ModelSpec, height: int, width: int) -> LabelMap:
    """Class of every pixel: the channel of the largest logit, once the logits are upsampled bilinearly.

    For a network of people: the person where its probability is over 0.5.

    Parameters
    ----------
    network_output
        float32 (C, h, w), covering the whole image.
    height, width
        Size of the label map.

    Returns
    -------
    uint8 (H, W): numbers of `label_numbers`.
    """
    numbers = label_numbers(spec)
    if spec.output_kind == "person_probability":
        is_person = resize(to_probability(network_output, spec), height, width) > 0.5
        return np.where(is_person, np.uint8(numbers["person"]), np.uint8(numbers["background"]))
    # One class after the other: all upsampled logits at once would take a gigabyte at 12 megapixels.
    largest = np.full((height, width), -np.inf, np.float32)
    labels = np.zeros((height, width), np.uint8)
    for number, logits in zip(numbers.values(), network_output, strict=True):
        upsampled = resize(np.ascontiguousarray(logits), height, width)
        is_larger = upsampled > largest
        np.copyto(largest, upsampled, where=is_larger)
        labels[is_larger] = number
    return labels


def class_shares(labels: LabelMap, spec: ModelSpec) -> Mapping[str, float]:
    """Share of the image, 0 … 1, of each class that a label map shows; the largest first."""
    pixels = np.bincount(labels.ravel(), minlength=256)
    shares = {name: float(pixels[number]) / labels.size for name, number in label_numbers(spec).items()}
    return dict(sorted(((name, share) for name, share in shares.items() if share), key=lambda one: -one[1]))


def class_colors() -> NDArray[np.uint8]:
    """The palette of PASCAL VOC (Everingham et al. 2010, doi:10.1007/s11263-009-0275-4): uint8 (256, 3), sRGB.

    Bits 0, 3 and 6 of a class number are the highest bits of its red, bits 1, 4 and 7 of its green, 2 and 5 of its
    blue.
    """
    bits = (np.arange(256)[:, None] >> np.arange(9)) & 1
    weights = 1 << np.array([7, 6, 5])
    return np.stack([bits[:, channel::3] @ weights for channel in range(3)], axis=1).astype(np.uint8)
