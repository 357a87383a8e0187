"""Numbers of any count of bits, out of the headers of codecs."""


class BitReader:
    """Bit reader for codec headers, with the descriptors of the ITU-T standards.

    Parameters
    ----------
    payload
        The bytes. Bits beyond the end read as 0.
    """

    def __init__(self, payload: bytes) -> None:
        self._bits = int.from_bytes(payload, "big")
        self._left = 8 * len(payload)

    def read(self, count: int) -> int:
        """Read an unsigned number of ``count`` bits: u(n)."""
        self._left -= count
        value = self._bits >> self._left if self._left >= 0 else self._bits << -self._left
        return value & ((1 << count) - 1)

    def read_golomb(self) -> int:
        """Read an unsigned Exp-Golomb code: ue(v)."""
        zeros = 0
        while self._left > 0 and not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)

    def read_signed_golomb(self) -> int:
        """Read a signed Exp-Golomb code: se(v)."""
        code = self.read_golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)
