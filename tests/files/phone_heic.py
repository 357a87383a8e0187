"""A HEIC photo with auxiliary images, as iPhones write it: made of pictures of an encoder, and of written boxes."""

import io
import struct
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.files.codecs import prepare_codecs
from tests.files.test_placement import Property, box, with_properties

SUBJECT = "urn:com:apple:photo:2018:aux:portraiteffectsmatte"
Levels = NDArray[np.uint8]


def phone_heic(auxiliary: Mapping[str, Levels], photo: Sequence[Property] = (), own: Sequence[Property] = ()) -> bytes:
    """The file of a photo, (128, 192), with auxiliary images by type.

    ``photo`` are properties of the photo, ``own`` those of each auxiliary image.
    """
    prepare_codecs()
    image = np.random.default_rng(2).integers(0, 80, (128, 192, 3), dtype=np.uint8)
    image[48:, 16:80] += 120
    pictures = [Image.fromarray(levels) for levels in auxiliary.values()]
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "HEIF", save_all=True, append_images=pictures, quality=-1, chroma=444)
    content = with_properties(buffer.getvalue(), 1, list(photo))
    links = b"".join(box(b"auxl", struct.pack(">3H", item, 1, 1)) for item in range(2, 2 + len(pictures)))
    for item, kind in enumerate(auxiliary, start=2):
        of_type = (b"auxC", bytes(4) + kind.encode() + b"\0")
        references = box(b"iref", bytes(4) + links) if item == 2 else b""
        content = with_properties(content, item, [of_type, *own], references)
    return content
