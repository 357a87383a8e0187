"""What a photo carries beside its pixels, and how it is read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin
from PIL.ExifTags import IFD, Base

from portrait.files import exif as exif_block
from portrait.files.transfer_curve import TransferCurve
from portrait.files.xmp import keep_description

_DESCRIPTIVE_TAGS = (
    Base.ImageDescription, Base.Make, Base.Model, Base.Software, Base.DateTime, Base.Artist, Base.Copyright,
    IFD.Exif, IFD.GPSInfo,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PhotoMetadata:
    """What is kept of a photo beside its pixels.

    Attributes
    ----------
    source_format
        Format that was read: ``JPEG``, ``PNG``, ``WEBP``, ``HEIF``, ``AVIF``, ``TIFF``, …
    exif
        EXIF block with its header, without orientation and thumbnail.
    has_thumbnail
        Whether the EXIF block had a thumbnail, so that saving makes a new one.
    icc_profile
        ICC profile of an RGB space; none stands for sRGB.
    transfer_curve
        How that profile encodes light, where it is not by the curve of sRGB.
    bits
        8 or 16 a channel in the file.
    xmp
        XMP packet, as `portrait.files.xmp.keep_description` leaves it.
    transparency
        uint8 or uint16 (H, W), 0 clear … 255 or 65,535 opaque; none where all is opaque.
    dpi
        Resolution for printing, across and down.
    jpeg_subsampling
        Pillow's number of the chroma subsampling of a JPEG: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0.
    """

    source_format: str = ""
    exif: bytes | None = None
    has_thumbnail: bool = False
    icc_profile: bytes | None = None
    transfer_curve: TransferCurve | None = None
    bits: int = 8
    xmp: bytes | None = None
    transparency: NDArray[np.uint8 | np.uint16] | None = None
    dpi: tuple[float, float] | None = None
    jpeg_subsampling: int | None = None


def read_exif(picture: Image.Image) -> tuple[bytes | None, bool]:
    """EXIF of a loaded picture without orientation and thumbnail, and whether it had a thumbnail.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    blob = _exif_blob(picture)
    if not blob:
        return None, False
    return exif_block.remove_thumbnail(exif_block.remove_orientation(blob))


def read_xmp(picture: Image.Image) -> bytes | None:
    """XMP packet of a loaded picture, as `portrait.files.xmp.keep_description` leaves it."""
    packet = picture.info.get("xmp")
    if not isinstance(packet, bytes) or not packet.strip(b"\x00 "):
        return None
    return keep_description(packet)


def read_dpi(picture: Image.Image) -> tuple[float, float] | None:
    """Resolution for printing; none where it is not stated or makes no sense."""
    dpi = picture.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    across, down = float(dpi[0]), float(dpi[1])
    return (across, down) if 1.0 < across < 65_536.0 and 1.0 < down < 65_536.0 else None


def read_jpeg_subsampling(picture: Image.Image) -> int | None:
    """Chroma subsampling of a JPEG; none for another format or an unusual pattern."""
    subsampling = JpegImagePlugin.get_sampling(picture)
    return subsampling if subsampling >= 0 else None


def descriptive_exif(exif: Image.Exif) -> Image.Exif:
    """The tags that describe the photo, without those that describe how a TIFF file is laid out."""
    kept = Image.Exif()
    for tag in _DESCRIPTIVE_TAGS:
        if tag in exif:
            kept[tag] = exif.get_ifd(tag) if tag in (IFD.Exif, IFD.GPSInfo) else exif[tag]
    described = Image.Exif()
    described.load(kept.tobytes())  # only a parsed block can be handed to the TIFF writer
    return described


def _exif_blob(picture: Image.Image) -> bytes | None:
    blob = picture.info.get("exif")
    if isinstance(blob, bytes) and picture.format != "TIFF":
        return blob
    exif = picture.getexif()  # a TIFF file is one large EXIF block; old PNG files hold it as hexadecimal text
    if picture.format == "TIFF":
        exif = descriptive_exif(exif)
    return exif.tobytes() if len(exif) else None
