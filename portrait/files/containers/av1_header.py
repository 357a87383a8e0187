"""Colours in the sequence header of an AV1 stream (AV1 Bitstream and Decoding Process Specification, 5.3 to 5.5)."""

import struct
from collections.abc import Iterator

from portrait.core.bit_reader import BitReader

_SEQUENCE_HEADER = 1
_HAS_EXTENSION, _HAS_SIZE = 0x04, 0x02
_LONGEST_SIZE_BYTES = 8
_FIRST_LEVEL_WITH_TIERS = 8


def read_sequence_colors(stream: bytes) -> tuple[int, int] | None:
    """ColourPrimaries and TransferCharacteristics (ITU-T H.273) of the first sequence header.

    Parameters
    ----------
    stream
        Open bitstream units. What follows the sequence header may be cut off.

    Returns
    -------
    None where there is no sequence header, or none that tells them.

    Raises
    ------
    struct.error, IndexError
        The stream is damaged before its sequence header or in it.
    """
    header = next((payload for kind, payload in _units(stream) if kind == _SEQUENCE_HEADER), None)
    return None if header is None else _read_colors(BitReader(header))


def _units(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Types and payloads of the units (5.3.1)."""
    at = 0
    while at < len(stream):
        flags = stream[at]
        at += 2 if flags & _HAS_EXTENSION else 1
        size = len(stream) - at
        if flags & _HAS_SIZE:
            size, at = _read_size(stream, at)
        kind = flags >> 3 & 0x0F
        if kind == _SEQUENCE_HEADER and at + size > len(stream):
            raise struct.error("the sequence header is cut off")
        yield kind, stream[at : at + size]
        at += size


def _read_size(stream: bytes, at: int) -> tuple[int, int]:
    """leb128() at a place, and the place behind it (4.10.5)."""
    size = 0
    for index in range(_LONGEST_SIZE_BYTES):
        size |= (stream[at + index] & 0x7F) << 7 * index
        if not stream[at + index] & 0x80:
            return size, at + index + 1
    raise struct.error("the size of a unit has no end")


def _read_colors(bits: BitReader) -> tuple[int, int] | None:
    """sequence_header_obu (5.5.1) up to the colours in color_config (5.5.2)."""
    profile = bits.read(3)
    bits.read(1)  # still_picture
    is_reduced = bool(bits.read(1))
    if is_reduced:
        bits.read(5)  # seq_level_idx
    else:
        _skip_operating_points(bits)
    _skip_frame_sizes(bits, is_reduced=is_reduced)
    bits.read(3)  # use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    if not is_reduced:
        _skip_inter_tools(bits)
    bits.read(3)  # enable_superres, enable_cdef, enable_restoration
    if bits.read(1) and profile == 2:  # high_bitdepth
        bits.read(1)  # twelve_bit
    if profile != 1:
        bits.read(1)  # mono_chrome
    return (bits.read(8), bits.read(8)) if bits.read(1) else None


def _skip_operating_points(bits: BitReader) -> None:
    """From timing_info_present_flag on up to the last operating point."""
    delay_bits = 0  # of a decoder model, where there is one
    if bits.read(1):
        bits.read(64)  # units and ticks of the display
        if bits.read(1):
            bits.read_golomb()  # uvlc(), 4.10.3
        if bits.read(1):
            delay_bits = bits.read(5) + 1
            bits.read(42)
    has_display_delay = bool(bits.read(1))
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) >= _FIRST_LEVEL_WITH_TIERS:
            bits.read(1)
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if has_display_delay and bits.read(1):
            bits.read(4)


def _skip_frame_sizes(bits: BitReader, *, is_reduced: bool) -> None:
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    bits.read(width_bits + height_bits)
    if not is_reduced and bits.read(1):  # frame_id_numbers_present_flag
        bits.read(7)


def _skip_inter_tools(bits: BitReader) -> None:
    """From enable_interintra_compound on up to the order hints."""
    bits.read(4)
    has_order_hint = bool(bits.read(1))
    if has_order_hint:
        bits.read(2)
    is_screen_content_chosen = bool(bits.read(1))  # by each frame
    if (is_screen_content_chosen or bits.read(1)) and not bits.read(1):  # nor is integer_mv chosen by each frame
        bits.read(1)
    if has_order_hint:
        bits.read(3)
