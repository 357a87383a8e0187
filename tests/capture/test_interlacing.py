"""Headers as encoders write them; whole files are in test_opencv_decoder.py."""

import pytest

from portrait.capture.interlacing import may_be_interlaced


@pytest.mark.parametrize("fourcc", ["VP90", "mpg1", "gif"])
def test_codings_without_fields(fourcc: str) -> None:
    assert not may_be_interlaced(fourcc, b"")


@pytest.mark.parametrize("fourcc", ["dvsd", "apch", "AVdn", "WVC1", "", "h264", "hevc", "mpg2", "FMP4", "MJPG"])
def test_nothing_is_taken_for_granted(fourcc: str) -> None:
    assert may_be_interlaced(fourcc, b"")


@pytest.mark.parametrize("header", [b"\x01", b"\x01\x64\x00\x15\xff\xe1", b"\x00\x00\x01\x67", b"\x00\x00\x01\xb5\x14"])
@pytest.mark.parametrize("fourcc", ["h264", "mpg2", "FMP4"])
def test_a_header_cut_short_proves_nothing(fourcc: str, header: bytes) -> None:
    assert may_be_interlaced(fourcc, header)


@pytest.mark.parametrize(
    ("flags", "is_interlaced"),
    [(b"\x40", True), (b"\xc0", True), (b"\x90", False), (b"\x80", False), (b"\x10", False), (b"\x00", True)],
)
def test_hevc_in_a_record_and_between_start_codes(flags: bytes, is_interlaced: bool) -> None:
    profile = b"\x01\x60\x00\x00\x00" + flags
    assert may_be_interlaced("hevc", b"\x01" + profile + bytes(16)) is is_interlaced
    stream = b"\x00\x00\x00\x01\x40\x01\x0c\x00\x00\x00\x01\x42\x01\x01\x01\x60\x00\x00\x03\x00" + flags + bytes(2)
    assert may_be_interlaced("hevc", stream) is is_interlaced


def test_mpeg4_layer_with_all_that_is_optional() -> None:
    def write_layer(interlaced: str) -> bytes:
        fields = [
            "0" + "00000001",
            "1" + "0010" + "001",  # version 2
            "1111" + "00001100" + "00001011",  # an aspect ratio of its own
            "1" + "010" + "1" + "1" * 79,  # buffer sizes
            "00" + "1" + f"{25:016b}" + "1",
            "1" + "00001",  # a fixed rate: 5 bits for 25 ticks
            "1" + f"{64:013b}" + "1" + f"{48:013b}" + "1",
            interlaced,
        ]
        bits = "".join(fields)
        return b"\x00\x00\x01\x20" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")

    assert may_be_interlaced("FMP4", write_layer("1"))
    assert not may_be_interlaced("FMP4", write_layer("0"))
