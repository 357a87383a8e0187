"""The `ColorSpace` of an image file, from its ICC profile, code points, chunks, boxes or EXIF.

An ICC profile takes precedence, as in ISO/IEC 23000-22, 7.3.6.4, except in PNG, where code points do.
"""

import struct
from collections.abc import Callable, Mapping
from typing import IO

from PIL.ExifTags import IFD

from portrait.core.primaries import ADOBE_RGB, SRGB, Primaries
from portrait.files.avif import read_code_points
from portrait.files.colors.bitmap_colors import read_bitmap_profile, read_bitmap_space
from portrait.files.colors.cicp import UNSPECIFIED, from_code_points, is_known
from portrait.files.colors.color_space import SRGB_CURVE, ColorSpace, Curve, rgb_space
from portrait.files.colors.icc_tags import find_tag
from portrait.files.colors.tiff_colors import read_tiff_space
from portrait.files.containers.boxes import read_box, split_boxes
from portrait.files.containers.png_chunks import read_chunks
from portrait.files.metadata.gif_extensions import read_gif_profile
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS, muted_warnings
from portrait.language import mark, tr

_DAMAGED = mark("the description of the colours is damaged and was dropped")
_PNG_CHUNKS = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
_PNG_SCALE = 100_000.0
_PNG_SRGB_GAMMA = 45_455  # what writers of sRGB give for old decoders (PNG, third edition, 11.3.2.5)
_NARROW_FLAG, _UNSPECIFIED_PAIR = 0, (UNSPECIFIED, UNSPECIFIED)
_JP2_ENUMERATED, _JP2_PROFILES, _JP2_CODE_POINTS = 1, (2, 3), 5
_JP2_KNOWN_SPACES = (0, 12, 16, 17, 18)  # bi-level, CMYK, sRGB, grey by sRGB's curve, sYCC: as Pillow decodes them
_JP2_ROMM, _ROMM = 21, Primaries((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585))
_INTEROPERABILITY_INDEX, _DCF_ADOBE_RGB, _ADOBE_GAMMA = 1, "R03", 2.19921875

Notes = list[str]


def read_color_space(opened: OpenedImage, notes: Notes) -> ColorSpace:
    """The colour space of an opened image; a damaged or unknown description counts as sRGB, with a note.

    Parameters
    ----------
    opened
        Its pixels decoded or not.
    notes
        Gets a sentence for each thing that was not understood.
    """
    try:
        if opened.picture.format == "PNG":
            return _read_png(opened, notes)
        profile = _read_profile(opened, notes)
        if profile:
            return _from_profile(profile, notes)
        return _READERS.get(opened.picture.format or "", _read_exif)(opened, notes)
    except (struct.error, LookupError, ValueError, ArithmeticError, OSError):
        notes.append(tr(_DAMAGED))
        return ColorSpace()


def _read_profile(opened: OpenedImage, notes: Notes) -> bytes | None:
    reader = _PROFILE_READERS.get(opened.picture.format or "")
    profile = opened.picture.info.get("icc_profile") or (reader(opened.file) if reader else None) or None
    if profile is None or isinstance(profile, bytes):
        return profile
    notes.append(tr("the colour profile is damaged and was dropped"))  # the tag of a TIFF file may hold numbers or text
    return None


def _from_profile(profile: bytes, notes: Notes) -> ColorSpace:
    """The space of an ICC profile; PQ and HLG are recognised by its code points (ICC.1:2022, 9.2.17)."""
    try:
        primaries, transfer, _, full_range = find_tag(profile, b"cicp")[8:12]
    except (struct.error, LookupError, ValueError):
        return ColorSpace(profile)
    space = from_code_points(primaries, transfer, [], is_narrow=full_range == _NARROW_FLAG)
    return space if space.hdr else ColorSpace(profile)


def _read_png(opened: OpenedImage, notes: Notes) -> ColorSpace:
    """cICP, else iCCP, else sRGB, else gAMA with cHRM (PNG, third edition, 4.3)."""
    chunks = read_chunks(opened.file, _PNG_CHUNKS)
    if b"cICP" in chunks:
        code, transfer, _, full_range = chunks[b"cICP"]
        if is_known(code, transfer) or len(chunks) == 1:
            return from_code_points(code, transfer, notes, is_narrow=full_range == _NARROW_FLAG)
    profile = _read_profile(opened, notes)
    if profile:
        return _from_profile(profile, notes)
    if b"sRGB" in chunks or not {b"gAMA", b"cHRM"} & chunks.keys():
        return ColorSpace()
    primaries = _png_primaries(chunks)
    return rgb_space(primaries, _png_curve(chunks, primaries))


def _png_primaries(chunks: Mapping[bytes, bytes]) -> Primaries:
    if b"cHRM" not in chunks:
        return SRGB
    x = [value / _PNG_SCALE for value in struct.unpack(">8I", chunks[b"cHRM"])]
    white, red, green, blue = ((x[place], x[place + 1]) for place in range(0, 8, 2))
    return Primaries(red, green, blue, white)


def _png_curve(chunks: Mapping[bytes, bytes], primaries: Primaries) -> Curve:
    if b"gAMA" not in chunks:
        return SRGB_CURVE
    (gamma,) = struct.unpack(">I", chunks[b"gAMA"])
    if gamma == _PNG_SRGB_GAMMA and primaries.is_close_to(SRGB):
        return SRGB_CURVE
    return (_PNG_SCALE / gamma,)


def _read_heic(opened: OpenedImage, notes: Notes) -> ColorSpace:
    """Code points of HEIC: its decoder undoes matrix and range; primaries and curve are read here."""
    numbers = opened.picture.info.get("nclx_profile")
    points = (numbers["color_primaries"], numbers["transfer_characteristics"]) if numbers else None
    return _from_code_points(points, opened, notes)


def _read_avif(opened: OpenedImage, notes: Notes) -> ColorSpace:
    return _from_code_points(read_code_points(opened.file), opened, notes)


def _from_code_points(points: tuple[int, int] | None, opened: OpenedImage, notes: Notes) -> ColorSpace:
    if points is None or points == _UNSPECIFIED_PAIR:
        return _read_exif(opened, notes)
    return from_code_points(*points, notes)


def _read_tiff(opened: OpenedImage, notes: Notes) -> ColorSpace:
    return read_tiff_space(opened.file, notes) or _read_exif(opened, notes)


def _read_jp2(opened: OpenedImage, notes: Notes) -> ColorSpace:
    """The first colour specification that is known (ITU-T T.800, I.5.3.3, and T.801, M.11.7.3)."""
    boxes = _jp2_colors(opened.file)
    for box in boxes:
        if box[0] == _JP2_CODE_POINTS:
            primaries, transfer, _, full_range = struct.unpack_from(">HHHB", box, 3)
            return from_code_points(primaries, transfer, notes, is_narrow=not full_range & 0x80)
        if box[0] == _JP2_ENUMERATED:
            (space,) = struct.unpack_from(">I", box, 3)
            if space in _JP2_KNOWN_SPACES:
                return ColorSpace()
            if space == _JP2_ROMM:
                return rgb_space(_ROMM, (1.8, 1.0, 0.0, 1 / 16, 1 / 32))
    if boxes:
        notes.append(tr("the colour space of the JPEG 2000 file is unknown and was taken for sRGB"))
    return ColorSpace()


def _jp2_profile(file: IO[bytes]) -> bytes | None:
    return next((box[3:] for box in _jp2_colors(file) if box[0] in _JP2_PROFILES), None)


def _jp2_colors(file: IO[bytes]) -> list[bytes]:
    """Contents of the ``colr`` boxes: method, precedence, approximation, then the description."""
    header = read_box(file, b"jp2h")
    return [content for kind, content in split_boxes(header or b"") if kind == b"colr" and content]


def _read_exif(opened: OpenedImage, _notes: Notes) -> ColorSpace:
    """Adobe RGB, which cameras mark by the interoperability index only (DCF 2.0, CIPA DC-009, 3.3.3); else sRGB."""
    try:
        with muted_warnings():
            index = opened.picture.getexif().get_ifd(IFD.Interop).get(_INTEROPERABILITY_INDEX)
    except DECODER_ERRORS:  # of which reading the metadata has told
        return ColorSpace()
    return rgb_space(ADOBE_RGB, (_ADOBE_GAMMA,)) if index == _DCF_ADOBE_RGB else ColorSpace()


_READERS: Mapping[str, Callable[[OpenedImage, Notes], ColorSpace]] = {
    "HEIF": _read_heic,
    "AVIF": _read_avif,
    "TIFF": _read_tiff,
    "JPEG2000": _read_jp2,
    "BMP": lambda opened, notes: read_bitmap_space(opened.file, notes),
}
_PROFILE_READERS: Mapping[str, Callable[[IO[bytes]], bytes | None]] = {
    "JPEG2000": _jp2_profile,
    "BMP": read_bitmap_profile,
    "GIF": read_gif_profile,
}
