"""How a decoded picture is to be cropped, turned and mirrored before it is shown."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait.errors import ImageFileError
from portrait.files.boxes import Box, Items, read_items
from portrait.files.metadata import read_orientation
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import turn_upright

Level = TypeVar("Level", bound=np.generic)

_ORIENTATION_OF_TURN = (1, 8, 3, 6)  # counter-clockwise, in quarters
_ORIENTATION_OF_MIRROR = (4, 2)  # top and bottom exchanged, left and right exchanged


@dataclass(frozen=True, slots=True)
class CleanAperture:
    """The part of a coded picture that is shown (ISO/IEC 14496-12, 12.1.4).

    Attributes
    ----------
    width, height
        Of the part, in pixels.
    right_by, down_by
        From the middle of the picture to the middle of the part.
    """

    width: Fraction
    height: Fraction
    right_by: Fraction
    down_by: Fraction

    def rows_and_columns(self, height: int, width: int) -> tuple[slice, slice]:
        """Of a picture of this size; IndexError where the part does not lie inside."""
        return _span(height, self.height, self.down_by), _span(width, self.width, self.right_by)


@dataclass(frozen=True, slots=True)
class Placement:
    """Steps from the pixels as they are coded to those shown: crops, and EXIF orientations."""

    steps: tuple[CleanAperture | int, ...] = ()

    def apply(self, array: NDArray[Level]) -> NDArray[Level]:
        """(H, W, …) → the part that is shown, upright; IndexError where a crop does not lie inside."""
        for step in self.steps:
            if isinstance(step, int):
                array = turn_upright(array, step)
            else:
                array = array[step.rows_and_columns(*array.shape[:2])]
        return np.ascontiguousarray(array)

    def shape(self, height: int, width: int) -> tuple[int, int]:
        """(H, W) that is shown of a picture of this size; IndexError as `apply`."""
        shown = self.apply(np.empty((height, width, 0), np.uint8)).shape
        return shown[0], shown[1]


def read_placement(opened: OpenedImage) -> Placement:
    """What is left to do for an opened picture: the boxes of AVIF, or else the orientation in EXIF.

    HEIC is cropped and turned by its decoder. In both containers the orientation in EXIF has no say (ISO/IEC 23008-12,
    A.2.3), so that nothing turns twice.

    Raises
    ------
    ImageFileError
        The file says that the picture is cropped, and how cannot be known.
    """
    picture = opened.picture
    if picture.format == "AVIF":
        return read_container_placement(opened)
    return Placement() if picture.format == "HEIF" else Placement((read_orientation(picture),))


def read_container_placement(opened: OpenedImage) -> Placement:
    """What the boxes of an opened picture ask for that its decoder does not do; without EXIF.

    libavif decodes neither crop nor turn. They are applied in the order in which the file lists them, which is to be
    crop, turn, mirror (ISO/IEC 23000-22, 7.3.6.7).

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
        hint = "Open it in another program, and save it as JPEG or PNG."
        raise ImageFileError(f"{opened.path} is damaged: how it is cropped and turned cannot be read", hint) from exc
    return placement


def cut_away(items: Items, item: int) -> float:
    """The share of a side that the crop of an item of HEIF leaves out, of the side that loses more; 0 without one.

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


def _read_step(box: Box) -> CleanAperture | int | None:
    """A transformative property (ISO/IEC 23008-12, 6.5.9, 6.5.10 and 6.5.12); none for all others."""
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
