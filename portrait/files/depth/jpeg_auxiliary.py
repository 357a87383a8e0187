"""Auxiliary images in JPEG photos of iPhones: mattes and depth, each a JPEG behind the photo.

The index of images tells where they stand (CIPA DC-007), the XMP packet of each what it is: in
``apdi:AuxiliaryImageSubType``, or where that is missing in ``apdi:AuxiliaryImageType``, a word or a URN that ends with
it (https://exiftool.org/TagNames/XMP.html#apdi).
"""

import io
from collections.abc import Collection, Iterator, Mapping
from mmap import ACCESS_READ, mmap

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.files.containers.jpeg_layout import APP1, MPF_HEADER, FurtherImage, end_of_head, read_layout
from portrait.files.metadata.xmp_container import read_properties
from portrait.files.metadata.xmp_extension import XMP_HEADER
from portrait.files.opened_image import OpenedImage

JPEG_FORMATS = ("JPEG", "MPO")
"""As Pillow names them: alone, and with further images behind it."""

DISPARITY, DEPTH = "disparity", "depth"
"""Kinds of depth: larger is nearer, larger is farther."""

_MOST_PIXELS = 100_000_000


def read_jpeg_auxiliary(opened: OpenedImage, endings: Collection[str]) -> Mapping[str, NDArray[np.uint8]]:
    """Decode the auxiliary images of an opened JPEG whose kinds end so, the first of each: uint8 (h, w), as stored.

    Raises
    ------
    `portrait.files.pillow_guards.DECODER_ERRORS`
        One of them is damaged, or implausibly large.
    """
    with mmap(opened.file.fileno(), 0, access=ACCESS_READ) as content:
        if content.find(MPF_HEADER, 0, end_of_head(content)) < 0:
            return {}
        places: dict[str, FurtherImage] = {}
        for kind, image in auxiliary_images(content, read_layout(content).images):
            for ending in endings:
                if kind.endswith(ending):
                    places.setdefault(ending, image)
        return {ending: _decode(content[image.start : image.end]) for ending, image in places.items()}


def auxiliary_images(content: mmap, images: Collection[FurtherImage]) -> Iterator[tuple[str, FurtherImage]]:
    """Kind of each further image that states one, in small letters, and the image."""
    for image in images:
        kind = "" if image.is_preview else _kind(content[image.start : image.end])
        if kind:
            yield kind, image


def _kind(image: bytes) -> str:
    segments = read_layout(image[: end_of_head(image)]).segments
    packets = (one.content for one in segments if one.marker == APP1 and one.content.startswith(XMP_HEADER))
    stated = read_properties(b"".join(packets), b"apdi")
    kind = stated.get("AuxiliaryImageSubType") or stated.get("AuxiliaryImageType", b"")
    return kind.decode("ascii", "replace").lower()


def _decode(image: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(image), formats=JPEG_FORMATS) as picture:
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError(f"an auxiliary image of {picture.size} pixels")
        return np.asarray(picture.convert("L"))
