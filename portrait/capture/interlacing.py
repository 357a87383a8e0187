"""Detection of interlaced video from the codec's headers, before anything is decoded.

For an interlaced frame OpenCV 5.0 returns uninitialised memory without an error, so it may decode only streams that are
known to be progressive.
"""

from collections.abc import Iterator

from portrait.core.bit_reader import BitReader

PROGRESSIVE_CODECS = frozenset(
    (
        *("AV01", "VP80", "VP90", "VP6F", "theo", "mpg1", "h263", "flv1", "MP42", "MP43", "wmv1", "wmv2", "WMV3"),
        *("svq1", "SVQ3", "cvid", "rle", "gif", "apng", "MPNG"),
    )
)
"""FourCCs, as OpenCV reports them, of codecs without interlacing, or whose decoders never report fields."""

MOTION_JPEG = "MJPG"
"""Each picture of it is a JPEG of a frame, or two of its fields, which no header tells."""

_NAL_START = b"\x00\x00\x01"
_H264_SPS, _HEVC_SPS = 7, 33
_EXTENDED_ASPECT = 255
_HEVC_PROGRESSIVE, _HEVC_INTERLACED, _HEVC_FRAMES_ONLY = 0x80, 0x40, 0x10
_JPEG_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ITU-T T.81, table B.1
_JPEG_SCAN = 0xDA
_H264_PROFILES_WITH_CHROMA = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}


def may_be_interlaced(fourcc: str, header: bytes, height_px: int = 0) -> bool:
    """Whether a stream may be interlaced, by its codec and the codec's headers.

    Parameters
    ----------
    fourcc
        The codec, as ``cv2.CAP_PROP_FOURCC`` reports it.
    header
        The codec's headers ("extradata") as the container stores them, empty where it stores none; of Motion JPEG the
        first image.
    height_px
        Of the frames, as the decoder reports it.

    Returns
    -------
    bool
        True also for an unknown codec and for headers without the information.
    """
    if fourcc in PROGRESSIVE_CODECS:
        return False
    if fourcc == MOTION_JPEG:
        return _jpeg_height(header) != height_px
    is_interlaced = {
        "h264": _is_h264_interlaced,
        "hevc": _is_hevc_interlaced,
        "mpg2": _is_mpeg2_interlaced,
        "FMP4": _is_mpeg4_interlaced,
    }.get(fourcc)
    return is_interlaced is None or is_interlaced(header)


def _is_h264_interlaced(header: bytes) -> bool:
    """Whether any sequence parameter set allows fields, or none is found."""
    units = header.split(_NAL_START) if _has_start_codes(header) else _split_h264_record(header)
    sets = [unit[1:] for unit in units if unit and unit[0] & 0x1F == _H264_SPS]
    return not sets or any(_allows_fields(_unescape(payload)) for payload in sets)


def _allows_fields(payload: bytes) -> bool:
    """Whether a sequence parameter set (ITU-T H.264, 7.3.2.1.1) allows interlacing.

    It does where frame_mbs_only_flag is 0. Where pic_struct_present_flag is 1, images made of whole frames may be said
    to be interlaced (D.2.3), and decoders believe it.
    """
    # Profile, constraints, level, id, chroma format.
    bits = BitReader(payload)
    profile = bits.read(8)
    bits.read(16)
    bits.read_golomb()
    if profile in _H264_PROFILES_WITH_CHROMA:
        _skip_h264_chroma(bits)
    # Frame numbers and picture order count.
    bits.read_golomb()
    order_type = bits.read_golomb()
    if order_type == 0:
        bits.read_golomb()
    elif order_type == 1:
        bits.read(1)
        bits.read_signed_golomb()
        bits.read_signed_golomb()
        for _ in range(min(bits.read_golomb(), 255)):
            bits.read_signed_golomb()
    # Reference frames, whether gaps are allowed, width and height in macroblocks.
    bits.read_golomb()
    bits.read(1)
    bits.read_golomb()
    bits.read_golomb()
    return not bits.read(1) or _tells_fields_by_picture(bits)


def _tells_fields_by_picture(bits: BitReader) -> bool:
    """pic_struct_present_flag, from behind frame_mbs_only_flag on (ITU-T H.264, 7.3.2.1.1 and E.1.1)."""
    bits.read(1)  # direct_8x8_inference_flag
    if bits.read(1):  # frame_cropping_flag
        for _ in range(4):
            bits.read_golomb()
    if not bits.read(1):  # vui_parameters_present_flag
        return False
    _skip_picture_description(bits)
    if bits.read(1):  # timing
        bits.read(65)
    has_buffers = [_skip_buffer_model(bits) for _ in range(2)]  # of NAL units, of the video layer
    if any(has_buffers):
        bits.read(1)
    return bool(bits.read(1))


def _skip_picture_description(bits: BitReader) -> None:
    """Aspect ratio, overscan, colours and chroma places (ITU-T H.264, E.1.1)."""
    if bits.read(1) and bits.read(8) == _EXTENDED_ASPECT:
        bits.read(32)
    if bits.read(1):
        bits.read(1)
    if bits.read(1):
        bits.read(4)
        bits.read(24 * bits.read(1))
    if bits.read(1):
        bits.read_golomb()
        bits.read_golomb()


def _skip_buffer_model(bits: BitReader) -> bool:
    """hrd_parameters, where they are present (ITU-T H.264, E.1.2)."""
    if not bits.read(1):
        return False
    count = bits.read_golomb() + 1
    bits.read(8)
    for _ in range(min(count, 32)):
        bits.read_golomb()
        bits.read_golomb()
        bits.read(1)
    bits.read(20)
    return True


def _skip_h264_chroma(bits: BitReader) -> None:
    """Skip chroma format, bit depths and scaling lists of a sequence parameter set."""
    is_444 = bits.read_golomb() == 3
    if is_444:
        bits.read(1)
    bits.read_golomb()  # bit depths
    bits.read_golomb()
    bits.read(1)
    if bits.read(1):  # seq_scaling_matrix_present_flag
        for index in range(12 if is_444 else 8):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """Skip one scaling list (ITU-T H.264, 7.3.2.1.1.1), which ends early where the next scale would be 0."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.read_signed_golomb()) % 256
        last = following or last


def _is_hevc_interlaced(header: bytes) -> bool:
    """Whether no flag says that the source is progressive, or that all images are frames (ITU-T H.265, 7.3.3)."""
    if not _has_start_codes(header):
        flags = [header[6:7]]  # the record repeats them (ISO 14496-15, 8.3.3.1.2)
    else:
        units = [unit for unit in header.split(_NAL_START) if unit and unit[0] >> 1 & 0x3F == _HEVC_SPS]
        flags = [_unescape(unit[2:])[6:7] for unit in units]
    return not flags or not all(flag and _is_hevc_progressive(flag[0]) for flag in flags)


def _is_hevc_progressive(flags: int) -> bool:
    return not flags & _HEVC_INTERLACED and bool(flags & (_HEVC_PROGRESSIVE | _HEVC_FRAMES_ONLY))


def _jpeg_height(picture: bytes) -> int:
    """Lines of a JPEG (ITU-T T.81, B.2.2); -1 where its headers end before they tell."""
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF and picture[at + 1] != _JPEG_SCAN:
        if picture[at + 1] in _JPEG_FRAME_HEADERS:
            return int.from_bytes(picture[at + 5 : at + 7])
        at += 2 + int.from_bytes(picture[at + 2 : at + 4])
    return -1


def _is_mpeg2_interlaced(header: bytes) -> bool:
    """Whether progressive_sequence of the sequence extension (ISO 13818-2, 6.2.2.3) is 0 or missing."""
    at = header.find(b"\x00\x00\x01\xb5")
    return at < 0 or len(header) < at + 6 or not header[at + 5] & 0x08


def _is_mpeg4_interlaced(header: bytes) -> bool:
    """Whether any video object layer (ISO 14496-2, 6.2.3) is flagged ``interlaced``, or none is found."""
    layers = [nal[1:] for nal in header.split(_NAL_START) if nal and 0x20 <= nal[0] <= 0x2F]
    return not layers or any(_is_layer_interlaced(BitReader(layer)) for layer in layers)


def _is_layer_interlaced(bits: BitReader) -> bool:
    """Parse a video object layer up to its flag ``interlaced``."""
    # Access flag, type, version, aspect ratio, control parameters.
    bits.read(9)
    version = 1
    if bits.read(1):
        version = bits.read(4)
        bits.read(3)
    if bits.read(4) == 15:  # the aspect ratio is written out
        bits.read(16)
    if bits.read(1):  # vol_control_parameters
        bits.read(3)
        if bits.read(1):  # vbv_parameters
            bits.read(79)
    # Shape, ticks a second, size.
    if bits.read(2) == 3 and version != 1:  # a grey shape
        bits.read(4)
    bits.read(1)
    ticks = bits.read(16)
    bits.read(1)
    if bits.read(1):  # fixed_vop_rate
        bits.read(max(1, (ticks - 1).bit_length()))
    bits.read(29)  # width and height between markers; a shape that is not rectangular is in no file
    return bool(bits.read(1))


def _has_start_codes(header: bytes) -> bool:
    """Whether a header is a byte stream with start codes, as in MPEG-TS; in MP4 it is a configuration record."""
    return header.startswith((_NAL_START, b"\x00" + _NAL_START))


def _split_h264_record(record: bytes) -> Iterator[bytes]:
    """The sequence parameter sets of a configuration record (ISO 14496-15, 5.3.3.1.2)."""
    at = 6
    for _ in range(record[5] & 0x1F if len(record) > at else 0):
        size = int.from_bytes(record[at : at + 2], "big")
        yield record[at + 2 : at + 2 + size]
        at += 2 + size


def _unescape(payload: bytes) -> bytes:
    """Remove the emulation prevention bytes, which keep start codes out of a payload (ITU-T H.264, 7.4.1)."""
    return payload.replace(b"\x00\x00\x03", b"\x00\x00")
