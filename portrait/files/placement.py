"""Crops, rotations and mirrorings that a file prescribes for its decoded image."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait.errors import ImageFileError
from portrait.files.containers.boxes import Box, Items, read_items
from portrait.files.metadata.photo_metadata import read_orientation
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import turn_upright
from portrait.language import tr

Level = TypeVar("Level", bound=np.generic)

_ORIENTATION_OF_TURN = (1, 8, 3, 6)  # counter-clockwise, in quarters
_ORIENTATION_OF_MIRROR = (4, 2)  # top and bottom exchanged, left and right exchanged
_PADDING = 0.03  # of a side: what a crop takes from an encoder's padding shifts nothing
_ASPECT_TOLERANCE = 0.03


@dataclass(frozen=True, slots=True)
class CleanAperture:
    """Clean aperture: the part of a coded image that is shown (ISO/IEC 14496-12, 12.1.4).

    Attributes
    ----------
    width, height
        Size of the part in pixels.
    right_by, down_by
        Offset of the centre of the part from the centre of the image, in pixels.
    """

    width: Fraction
    height: Fraction
    right_by: Fraction
    down_by: Fraction

    def rows_and_columns(self, height: int, width: int) -> tuple[slice, slice]:
        """Row and column slices in an image of this size; IndexError where the part does not lie inside."""
        return _span(height, self.height, self.down_by), _span(width, self.width, self.right_by)


@dataclass(frozen=True, slots=True)
class Placement:
    """Steps from the coded image to the shown one, in order: crops and EXIF orientations."""

    steps: tuple[CleanAperture | int, ...] = ()

    def apply(self, array: NDArray[Level]) -> NDArray[Level]:
        """Apply the steps to an (H, W, …) array; IndexError where a crop does not lie inside."""
        for step in self.steps:
            if isinstance(step, int):
                array = turn_upright(array, step)
            else:
                array = array[step.rows_and_columns(*array.shape[:2])]
        return np.ascontiguousarray(array)

    def shape(self, height: int, width: int) -> tuple[int, int]:
        """(H, W) of the shown image for a coded image of this size; IndexError as `apply`."""
        shown = self.apply(np.empty((height, width, 0), np.uint8)).shape
        return shown[0], shown[1]


def read_placement(opened: OpenedImage) -> Placement:
    """Steps still to be applied to a decoded image: those in the boxes of AVIF, or for other formats EXIF orientation.

    HEIC is cropped and turned by its decoder. In HEIC and AVIF the orientation in EXIF is ignored (ISO/IEC 23008-12,
    A.2.3), so that no image is turned twice.

    Raises
    ------
    ImageFileError
        The file states a crop that cannot be read.
    """
    picture = opened.picture
    if picture.format == "AVIF":
        return read_container_placement(opened)
    return Placement() if picture.format == "HEIF" else Placement((read_orientation(picture),))


def read_container_placement(opened: OpenedImage) -> Placement:
    """Steps that the boxes of an opened image prescribe and its decoder does not apply; EXIF is not read.

    libavif applies neither crop nor rotation. They are applied in the order of the file, which should be crop, rotate,
    mirror (ISO/IEC 23000-22, 7.3.6.7).

    Raises
    ------
    ImageFileError
        As `read_placement`.
    """
    picture = opened.picture
    if picture.format != "AVIF":
        return Placement()
    try:
        items = read_items(opened.file)
        placement = Placement(tuple(step for box in items.properties[items.primary] if (step := _read_step(box))))
        placement.shape(picture.height, picture.width)
    except (struct.error, LookupError, ArithmeticError) as exc:
        hint = tr("Open it in another program, and save it as JPEG or PNG.")
        raise ImageFileError(
            tr("{path} is damaged: how it is cropped and turned cannot be read", path=opened.path), hint
        ) from exc
    return placement


def cut_away(items: Items, item: int) -> float:
    """Share of a side that the crop of a HEIF item removes, for the side that loses more; 0 without a crop.

    Raises
    ------
    struct.error, LookupError, ArithmeticError
        Damaged.
    """
    boxes = dict(items.properties[item])
    if b"clap" not in boxes:
        return 0.0
    width, height = struct.unpack_from(">II", boxes[b"ispe"], 4)
    aperture = _read_aperture(boxes[b"clap"])
    return float(1 - min(aperture.width / width, aperture.height / height))


def is_cropped_otherwise(items: Items, item: int) -> bool:
    """Whether an auxiliary image shows more, or less, than the photo: one of them was cropped.

    Raises
    ------
    struct.error, LookupError, ArithmeticError
        Damaged.
    """
    return abs(cut_away(items, items.primary) - cut_away(items, item)) > _PADDING


def has_aspect(shape: tuple[int, ...], photo: tuple[int, int]) -> bool:
    """Whether a map or matte of a shape (h, w) has the aspect ratio of a photo of (H, W)."""
    height, width = shape[:2]
    slack = _ASPECT_TOLERANCE + 1.0 / min(height, width)
    return abs(width * photo[0] / (height * photo[1]) - 1.0) <= slack


def turns_of(items: Items, item: int) -> tuple[int, ...]:
    """Rotations and mirrorings of a HEIF item as EXIF orientations, in their order.

    Raises
    ------
    struct.error, LookupError
        Damaged.
    """
    steps = (_read_step(box) for box in items.properties[item])
    return tuple(step for step in steps if isinstance(step, int))


def _read_step(box: Box) -> CleanAperture | int | None:
    """A transformative property (ISO/IEC 23008-12, 6.5.9, 6.5.10 and 6.5.12) as a step; None for other properties."""
    kind, content = box
    if kind == b"irot":
        return _ORIENTATION_OF_TURN[content[0] & 3]
    if kind == b"imir":
        return _ORIENTATION_OF_MIRROR[content[0] & 1]
    return _read_aperture(content) if kind == b"clap" else None


def _read_aperture(content: bytes) -> CleanAperture:
    parts = struct.unpack_from(">IIIIiIiI", content)
    return CleanAperture(*(Fraction(*parts[place : place + 2]) for place in range(0, 8, 2)))


def _span(whole: int, part: Fraction, offset: Fraction) -> slice:
    start = round(Fraction(whole) / 2 + offset - part / 2)
    length = round(part)
    if start < 0 or length < 1 or start + length > whole:
        raise IndexError(f"{length} pixels from {start} of {whole}")
    return slice(start, start + length)
