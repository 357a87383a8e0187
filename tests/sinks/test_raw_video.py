"""Raw video on a pipe, read back by a decoder and by hand."""

import io

import av
import numpy as np
import pytest

from portrait.errors import SinkError
from portrait.sinks.frame_sink import FixedSize
from portrait.sinks.raw_format import RawFormat
from portrait.sinks.raw_video import RawVideoSink, to_yuy2


def draw_frame(index: int, height: int = 48, width: int = 64) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2] = (200, 40 + 10 * index, 40)
    image[:, width // 2 :] = (30, 60, 180)
    return image


def test_y4m_is_read_by_other_programs() -> None:
    file = io.BytesIO()
    sink = RawVideoSink(file, RawFormat.Y4M, rate_fps=25.0)
    for index in range(5):
        sink.write(draw_frame(index))
    file.seek(0)
    with av.open(file, format="yuv4mpegpipe") as container:
        assert float(container.streams.video[0].average_rate) == 25.0
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    for index, frame in enumerate(frames):
        np.testing.assert_allclose(frame[24, 8].astype(int), draw_frame(index)[24, 8].astype(int), atol=14)
        np.testing.assert_allclose(frame[24, 56].astype(int), draw_frame(index)[24, 56].astype(int), atol=14)


def test_rgb_is_the_frames_one_after_the_other() -> None:
    file = io.BytesIO()
    sink = RawVideoSink(file, RawFormat.RGB24)
    for index in range(3):
        sink.write(draw_frame(index))
    found = np.frombuffer(file.getvalue(), np.uint8).reshape(3, 48, 64, 3)
    np.testing.assert_array_equal(found, [draw_frame(index) for index in range(3)])


def test_yuy2_has_luma_of_each_pixel_and_chroma_of_two() -> None:
    packed = to_yuy2(np.full((2, 4, 3), (255, 0, 0), np.uint8))
    assert packed.shape == (2, 4, 2)
    np.testing.assert_allclose(packed[0, 0], (81, 90), atol=2)  # BT.601: Y and Cb of red
    np.testing.assert_allclose(packed[0, 1], (81, 240), atol=2)  # Y and Cr


@pytest.mark.parametrize("size", [(47, 63), (48, 63), (47, 64)])
def test_odd_sides_are_cut_to_even_ones(size: tuple[int, int]) -> None:
    file = io.BytesIO()
    RawVideoSink(file, RawFormat.YUY2).write(draw_frame(0, *size))
    assert len(file.getvalue()) == (size[0] // 2 * 2) * (size[1] // 2 * 2) * 2


def test_a_change_of_size_keeps_the_stream_and_the_shape_of_what_is_shown() -> None:
    fixed = FixedSize()
    assert fixed.fit(draw_frame(0)).shape == (48, 64, 3)
    upright = fixed.fit(np.full((64, 32, 3), 255, np.uint8))
    assert upright.shape == (48, 64, 3)
    lit = np.flatnonzero(upright[24, :, 0] > 128)
    assert len(lit) == pytest.approx(24, abs=1)
    assert fixed.fit(draw_frame(1)).shape == (48, 64, 3)


class BrokenPipe(io.BytesIO):
    def write(self, content: object) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_a_reader_that_left_is_told_once_and_then_nothing_is_written() -> None:
    sink = RawVideoSink(BrokenPipe(), RawFormat.RGB24)
    with pytest.raises(SinkError, match="Broken pipe") as caught:
        sink.write(draw_frame(0))
    assert "reads has ended" in caught.value.hint
    sink.write(draw_frame(1))


def test_after_close_nothing_is_written() -> None:
    file = io.BytesIO()
    sink = RawVideoSink(file, RawFormat.RGB24)
    sink.close()
    sink.write(draw_frame(0))
    assert file.getvalue() == b""
    assert not file.closed
