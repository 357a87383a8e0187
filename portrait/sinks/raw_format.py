"""Layouts of raw video; light, for the command line."""

from enum import StrEnum


class RawFormat(StrEnum):
    """Layout of the stream.

    Attributes
    ----------
    Y4M
        YUV4MPEG2, 4:2:0, BT.601 at limited range, with size and frame rate in a header that most programs read.
    RGB24
        Three bytes a pixel, row by row.
    YUY2
        4:2:2 packed, BT.601 at limited range.
    """

    Y4M = "y4m"
    RGB24 = "rgb24"
    YUY2 = "yuy2"
