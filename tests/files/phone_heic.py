"""A HEIC photo with auxiliary images, as iPhones write it: made of pictures of an encoder, and of written boxes."""

import io
import struct
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.files.codecs import prepare_codecs
from portrait.files.containers.box_items import item_types
from tests.files.test_placement import Property, box, with_properties

SUBJECT = "urn:com:apple:photo:2018:aux:portraiteffectsmatte"
Levels = NDArray[np.uint8]


def phone_heic(
    auxiliary: Mapping[str, Levels],
    photo: Sequence[Property] = (),
    own: Sequence[Property] = (),
    described: Sequence[Property] = (),
    **metadata: bytes,
) -> bytes:
    """The file of a photo, (128, 192), with auxiliary images by type.

    ``photo`` are properties of the photo, ``own`` those of each auxiliary image, ``described`` further references;
    ``metadata`` is ``exif`` and ``xmp`` of the photo.
    """
    prepare_codecs()
    image = np.random.default_rng(2).integers(0, 80, (128, 192, 3), dtype=np.uint8)
    image[48:, 16:80] += 120
    pictures = [Image.fromarray(levels) for levels in auxiliary.values()]
    buffer = io.BytesIO()
    Image.fromarray(image).save(
        buffer, "HEIF", save_all=True, append_images=pictures, quality=-1, chroma=444, **metadata
    )
    first, *others = (item for item, kind in item_types(buffer).items() if kind == b"hvc1")
    content = with_properties(buffer.getvalue(), first, list(photo))
    links = b"".join(box(b"auxl", struct.pack(">3H", item, 1, first)) for item in others)
    more = b"".join(box(*link) for link in described)
    for item, kind in zip(others, auxiliary, strict=True):
        of_type = (b"auxC", bytes(4) + kind.encode() + b"\0")
        references = links + more if item == others[0] else b""
        content = with_properties(content, item, [of_type, *own], references)
    return content
