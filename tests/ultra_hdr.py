"""Ultra HDR files, written byte by byte as phones write them."""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.arrays import RgbImage

MAP_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description %s</rdf:Description></rdf:RDF></x:xmpmeta>'
NUMBERS = (
    b'hdrgm:Version="1.0" hdrgm:GainMapMin="0" hdrgm:Gamma="1" hdrgm:OffsetSDR="0.015625" hdrgm:OffsetHDR="0.015625" '
    b'hdrgm:HDRCapacityMin="0" hdrgm:HDRCapacityMax="3" hdrgm:BaseRenditionIsHDR="False" hdrgm:GainMapMax="3">'
)
MARK = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description hdrgm:Version="1.0" dc:title="kept"/></rdf:RDF>'
    b"</x:xmpmeta>"
)


def segment(number: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, 0xE0 + number, len(content) + 2) + content


def jpeg(levels: NDArray[np.uint8], *segments: bytes, exif: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", quality=95, subsampling=0, exif=exif)
    content = buffer.getvalue()
    return content[:2] + b"".join(segments) + content[2:]


def xmp(packet: bytes) -> bytes:
    return segment(1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def ultra_hdr(image: RgbImage, levels: NDArray[np.uint8], head: bytes | None = None, exif: bytes = b"") -> bytes:
    """A photo with a gain map right behind it; ``head`` are the map's own segments, by default XMP of up to 3 stops."""
    map_head = xmp(MAP_XMP % NUMBERS) if head is None else head
    return jpeg(image, xmp(MARK), exif=exif) + jpeg(levels, map_head)
