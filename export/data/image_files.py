"""Reading of the image and label files of data sets."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from export.data.labels import HARD_LEVELS
from export.errors import DataError

ALPHA_FOLDER = "alpha"
"""Folder whose labels are opacity and may have any level; labels in other folders are masks."""

_MOST_NAMED = 6
"""Levels listed in an error message."""

_SIXTEEN_BIT_STEP = 257
"""Factor from 8-bit levels to 16-bit levels: 65535 / 255."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Transposition that turns an image of an EXIF orientation upright (Exif 3.0, CIPA DC-008, tag 0x0112)."""

_ANEW = "write it anew with 0 for background, 255 for people and 128 for what is not judged"
_SCALED = "where it was scaled, do so with the nearest neighbour; where it is opacity, put it into alpha/"
_PALETTE = "its numbers stand for classes: in Pascal VOC 15 is a person and 255 not judged"


def read_upright(path: Path) -> Image.Image:
    """Decode an image in the mode of its file and apply its EXIF orientation.

    Raises
    ------
    DataError
        It cannot be read.
    """
    try:
        with Image.open(path) as opened:
            opened.load()
            return _turn_upright(opened)
    except (OSError, SyntaxError, ValueError) as exc:  # SyntaxError and ValueError: damaged chunks of a PNG
        raise DataError(f"cannot read {path.name}: {exc}", "mend or remove the file") from exc


def read_label(path: Path) -> Image.Image:
    """Read a mask or, from the folder "alpha", an alpha matte: 8-bit grey, upright; 16-bit levels are rounded.

    Raises
    ------
    DataError
        The file cannot be read, or a mask has other levels than 0, 128 and 255, which would be read as partial opacity.
    """
    image = read_upright(path)
    # Levels in 8 bits, and the levels of the file for the check.
    if image.mode.startswith("I"):  # Pillow's own conversion clips at 255
        values = np.asarray(image) / _SIXTEEN_BIT_STEP
        label, levels = Image.fromarray(np.rint(values).astype(np.uint8)), np.unique(values)
    else:
        label = image.convert("L")
        levels = np.flatnonzero(label.histogram()).astype(np.float64)
    if path.parent.name != ALPHA_FOLDER and not np.isin(levels, HARD_LEVELS).all():
        raise _describe_wrong_levels(path, image, levels)
    return label


def _turn_upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation."""
    try:
        method = _UPRIGHT.get(image.getexif().get(Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, ArithmeticError):  # a damaged EXIF block
        return image
    return image if method is None else image.transpose(method)


def _describe_wrong_levels(path: Path, image: Image.Image, levels: NDArray[Any]) -> DataError:
    if image.mode == "P":
        numbers = _name_levels(np.flatnonzero(image.histogram()))
        return DataError(f"{path}: a mask with a palette, numbers {numbers}", f"{_ANEW}; {_PALETTE}")
    return DataError(
        f"{path}: a mask has the levels 0, 128 and 255 alone, not {_name_levels(levels)}", f"{_ANEW}; {_SCALED}"
    )


def _name_levels(levels: NDArray[Any]) -> str:
    some = ", ".join(f"{level:.3g}" for level in levels[:_MOST_NAMED])
    return some if len(levels) <= _MOST_NAMED else f"{some} … ({len(levels)} of them)"
