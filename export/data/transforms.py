"""Augmentation presets: how labelled images become samples for training and evaluation.

A labelled image is uint8 (H, W, 5): RGB, label and instances (see `export.data.labels`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from export.data.degrade import FaultRates, degrade
from export.data.geometric import (
    camera_view,
    person_box,
    random_aspect,
    random_view,
    shrink_instances,
    shrink_label,
    split_planes,
)
from export.data.labels import VOID_LABEL, LabelledImage, fill_small_holes
from export.data.occlude import DrawBackground, occlude
from export.data.paste import Placing, paste_people, place_people
from export.data.photometric import vary_color

Rng = np.random.Generator
DrawPerson = Callable[[Rng], LabelledImage]
Sample = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Image uint8 (size, size, 3) RGB, label and instances uint8 (size, size)."""
TargetSample = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]
"""Image uint8 (size, size, 3) RGB; a label for each output, uint8 (2, size, size), see `label_meaning`; centres and
offsets, float32 (4, size/4, size/4), see `people_targets`.
"""


@dataclass(frozen=True, slots=True)
class TrainPreset:
    """Training augmentation: random view, people composited onto other backgrounds, colour jitter, degradation.

    The view is resized to a square, as the network sees images of any aspect ratio.

    Attributes
    ----------
    size_px
        Side of the samples.
    composite_probability
        Probability that the people of an image are composited onto an image without people.
    crowd_probability, most_people
        Probability of a composite with the people of two or more images, and the largest number of these images.
    placing
        Placement of composited people.
    filled_hole_fraction
        Holes in person masks up to this share of the sample are filled: most are errors of the label.
    camera_view_probability
        Probability of a crop as a webcam or an upright phone would frame the people, in samples without composite.
    occluder_probability
        Probability that a thing stands in front of the people, see `export.data.occlude`.
    dark_probability
        Probability of a darker image, without the noise that ``faults.underexpose`` adds.
    grey_probability
        Probability of an image without colour.
    faults
        Probability of each degradation.
    """

    size_px: int = 256
    composite_probability: float = 0.5
    crowd_probability: float = 0.25
    most_people: int = 2
    placing: Placing = field(default_factory=Placing)
    filled_hole_fraction: float = 0.0
    camera_view_probability: float = 0.0
    occluder_probability: float = 0.0
    dark_probability: float = 0.12
    grey_probability: float = 0.05
    faults: FaultRates = field(default_factory=FaultRates)

    def __call__(
        self, source: LabelledImage, draw_person: DrawPerson, draw_background: DrawBackground, rng: Rng
    ) -> Sample:
        """Make one training sample."""
        # Geometry: a view of the image itself, or a composite.
        has_person = bool((source[..., 3] > VOID_LABEL).any())
        background = draw_background(rng) if has_person and rng.random() < self.composite_probability else None
        scene = self._view(source, rng) if background is None else self._compose(source, background, draw_person, rng)
        if has_person and self.occluder_probability and rng.random() < self.occluder_probability:
            scene = occlude(scene, draw_background, rng)
        # Mirroring, colour jitter and degradation.
        if rng.random() < 0.5:
            scene = scene[:, ::-1]
        image = vary_color(np.ascontiguousarray(scene[..., :3]), rng, self.dark_probability, self.grey_probability)
        _, label, instances = split_planes(scene)
        return degrade(image, rng, self.faults), label, instances

    def _view(self, source: LabelledImage, rng: Rng) -> LabelledImage:
        box = person_box(source) if rng.random() < self.camera_view_probability else None
        scene = random_view(source, self.size_px, rng) if box is None else camera_view(source, box, self.size_px, rng)
        return self._mend(scene)

    def _mend(self, scene: LabelledImage) -> LabelledImage:
        if self.filled_hole_fraction:
            scene[..., 3] = fill_small_holes(scene[..., 3], self.filled_hole_fraction)
        return scene

    def _compose(
        self, source: LabelledImage, background: LabelledImage, draw_person: DrawPerson, rng: Rng
    ) -> LabelledImage:
        # A background without people.
        aspect = random_aspect(rng)
        scene = random_view(background, self.size_px, rng, aspect)
        scene[..., 3:] = 0
        is_crowd = self.most_people > 1 and rng.random() < self.crowd_probability
        others = int(rng.integers(1, self.most_people)) if is_crowd else 0
        # Place the people of all images, then paste them from far to near.
        sources = [source, *(draw_person(rng) for _ in range(others))]
        placed = [place_people(one, aspect, self.size_px, rng, self.placing) for one in sources]
        for people in sorted(filter(None, placed), key=lambda one: one.height_px):  # nearer people occlude farther ones
            scene = paste_people(scene, replace(people, labelled=self._mend(people.labelled)), rng, self.placing)
        return scene


@dataclass(frozen=True, slots=True)
class EvalPreset:
    """Evaluation preset: the whole image and its label resized to a square, without augmentation."""

    size_px: int = 256

    def __call__(self, source: LabelledImage) -> Sample:
        """Make one evaluation sample."""
        size = (self.size_px, self.size_px)
        rgb, label, instances = split_planes(source)
        image = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        return np.asarray(image, dtype=np.uint8), shrink_label(label, size), shrink_instances(instances, size)


_SCENES = TrainPreset(
    composite_probability=0.35,
    crowd_probability=0.35,
    most_people=4,
    placing=Placing(smallest_share=0.08, standing_probability=0.7, close_up_probability=0.3, edge_erosion_px=2),
    filled_hole_fraction=0.0003,
    camera_view_probability=0.2,
    faults=FaultRates(underexpose=0.08),
)

PRESETS: Mapping[str, TrainPreset] = {
    "plain": TrainPreset(),
    "scenes": _SCENES,
    "occluded": replace(_SCENES, composite_probability=0.3, occluder_probability=0.15, grey_probability=0.12),
    "varied": TrainPreset(
        crowd_probability=0.35,
        most_people=4,
        placing=Placing(
            smallest_share=0.08,
            standing_probability=0.7,
            close_up_probability=0.3,
            edge_erosion_px=2,
            own_edge_colors=True,
        ),
        filled_hole_fraction=0.0003,
        camera_view_probability=0.35,
        dark_probability=0.08,
        faults=FaultRates(underexpose=0.1),
    ),
}
"""Augmentation presets by name; another ``size_px`` is set with `dataclasses.replace`."""
