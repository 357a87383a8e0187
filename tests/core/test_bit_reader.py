"""Numbers of codecs by their definitions."""

from portrait.core.bit_reader import BitReader


def test_exp_golomb_numbers() -> None:
    # 1 | 010 | 011 | 00100 | 00101: ITU-T H.264, table 9-2
    bits = BitReader(int("1010011001000010100000000", 2).to_bytes(4, "big"))
    bits.read(7)
    assert [bits.read_golomb() for _ in range(5)] == [0, 1, 2, 3, 4]


def test_signed_exp_golomb_numbers() -> None:
    bits = BitReader(int("1010011001000010100000000", 2).to_bytes(4, "big"))
    bits.read(7)
    assert [bits.read_signed_golomb() for _ in range(5)] == [0, 1, -1, 2, -2]


def test_beyond_the_end_all_is_0() -> None:
    bits = BitReader(b"\xff")
    assert bits.read(12) == 0xFF0
    assert bits.read_golomb() == 0
