"""Grey pictures as their values, whatever way the file holds them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.errors import ImageFileError
from portrait.files.color_profile import is_grey
from portrait.files.decoding import decode, white_level
from portrait.files.deep_color import decode_deep


def read_grey(picture: Image.Image, path: Path, max_megapixels: float, name: str, hint: str) -> NDArray[Any]:
    """Decode an opened picture that must be grey.

    Parameters
    ----------
    picture, path, max_megapixels
        As `portrait.files.decoding.decode` takes them. Colour files are taken when their channels are equal, and files
        with transparency when all is opaque.
    name, hint
        What the picture is for, such as "matte", and how to save one: for the user.

    Returns
    -------
    (H, W), not turned: uint8, or uint16, int32 or float32 where the file has more than 8 bits.

    Raises
    ------
    ImageFileError
        Damaged; a colour picture; partly transparent.
    """
    white = white_level(picture)
    decode(picture, path, max_megapixels)
    if "transparency" in picture.info:  # a colour or a grey that stands for none, or an opacity for each colour
        picture = picture.convert("RGBA")
    if picture.mode == "1":
        picture = picture.convert("L")
    if picture.mode == "L" or picture.mode.startswith(("I", "F")):
        return np.asarray(picture)
    if picture.mode not in ("P", "RGB", "PA", "LA", "RGBA"):
        raise ImageFileError(f"The {name} {path} is not a grey picture", hint)
    deep = decode_deep(path, picture, white) if white > 255 else None
    colors = np.asarray(picture.convert("RGB" if picture.mode in ("P", "RGB") else "RGBA")) if deep is None else deep
    if colors.shape[2] == 4 and colors[..., 3].min() < np.iinfo(colors.dtype).max:
        raise ImageFileError(f"The {name} {path} has transparent parts", f"Flatten it, so that all is opaque. {hint}")
    if not is_grey(colors):
        raise ImageFileError(f"The {name} {path} is a colour picture", hint)
    return colors[..., 0]
