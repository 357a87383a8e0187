"""Depth maps: from a grey image, and from inside the photos that phones take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.errors import ImageFileError
from portrait.files.colors.grey import read_grey
from portrait.files.decoding import open_picture
from portrait.files.depth.jpeg_auxiliary import JPEG_FORMATS
from portrait.files.depth.phone_depth import PhoneDepth, read_heif_depth, read_jpeg_depth
from portrait.files.metadata.photo_metadata import read_orientation
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import turn_upright
from portrait.files.placement import has_aspect, read_placement
from portrait.language import mark, tr

MAX_MEGAPIXELS = 100.0

_GREY_HINT = mark("Save it as an 8- or 16-bit grey PNG of any size: white is near, black is far.")


def load_depth(path: Path, size: tuple[int, int], *, near_is_dark: bool = False) -> DepthMap:
    """Load a grey image as the depth of a photo.

    Its values are taken as linear in inverse depth, as the maps of phones and of estimating networks are.

    Parameters
    ----------
    path
        8 or 16 bits, grey, of any size in the photo's aspect ratio; colour files are taken when their channels are
        equal, and transparent ones when all is opaque. EXIF orientation is applied.
    size
        (H, W) of the photo, upright.
    near_is_dark
        Whether dark is near; else bright is.

    Raises
    ------
    ImageFileError
        As `portrait.files.image_io.load_photo`; another aspect ratio; not grey; partly transparent; of one
        value all over.
    """
    with open_picture(path, MAX_MEGAPIXELS) as opened:
        values = _to_float(read_grey(opened, MAX_MEGAPIXELS, tr("depth map"), tr(_GREY_HINT)))
        values = read_placement(opened).apply(values)
    _require_aspect(values, size, path)
    if float(np.ptp(values)) == 0.0:
        raise ImageFileError(tr("The depth map {path} has one value all over", path=path), tr(_GREY_HINT))
    return DepthMap(np.negative(values) if near_is_dark else values)


@dataclass(frozen=True, slots=True, eq=False)
class StoredDepth:
    """The depth that a phone stored inside a photo; None where there is none, or it cannot be read, which is said."""

    map: DepthMap | None = None
    warnings: tuple[str, ...] = ()


def read_stored_depth(opened: OpenedImage, size: tuple[int, int]) -> StoredDepth:
    """As `read_photo_depth`, but an error becomes a warning, so that the photo can still be loaded."""
    try:
        return StoredDepth(read_photo_depth(opened, size))
    except ImageFileError as exc:
        return StoredDepth(warnings=(tr("{message}; it was not used", message=exc.message),))


def read_photo_depth(opened: OpenedImage, size: tuple[int, int]) -> DepthMap | None:
    """The depth that a phone stored inside a photo; None where there is none.

    JPEG: Google's GDepth metadata, Android's dynamic depth, and the depth image behind the photo as iPhones write it.
    HEIC: the depth image beside the photo, as iPhones write it. The photo's orientation is applied.

    Parameters
    ----------
    opened
        The photo.
    size
        (H, W) of the photo, upright.

    Raises
    ------
    ImageFileError
        The depth is damaged, or of another aspect ratio.
    """
    found = _read_phone_depth(opened)
    if found is None:
        return None
    orientation = found.orientation if found.orientation is not None else read_orientation(opened.picture)
    nearness = turn_upright(found.depth.nearness, orientation)
    _require_aspect(nearness, size, opened.path)
    return DepthMap(nearness, found.depth.infinity)


def _read_phone_depth(opened: OpenedImage) -> PhoneDepth | None:
    if opened.picture.format in JPEG_FORMATS:
        return read_jpeg_depth(opened)
    return read_heif_depth(opened) if opened.picture.format == "HEIF" else None


def _require_aspect(values: NDArray[np.float32], size: tuple[int, int], path: Path) -> None:
    (height, width), (photo_height, photo_width) = values.shape, size
    if not has_aspect(values.shape, size):
        shapes = tr(
            "{width} × {height} pixels, the photo {photo_width} × {photo_height}",
            width=width,
            height=height,
            photo_width=photo_width,
            photo_height=photo_height,
        )
        raise ImageFileError(
            tr("The depth in {path} does not have the photo's shape: it is {shapes}", path=path, shapes=shapes),
            tr("Turn or crop it."),
        )


def _to_float(values: NDArray[Any]) -> NDArray[np.float32]:
    """The values as float32; infinite ones count as unknown, NaN."""
    converted = values.astype(np.float32)
    converted[~np.isfinite(converted)] = np.nan
    return converted
