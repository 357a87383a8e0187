"""Instance labels: read from a file, or derived from a mask as the app separates people (`label_people`)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export.data.image_files import read_upright
from export.data.labels import MOST_INSTANCES, UNKNOWN_INSTANCE, VOID_LABEL, to_opacity
from export.errors import DataError
from portrait.core.people.instances import label_people


def read_instances(path: Path, size: tuple[int, int]) -> Image.Image:
    """Read an instance-label image, 8-bit grey with EXIF orientation applied, of a given (W, H).

    Raises
    ------
    DataError
        It cannot be read, is neither a grey nor a palette image, or has another size.
    """
    picture = read_upright(path)
    if picture.mode not in ("L", "P"):
        raise DataError(
            f"{path}: instances of mode {picture.mode}", "write them as 8-bit grey, one number for each person"
        )
    if picture.size != size:
        raise DataError(f"{path.name}: picture {size} but instances {picture.size}", "make them equal")
    return Image.fromarray(np.asarray(picture))


def find_instances(label: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Numbers of the people in a label, (H, W): connected components, cut between people side by side.

    Void pixels, people too small to be labelled, and people beyond `MOST_INSTANCES` get `UNKNOWN_INSTANCE`.
    """
    is_void = label == VOID_LABEL
    opacity = np.where(is_void, np.float32(0.0), to_opacity(label))
    found = label_people(opacity)
    numbers = np.minimum(found, MOST_INSTANCES).astype(np.uint8)
    is_unlabelled = (found > MOST_INSTANCES) | ((opacity >= 0.5) & (found == 0))
    return np.where(is_void | is_unlabelled, np.uint8(UNKNOWN_INSTANCE), numbers)
