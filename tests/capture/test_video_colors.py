"""Colours of a video by its tags. Each test runs with every decoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait.capture.video_file import VideoFile

WriteVideo = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("decoder")


@pytest.mark.parametrize("matrix", [1, 6, 9], ids=["BT.709", "BT.601", "BT.2020"])
@pytest.mark.parametrize("is_full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv444p10le"])
def test_colours_are_those_that_were_encoded(
    encode_video: WriteVideo, card: Any, matrix: int, is_full: bool, pixel_format: str
) -> None:
    """Encoded with the constants of ITU-R BT.601, BT.709 and BT.2020, not by FFmpeg."""

    def tag(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 1 + is_full
        frame.colorspace, frame.color_range = matrix, 1 + is_full
        write_planes(frame, to_ycbcr(card, matrix, is_full, 10 if "10" in pixel_format else 8))

    options = {"qp": "0", "preset": "ultrafast"}
    path = encode_video("card.mkv", "libx264", [card] * 2, pixel_format=pixel_format, options=options, prepare=tag)
    source = VideoFile(path, paced=False)
    source.open()
    frame = source.read()
    source.close()
    assert frame is not None
    image = frame.image
    np.testing.assert_allclose(image[8:40, 8:56].astype(int), card[8:40, 8:56].astype(int), atol=2)
    np.testing.assert_allclose(image[::88, ::120].astype(int), card[::88, ::120].astype(int), atol=2)


def to_ycbcr(image: Any, matrix: int, is_full: bool, bits: int) -> Any:
    red_share, blue_share = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    red, green, blue = (image[..., channel] / 255.0 for channel in range(3))
    luma = red_share * red + (1.0 - red_share - blue_share) * green + blue_share * blue
    chroma = [(blue - luma) / (2.0 - 2.0 * blue_share), (red - luma) / (2.0 - 2.0 * red_share)]
    step, top = 2 ** (bits - 8), 2**bits - 1
    if is_full:
        planes = [top * luma, *(top * plane + 128 * step for plane in chroma)]
    else:
        planes = [(16 + 219 * luma) * step, *((128 + 224 * plane) * step for plane in chroma)]
    return [np.clip(np.rint(plane), 0, top).astype(np.uint8 if bits == 8 else np.uint16) for plane in planes]


def write_planes(frame: Any, planes: Any) -> None:
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((values.shape[0], plane.line_size // values.itemsize), values.dtype)
        rows[:, : values.shape[1]] = values
        plane.update(rows.tobytes())
