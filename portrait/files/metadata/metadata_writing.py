"""Metadata of a portrait in the form that the encoders take, and sentences on what a format cannot store."""

import io
from typing import Any

from PIL import Image, PngImagePlugin

from portrait.files.formats import format_name
from portrait.files.metadata import exif as exif_block
from portrait.files.metadata.exif_fitting import fit
from portrait.files.metadata.iptc import app13_segments
from portrait.files.metadata.photo_metadata import PhotoMetadata
from portrait.files.metadata.png_text import COMMENT, add_raw_profile, decode_comment
from portrait.files.metadata.xmp_extension import XMP_HEADER, extended_segments, merge_extension
from portrait.language import tr, tr_n

_THUMBNAIL_SIZE_PX = (160, 160)  # EXIF 2.32, 4.5.7: DCF thumbnails are 160 × 120
_JPEG_SEGMENT_BYTES = 65_533
_APP1, _APP13, _COM = b"\xff\xe1", b"\xff\xed", b"\xff\xfe"
_WITH_RESOLUTION = frozenset({"JPEG", "PNG", "TIFF"})
"""Formats with a field of their own for pixels per inch; in the others EXIF states it."""
_WITH_IPTC = frozenset({"JPEG", "PNG", "TIFF"})
_WITH_COMMENT = frozenset({"JPEG", "PNG"})


def metadata_options(
    picture: Image.Image, metadata: PhotoMetadata, file_format: str, lost: list[str]
) -> dict[str, Any]:
    """Metadata arguments of `portrait.files.containers.tiff_file.encode_tiff` for TIFF, else of Pillow's ``save``.

    Parameters
    ----------
    picture
        As it will be saved: its size goes into the EXIF block, and itself into the thumbnail.
    metadata
        Of the photo that the image was made of.
    file_format
        A value of `portrait.files.formats.WRITABLE_SUFFIXES`.
    lost
        Takes a sentence for each thing that the format cannot hold.
    """
    options: dict[str, Any] = {}
    if metadata.dpi and file_format in _WITH_RESOLUTION:
        options["dpi"] = metadata.dpi
    contents = {
        "icc_profile": metadata.icc_profile,
        "exif": _finish_exif(picture, metadata, file_format, lost),
        "xmp": metadata.xmp if file_format == "JPEG" else _whole_packet(metadata, file_format, lost),
        "iptc": metadata.iptc,
    }
    options |= {key: content for key, content in contents.items() if content}
    _say_what_has_no_place(metadata, file_format, lost)
    if file_format == "JPEG":
        return _jpeg_options(options, metadata, lost)
    if file_format == "PNG":
        return _png_options(options, metadata)
    if file_format != "TIFF":
        options.pop("iptc", None)
    return options


def _say_what_has_no_place(metadata: PhotoMetadata, file_format: str, lost: list[str]) -> None:
    names = []
    if metadata.iptc and file_format not in _WITH_IPTC:
        names.append(tr("IPTC metadata (captions, keywords, rights)"))
    if metadata.gain_map is not None and file_format != "JPEG":
        names.append(tr("the gain map for HDR screens"))
    if metadata.depth is not None and file_format != "JPEG":
        names.append(tr("depth for other programs"))
    if metadata.comments and file_format not in _WITH_COMMENT:
        names.append(tr_n("a comment", "{n} comments", len(metadata.comments)))
    if metadata.texts and file_format != "PNG":
        names.append(
            tr("the texts of a PNG file ({names})", names=", ".join(dict.fromkeys(key for key, _ in metadata.texts)))
        )
    lost += [
        tr("{format} has no place for {name}: left out", format=format_name(file_format), name=name) for name in names
    ]


def _whole_packet(metadata: PhotoMetadata, file_format: str, lost: list[str]) -> bytes | None:
    """The packet merged with its extension, which only JPEG stores separately."""
    if metadata.xmp is None or metadata.xmp_extension is None:
        return metadata.xmp
    whole = merge_extension(metadata.xmp, metadata.xmp_extension)
    if whole is None:
        lost.append(
            tr("{format} has no place for the extended XMP metadata: left out", format=format_name(file_format))
        )
    return whole or metadata.xmp


def _jpeg_options(options: dict[str, Any], metadata: PhotoMetadata, lost: list[str]) -> dict[str, Any]:
    """Options for JPEG: XMP, IPTC and comments as extra segments, because Pillow writes only one of each kind."""
    options.pop("xmp", None)
    resources = app13_segments(options.pop("iptc", b""), _JPEG_SEGMENT_BYTES)
    comments = [comment for comment in metadata.comments if len(comment) <= _JPEG_SEGMENT_BYTES]
    if len(comments) < len(metadata.comments):
        lost.append(tr("the comment is too long for JPEG and was dropped"))
    parts = ((_APP1, _xmp_segments(metadata, lost)), (_APP13, resources), (_COM, comments))
    segments = [marker + (len(part) + 2).to_bytes(2, "big") + part for marker, own in parts for part in own]
    return options | {"extra": b"".join(segments)}


def _xmp_segments(metadata: PhotoMetadata, lost: list[str]) -> list[bytes]:
    packet, extension = metadata.xmp, metadata.xmp_extension
    if not packet:
        return []
    if extension is not None:
        whole = merge_extension(packet, extension)
        if whole is not None and len(XMP_HEADER) + len(whole) <= _JPEG_SEGMENT_BYTES:
            return [XMP_HEADER + whole]
        segments = extended_segments(packet, extension, _JPEG_SEGMENT_BYTES)
        if segments is not None:
            return segments
        lost.append(tr("the extended XMP metadata could not be kept"))
    if len(XMP_HEADER) + len(packet) <= _JPEG_SEGMENT_BYTES:
        return [XMP_HEADER + packet]
    lost.append(tr("the XMP metadata is too large for JPEG and was dropped"))
    return []


def _png_options(options: dict[str, Any], metadata: PhotoMetadata) -> dict[str, Any]:
    chunks = PngImagePlugin.PngInfo()
    if xmp := options.pop("xmp", None):
        chunks.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
    if iptc := options.pop("iptc", None):
        add_raw_profile(chunks, "iptc", iptc)
    for comment in metadata.comments:
        chunks.add_text(COMMENT, decode_comment(comment))
    for key, text in metadata.texts:
        chunks.add_text(key, text)
    return options | {"pnginfo": chunks}


def _finish_exif(picture: Image.Image, metadata: PhotoMetadata, file_format: str, lost: list[str]) -> bytes | None:
    """EXIF with this image's size and, where there was one, a new thumbnail."""
    try:
        return _to_exif(picture, metadata, file_format, lost)
    except ValueError as exc:
        lost.append(tr("the EXIF metadata was dropped: {reason}", reason=exc))
        return None


def _to_exif(picture: Image.Image, metadata: PhotoMetadata, file_format: str, lost: list[str]) -> bytes | None:
    exif = metadata.exif
    if exif:
        exif = exif_block.set_size(exif, picture.width, picture.height)
    stated = exif_block.read_resolution(exif) if exif else None
    if metadata.dpi and metadata.dpi != stated and file_format not in _WITH_RESOLUTION:
        exif = exif_block.set_resolution(exif, metadata.dpi)
    if not exif:
        return None
    if file_format == "JPEG":
        exif, left_out = fit(exif, _JPEG_SEGMENT_BYTES)
        if left_out:
            lost.append(
                tr("the EXIF metadata is too large for JPEG: {names} could not be kept", names=", ".join(left_out))
            )
    if not metadata.has_thumbnail or file_format == "TIFF":
        return exif
    with_thumbnail = exif_block.add_thumbnail(exif, _thumbnail(picture))
    return with_thumbnail if len(with_thumbnail) <= _JPEG_SEGMENT_BYTES else exif


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.convert("RGB") if picture.mode != "RGB" else picture.copy()
    small.thumbnail(_THUMBNAIL_SIZE_PX, reducing_gap=2.0)
    encoded = io.BytesIO()
    small.save(encoded, format="JPEG", quality=80)
    return encoded.getvalue()
