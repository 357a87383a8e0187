"""Small pictures with known content, and files made of them."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base

from portrait.core.arrays import RgbImage

pillow_heif.register_heif_opener()


@pytest.fixture
def gradient() -> RgbImage:
    """A smooth picture, 48 × 64, without any symmetry."""
    y, x = np.mgrid[0:48, 0:64]
    return np.ascontiguousarray(np.stack([4 * x, 5 * y, 255 - 2 * x - 2 * y], axis=-1).astype(np.uint8))


@pytest.fixture
def camera_exif() -> Callable[..., bytes]:
    """Make an EXIF block as cameras write it."""

    def make(orientation: int | None = None, width: int = 64, height: int = 48) -> bytes:
        exif = Image.Exif()
        exif[Base.Make], exif[Base.Model], exif[Base.DateTime] = "Kamera", "K-1", "2024:05:06 07:08:09"
        if orientation is not None:
            exif[Base.Orientation] = orientation
        exif[IFD.Exif] = {
            Base.DateTimeOriginal: "2024:05:06 07:08:09",
            Base.ExifImageWidth: width,
            Base.ExifImageHeight: height,
            Base.MakerNote: b"maker\x00note",
        }
        exif[IFD.GPSInfo] = {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (52.0, 31.0, 12.0)}
        return exif.tobytes()

    return make


@pytest.fixture
def save_as(tmp_path: Path) -> Callable[..., Path]:
    """Write an array or a Pillow picture to a file of the test's folder."""

    def save(name: str, content: Any, **options: Any) -> Path:
        path = tmp_path / name
        picture = content if isinstance(content, Image.Image) else Image.fromarray(content)
        picture.save(path, **options)
        return path

    return save


@pytest.fixture(scope="session")
def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def icc_profile(space: bytes, connection_space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A small ICC version 2 profile (ICC.1:2001-04, sections 6.1 and 6.2)."""
    white = struct.pack(">4sIiii", b"XYZ ", 0, 63_190, 65_536, 54_061)
    table, body = b"", b""
    tags = {b"wtpt": white} | tags
    for name, content in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s", 132 + len(table + body), b"", 0x02100000, b"prtr", space, connection_space, b"", b"acsp"
    )
    header += bytes(28) + struct.pack(">iii", 63_190, 65_536, 54_061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


@pytest.fixture(scope="session")
def make_icc_profile() -> Callable[..., bytes]:
    """`icc_profile`, for the tests that want one of their own."""
    return icc_profile


@pytest.fixture(scope="session")
def linear_grey_profile() -> bytes:
    """Grey in linear light: 128 is sRGB's 188."""
    return icc_profile(b"GRAY", b"XYZ ", {b"kTRC": struct.pack(">4sII", b"curv", 0, 0)})


@pytest.fixture(scope="session")
def black_ink_profile() -> bytes:
    """CMYK in which only the black ink shows."""
    identity = bytes(range(256))
    corners = b"".join(bytes([0 if corner & 1 else 255, 128, 128]) for corner in range(16))  # black runs fastest
    matrix = struct.pack(">9i", *(65_536 * (index % 4 == 0) for index in range(9)))
    lut = struct.pack(">4sIBBBB", b"mft1", 0, 4, 3, 2, 0) + matrix + identity * 4 + corners + identity * 3
    return icc_profile(b"CMYK", b"Lab ", {b"A2B0": lut})
