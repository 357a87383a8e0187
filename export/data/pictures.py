"""Pictures and labels of data sets, read from their files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from export.data.labels import HARD_LEVELS
from export.errors import DataError

ALPHA_FOLDER = "alpha"
"""Its labels are opacity and may have any level; all others are masks."""

_MOST_NAMED = 6
_DEEP_STEP = 257
"""Levels of 16 bits for one of 8."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture of this EXIF orientation upright (Exif 3.0, CIPA DC-008, tag 0x0112)."""

_ANEW = "write it anew with 0 for background, 255 for people and 128 for what is not judged"
_SCALED = "where it was scaled, do so with the nearest neighbour; where it is opacity, put it into alpha/"
_PALETTE = "its numbers stand for classes: in Pascal VOC 15 is a person and 255 not judged"


def read_upright(path: Path) -> Image.Image:
    """A picture in the mode of its file, decoded, with its EXIF orientation applied.

    Raises
    ------
    DataError
        It cannot be read.
    """
    try:
        with Image.open(path) as opened:
            opened.load()
            return _turn_upright(opened)
    except (OSError, SyntaxError, ValueError) as exc:  # Pillow raises the others where chunks of a PNG are damaged
        raise DataError(f"cannot read {path.name}: {exc}", "mend or remove the file") from exc


def read_label(path: Path) -> Image.Image:
    """A mask, or the alpha of a picture in a folder of this name: 8-bit grey, upright; 16 bits are rounded.

    Raises
    ------
    DataError
        It cannot be read, or a mask has other levels than 0, 128 and 255, which would be taken for half a person.
    """
    picture = read_upright(path)
    if picture.mode.startswith("I"):  # Pillow itself would cut 16 bits off at 255
        values = np.asarray(picture) / _DEEP_STEP
        label, levels = Image.fromarray(np.rint(values).astype(np.uint8)), np.unique(values)
    else:
        label = picture.convert("L")
        levels = np.flatnonzero(label.histogram()).astype(np.float64)
    if path.parent.name != ALPHA_FOLDER and not np.isin(levels, HARD_LEVELS).all():
        raise _foreign_levels(path, picture, levels)
    return label


def _turn_upright(picture: Image.Image) -> Image.Image:
    try:
        method = _UPRIGHT.get(picture.getexif().get(Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, ArithmeticError):  # a damaged block turns nothing
        return picture
    return picture if method is None else picture.transpose(method)


def _foreign_levels(path: Path, picture: Image.Image, levels: NDArray[Any]) -> DataError:
    if picture.mode == "P":
        numbers = _named(np.flatnonzero(picture.histogram()))
        return DataError(f"{path}: a mask with a palette, numbers {numbers}", f"{_ANEW}; {_PALETTE}")
    return DataError(f"{path}: a mask has the levels 0, 128 and 255 alone, not {_named(levels)}", f"{_ANEW}; {_SCALED}")


def _named(levels: NDArray[Any]) -> str:
    some = ", ".join(f"{level:.3g}" for level in levels[:_MOST_NAMED])
    return some if len(levels) <= _MOST_NAMED else f"{some} … ({len(levels)} of them)"
