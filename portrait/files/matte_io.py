"""Mattes as grey images: 16-bit PNG when saved, 8 or 16 bits when loaded."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, require_alpha
from portrait.errors import ImageFileError
from portrait.files.colors.grey import read_grey
from portrait.files.decoding import open_picture
from portrait.files.encoding import encode_grey_16
from portrait.files.placement import read_container_placement
from portrait.files.system.atomic import Writer, write_atomically
from portrait.language import mark, tr

_WHITE_16 = 65_535
_GREY_HINT = mark("Save it as an 8- or 16-bit grey PNG: white is the person, black the background.")


def load_matte(path: Path, size: tuple[int, int]) -> AlphaMatte:
    """Load a grey image as the alpha of a photo of ``size`` (H, W).

    Parameters
    ----------
    path
        8- or 16-bit grey; colour files are taken when their channels are equal, transparent ones when all is opaque.
    size
        (H, W) of the photo, upright.

    Returns
    -------
    AlphaMatte
        float32 (H, W), 0 … 1.

    Raises
    ------
    ImageFileError
        As `load_photo`; another size; not grey; partly transparent.
    """
    height, width = size
    max_megapixels = max(1.0, 2.0 * height * width / 1e6)
    with open_picture(path, max_megapixels) as opened:
        picture = opened.picture
        placement = read_container_placement(opened)
        if (seen := placement.shape(picture.height, picture.width)) != size:
            message = tr(
                "The matte {path} is {own_width} × {own_height} pixels, the photo {width} × {height}",
                path=path,
                own_width=seen[1],
                own_height=seen[0],
                width=width,
                height=height,
            )
            raise ImageFileError(message, tr("Scale the matte to the photo's size."))
        values = placement.apply(read_grey(opened, max_megapixels, tr("matte"), tr(_GREY_HINT)))
        return _to_alpha(values, path)


def save_matte(path: Path, matte: AlphaMatte, *, write: Writer = write_atomically) -> None:
    """Save a matte as 16-bit grey PNG, atomically.

    Parameters
    ----------
    path
        Must end in ``.png``.
    matte
        float32 (H, W), 0 … 1.
    write
        What writes the file.

    Raises
    ------
    ImageFileError
        Another suffix, disk full, no permission, missing folder.
    """
    require_alpha(matte)
    require_matte_path(path)
    write(path, encode_grey_16(np.rint(matte * np.float32(_WHITE_16)).astype(np.uint16)))


def require_matte_path(path: Path) -> None:
    """Raise `ImageFileError` unless a matte can be saved under this name."""
    if path.suffix.lower() != ".png":
        raise ImageFileError(
            tr("A matte is saved as 16-bit PNG, {path} does not end in .png", path=path), tr("Name it .png.")
        )


def _to_alpha(values: NDArray[Any], path: Path) -> AlphaMatte:
    if values.dtype.kind == "f":
        raise ImageFileError(tr("The matte {path} has floating-point values", path=path), tr(_GREY_HINT))
    if int(values.min()) < 0 or int(values.max()) > _WHITE_16:
        raise ImageFileError(tr("The matte {path} has values outside 16 bits", path=path), tr(_GREY_HINT))
    return values.astype(np.float32) / np.float32(255.0 if values.dtype == np.uint8 else _WHITE_16)
