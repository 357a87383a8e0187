"""Reading of the metadata of a photo: EXIF, XMP, IPTC, texts, resolution, ICC profile."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.gain_map import GainMap
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.files.colors.transfer_curve import TransferCurve
from portrait.files.containers.box_items import read_heif_metadata
from portrait.files.containers.jp2_boxes import read_jp2_metadata
from portrait.files.containers.tiff_file import TiffMetadata, read_tiff_metadata
from portrait.files.metadata.exif import read_orientation as stated_in_exif
from portrait.files.metadata.exif import read_resolution
from portrait.files.metadata.exif_cleaning import clean
from portrait.files.metadata.gif_extensions import GifTexts, read_gif_texts
from portrait.files.metadata.heif_extras import heif_extras
from portrait.files.metadata.iptc import APP13_HEADER, keep_resources
from portrait.files.metadata.jpeg_extras import jpeg_extras
from portrait.files.metadata.png_text import COMMENT, PngTexts, decode_comment, is_picture_like, raw_profile, read_texts
from portrait.files.metadata.vendor_chunks import jpeg2000_extras, png_extras, webp_extras
from portrait.files.metadata.xmp import has_properties, keep_description, stated_orientation, to_utf8
from portrait.files.metadata.xmp_container import ContainerItem
from portrait.files.metadata.xmp_extension import EXTENSION_HEADER, XMP_HEADER, join_extension
from portrait.files.metadata.xmp_record import read_record, without_record
from portrait.files.opened_image import OpenedImage
from portrait.language import mark, tr

_JPEG_FORMATS = ("JPEG", "MPO")
_EXTRAS = {"PNG": png_extras, "WEBP": webp_extras, "JPEG2000": jpeg2000_extras}
"""By format: the function that names what is not kept."""
_DAMAGED_PACKET = mark("the {kind} metadata is damaged and was dropped")


@dataclass(frozen=True, slots=True, eq=False)
class PhotoMetadata:
    """Metadata of a photo that is kept in its portrait.

    Attributes
    ----------
    source_format
        Format that was read: ``JPEG``, ``PNG``, ``WEBP``, ``HEIF``, ``AVIF``, ``TIFF``, …
    exif
        EXIF block with its header, without orientation and thumbnail.
    has_thumbnail
        Whether the EXIF block had a thumbnail, so that saving makes a new one.
    icc_profile
        ICC profile of an RGB space; None stands for sRGB.
    transfer_curve
        Transfer curve of that profile, where it is not the curve of sRGB.
    bits
        8 or 16 a channel in the file.
    xmp
        XMP packet, as `portrait.files.metadata.xmp.keep_description` leaves it.
    xmp_extension
        Extended XMP of a JPEG: a second packet with what did not fit into the first; cleaned like the first.
    record
        What a portrait says about its making, see `portrait.files.metadata.xmp_record`; ``xmp`` is without it.
    transparency
        uint8 or uint16 (H, W), 0 clear … 255 or 65,535 opaque; none where all is opaque.
    dpi
        Resolution for printing, across and down.
    iptc
        Photoshop's image resources with the IPTC data, as `portrait.files.metadata.iptc.keep_resources` leaves them.
    comments
        The file's own comments: of JPEG and GIF, or the texts "Comment" of PNG; bytes, for JPEG states no encoding.
    texts
        Keywords and texts of a PNG file, but for its comments; a keyword may come more than once.
    jpeg_subsampling
        Pillow's number of the chroma subsampling of a JPEG: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0.
    jpeg_tables
        Quantisation tables of a JPEG, 64 steps each in the order of rows: of the brightness, then of the colours.
    gain_map
        How much brighter the photo is on an HDR screen, upright. It shows what the photo shows: whoever changes the
        image renders it anew, or drops it.
    depth, items
        What a JPEG is to hold besides, on request: a depth map for other readers, and what is to stand behind the
        image. Never filled by reading.
    """

    source_format: str = ""
    exif: bytes | None = None
    has_thumbnail: bool = False
    icc_profile: bytes | None = None
    transfer_curve: TransferCurve | None = None
    bits: int = 8
    xmp: bytes | None = None
    xmp_extension: bytes | None = None
    record: Mapping[str, str] = field(default_factory=dict)
    transparency: NDArray[np.uint8 | np.uint16] | None = None
    dpi: tuple[float, float] | None = None
    iptc: bytes | None = None
    comments: tuple[bytes, ...] = ()
    texts: PngTexts = ()
    jpeg_subsampling: int | None = None
    jpeg_tables: tuple[tuple[int, ...], ...] = ()
    gain_map: GainMap | None = None
    depth: DepthMap | None = None
    items: tuple[ContainerItem, ...] = ()


def read_description(opened: OpenedImage, notes: list[str], gain_map: GainMap | None = None) -> PhotoMetadata:
    """Read the metadata of a loaded image.

    Damaged parts are left out, with a sentence in ``notes``; so is a gain map, unless it was read before.
    """
    picture = opened.picture
    gif = read_gif_texts(opened.file) if picture.format == "GIF" else None
    _read_what_pillow_does_not(opened, gif)
    tiff = _read_tiff(opened, notes)
    block = _exif_block(picture, tiff, notes)
    exif, has_thumbnail = _clean_exif(block, notes)
    comments, texts = _read_texts(opened, gif, notes)
    packet = _read_packet(picture, notes)
    if picture.format in _JPEG_FORMATS:
        notes += jpeg_extras(opened.file, is_gain_map_kept=gain_map is not None)
    elif picture.format in ("HEIF", "AVIF"):
        notes += heif_extras(opened.file, is_gain_map_kept=gain_map is not None)
    elif find_extras := _EXTRAS.get(picture.format or ""):
        notes += find_extras(opened.file)
    return PhotoMetadata(
        exif=exif,
        has_thumbnail=has_thumbnail,
        xmp=_clean_packet(packet and without_record(packet), "XMP", notes),
        xmp_extension=_read_extension(picture, packet, notes),
        record=read_record(packet) if packet else {},
        iptc=_read_iptc(picture, tiff, notes),
        dpi=_read_dpi(picture, block),
        comments=comments,
        texts=texts,
        gain_map=gain_map,
    )


def read_orientation(picture: Image.Image) -> int:
    """EXIF orientation of a loaded image, 1 … 8: from the EXIF block, else from the XMP packet.

    1 where neither states it, and for TIFF files, which Pillow turns upright itself.
    """
    if picture.format == "TIFF":
        return 1
    block, packet = _exif_block(picture, None, []), _read_packet(picture, [])
    return (stated_in_exif(block) if block else None) or (stated_orientation(packet) if packet else None) or 1


def _read_what_pillow_does_not(opened: OpenedImage, gif: GifTexts | None) -> None:
    """Add to ``picture.info`` the blocks and packets that Pillow does not read, or does not read byte for byte."""
    picture = opened.picture
    if picture.format == "JPEG2000":
        picture.info.update(read_jp2_metadata(opened.file))
    elif picture.format in ("HEIF", "AVIF"):
        picture.info.update(read_heif_metadata(opened.file))
    elif gif is not None and gif.xmp:
        picture.info["xmp"] = gif.xmp


def _read_tiff(opened: OpenedImage, notes: list[str]) -> TiffMetadata | None:
    if opened.picture.format != "TIFF":
        return None
    try:
        tiff = read_tiff_metadata(opened.file)
    except ValueError as exc:
        notes.append(tr("the metadata is damaged and was dropped: {reason}", reason=exc))
        return None
    if tiff.broken:
        notes.append(_damaged_exif(tiff.broken))
    if tiff.lost:
        notes.append(tr("of the TIFF file could not be kept: {names}", names=", ".join(tiff.lost)))
    if tiff.has_lost_note:
        notes.append(tr("the camera's maker note could not be kept: it holds only at its place in the TIFF file"))
    return tiff


def _exif_block(picture: Image.Image, tiff: TiffMetadata | None, notes: list[str]) -> bytes | None:
    """The EXIF block, byte for byte as in the file."""
    if tiff is not None:
        return tiff.exif
    block = picture.info.get("exif")
    if isinstance(block, bytes) and picture.format != "TIFF":
        return block or None
    return _read_raw_profile(picture, "EXIF", b"Exif\x00\x00", notes, "exif", "APP1")


def _clean_exif(block: bytes | None, notes: list[str]) -> tuple[bytes | None, bool]:
    if block is None:
        return None, False
    try:
        cleaned = clean(block)
    except ValueError as exc:
        notes.append(tr("the EXIF metadata is damaged and was dropped: {reason}", reason=exc))
        return None, False
    if cleaned.broken:
        notes.append(_damaged_exif(cleaned.broken))
    return cleaned.exif, cleaned.has_thumbnail


def _damaged_exif(broken: tuple[str, ...]) -> str:
    return tr("the EXIF metadata is damaged: {names} could not be kept", names=", ".join(broken))


def _read_raw_profile(picture: Image.Image, kind: str, header: bytes, notes: list[str], *names: str) -> bytes | None:
    """A raw profile of a PNG by its names; one named APP1 counts only with the header of this kind of metadata."""
    for name in names:
        try:
            content = raw_profile(picture, name)
        except ValueError as exc:
            notes.append(tr("the {kind} metadata is damaged and was dropped: {reason}", kind=kind, reason=exc))
            continue
        if content and (name != "APP1" or content.startswith(header)):
            return content
    return None


def _read_packet(picture: Image.Image, notes: list[str]) -> bytes | None:
    packet = picture.info.get("xmp") or _read_raw_profile(picture, "XMP", XMP_HEADER, notes, "xmp", "APP1")
    if not isinstance(packet, bytes) or not packet.strip(b"\x00 "):
        return None
    try:
        return to_utf8(packet.removeprefix(XMP_HEADER))
    except ValueError:
        notes.append(tr(_DAMAGED_PACKET, kind="XMP"))
        return None


def _clean_packet(packet: bytes | None, name: str, notes: list[str]) -> bytes | None:
    kept = None if packet is None else keep_description(packet)
    if kept is None and packet is not None:
        notes.append(tr(_DAMAGED_PACKET, kind=name))
    return kept


def _read_extension(picture: Image.Image, packet: bytes | None, notes: list[str]) -> bytes | None:
    """The cleaned extended XMP; None where nothing of it is kept, as in most photos, where it holds depth."""
    segments = [content for name, content in getattr(picture, "applist", []) if name == "APP1"]
    if not any(content.startswith(EXTENSION_HEADER) for content in segments):
        return None
    found = join_extension(packet or b"", segments)
    try:
        content = to_utf8(found.content) if found.is_whole else None
    except ValueError:
        content = None
    if content is None:
        notes.append(tr(_DAMAGED_PACKET, kind=tr("extended XMP")))
        return None
    kept = _clean_packet(content, tr("extended XMP"), notes)
    return kept if kept and has_properties(kept) else None


def _read_iptc(picture: Image.Image, tiff: TiffMetadata | None, notes: list[str]) -> bytes | None:
    if tiff is not None:
        iptc = keep_resources(tiff.resources, tiff.data_sets)
    elif picture.format in _JPEG_FORMATS:
        parts = [content for name, content in getattr(picture, "applist", []) if name == "APP13"]
        own = (part.removeprefix(APP13_HEADER) for part in parts if part.startswith(APP13_HEADER))
        iptc = keep_resources(b"".join(own))
    else:
        raw = picture.info.get("iptc") or _read_raw_profile(picture, "IPTC", APP13_HEADER, notes, "iptc", "8bim")
        profile = raw if isinstance(raw, bytes) else b""
        iptc = keep_resources(profile.removeprefix(APP13_HEADER))
    if iptc.has_lost_paths:
        notes.append(tr("Photoshop's clipping paths could not be kept"))
    if iptc.is_broken:
        notes.append(tr("the IPTC metadata is damaged: a part of it could not be kept"))
    return iptc.resources


def _read_texts(opened: OpenedImage, gif: GifTexts | None, notes: list[str]) -> tuple[tuple[bytes, ...], PngTexts]:
    """Comments and other texts, without those that may hold an encoded image."""
    picture = opened.picture
    texts = read_texts(opened.file, notes) if picture.format == "PNG" else []
    comments = [text.encode() for key, text in texts if key == COMMENT]
    if gif is not None:
        comments = list(gif.comments)
    elif picture.format in _JPEG_FORMATS:  # Pillow's own key holds the last one
        comments = [content for name, content in getattr(picture, "applist", []) if name == "COM"]
    named = [(COMMENT, decode_comment(comment)) for comment in comments]
    others = [(key, text) for key, text in texts if key != COMMENT]
    doubtful = dict.fromkeys(key for key, text in (*others, *named) if is_picture_like(text))
    if doubtful:
        notes.append(
            tr("text that may hold the picture as it was could not be kept: {names}", names=", ".join(doubtful))
        )
    kept = [comment for comment, (_, text) in zip(comments, named, strict=True) if text and not is_picture_like(text)]
    return tuple(kept), tuple((key, text) for key, text in others if not is_picture_like(text))


def _read_dpi(picture: Image.Image, block: bytes | None) -> tuple[float, float] | None:
    """Print resolution in pixels per inch; None where it is not stated or implausible."""
    dpi = picture.info.get("dpi")
    if dpi is None and block is not None:
        dpi = read_resolution(block)
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    across, down = float(dpi[0]), float(dpi[1])
    return (across, down) if 1.0 < across < 65_536.0 and 1.0 < down < 65_536.0 else None
