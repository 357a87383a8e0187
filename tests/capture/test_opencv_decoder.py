"""OpenCV decodes what is progressive, and shows nothing of what may not be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from portrait.capture.opencv_decoder import FAILED_READS_MAX, OpenCvDecoder
from portrait.errors import CameraError

INTERLACED = int(av.codec.context.Flags.interlaced_dct) | int(av.codec.context.Flags.interlaced_me)


@pytest.mark.parametrize(
    ("name", "codec", "flags", "options"),
    [
        ("camcorder.mp4", "libx264", INTERLACED, {"x264opts": "tff=1"}),
        ("camcorder.mkv", "libx264", INTERLACED, {"x264opts": "tff=1"}),
        ("broadcast.ts", "libx264", INTERLACED, {"x264opts": "tff=1"}),
        ("said-by-picture.mp4", "libx264", 0, {"x264opts": "pic-struct=1:sar=4/3:colorprim=bt709"}),
        ("dvd.vob", "mpeg2video", INTERLACED, {}),
        ("old.avi", "mpeg4", INTERLACED, {}),
        ("new.mp4", "libx265", 0, {"x265-params": "interlace=tff:log-level=none"}),
        ("tape.mov", "prores_ks", INTERLACED, {}),
    ],
)
def test_interlaced_videos_are_refused_with_what_helps(
    encode_video: Callable[..., Path], card: Any, name: str, codec: str, flags: int, options: dict[str, str]
) -> None:
    pixel_format = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    path = encode_video(name, codec, [card] * 12, pixel_format=pixel_format, flags=flags, options=options)
    with pytest.raises(CameraError, match="is interlaced") as caught:
        OpenCvDecoder().open(path)
    assert "pip install 'portrait[video]'" in caught.value.hint


def test_dv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tape.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("dvvideo", rate=25)
        stream.height, stream.width, stream.pix_fmt = 576, 720, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.full((576, 720, 3), 90, np.uint8), format="rgb24")
        container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())
    with pytest.raises(CameraError, match=r"is interlaced.*DV"):
        OpenCvDecoder().open(path)


@pytest.mark.parametrize("fields", [1, 2])
def test_motion_jpeg_of_two_fields_a_picture_is_refused(tmp_path: Path, card: Any, fields: int) -> None:
    """As capture cards of the nineties write it: two JPEGs of half the height in one packet."""
    path = tmp_path / "card.avi"
    packet = av.Packet(b"".join(cv2.imencode(".jpg", card[field::fields])[1].tobytes() for field in range(fields)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.height, stream.width, stream.pix_fmt = *card.shape[:2], "yuvj420p"
        container.start_encoding()
        for index in range(5):
            again = av.Packet(bytes(packet))
            again.stream, again.pts, again.dts, again.is_keyframe = stream, index, index, True
            container.mux(again)
    decoder = OpenCvDecoder()
    if fields == 1:
        decoder.open(path)
        frame = decoder.read()
        decoder.close()
        assert frame is not None
        assert frame.image.shape == card.shape
    else:
        with pytest.raises(CameraError, match=r"is interlaced.*Motion JPEG"):
            decoder.open(path)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "options"),
    [
        ("a.mp4", "libx264", "yuv420p", {}),
        ("a.mkv", "libx264", "yuv444p", {}),
        ("a.ts", "libx264", "yuv420p10le", {}),
        ("described.mp4", "libx264", "yuv420p", {"x264opts": "sar=4/3:overscan=show:colorprim=bt709:chromaloc=2"}),
        ("buffered.mp4", "libx264", "yuv420p", {"x264opts": "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500"}),
        ("a.avi", "mjpeg", "yuvj420p", {}),
        ("lists.mp4", "libx264", "yuv420p", {"x264opts": "cqm=jvt"}),
        ("a.mp4", "libx265", "yuv420p", {"x265-params": "log-level=none"}),
        ("a.ts", "libx265", "yuv420p", {"x265-params": "log-level=none"}),
        ("a.vob", "mpeg2video", "yuv420p", {}),
        ("a.avi", "mpeg4", "yuv420p", {}),
        ("a.mp4", "mpeg4", "yuv420p", {}),
        ("a.webm", "libvpx-vp9", "yuv420p", {}),
    ],
)
def test_progressive_videos_are_shown(
    encode_video: Callable[..., Path], card: Any, name: str, codec: str, pixel_format: str, options: dict[str, str]
) -> None:
    path = encode_video(name, codec, [card] * 12, pixel_format=pixel_format, options=options)
    decoder = OpenCvDecoder()
    decoder.open(path)
    frame = decoder.read()
    decoder.close()
    assert frame is not None
    np.testing.assert_allclose(frame.image[20, 20].astype(int), card[20, 20].astype(int), atol=16)


def test_a_coding_that_opencv_does_not_know_is_named(encode_video: Callable[..., Path], card: Any) -> None:
    decoder = OpenCvDecoder()
    decoder.open(encode_video("screen.mp4", "libsvtav1", [card] * 3, options={"preset": "12"}))
    with pytest.raises(CameraError, match=r"screen\.mp4 could be decoded \(AV1\)") as caught:
        decoder.read()
    assert "H.264" in caught.value.hint


def test_the_end_is_believed_after_many_failed_reads(scripted_capture: Any, tmp_path: Path) -> None:
    picture = np.full((4, 6, 3), 9, np.uint8)
    capture = scripted_capture([picture, *[None] * (FAILED_READS_MAX - 1), picture])
    capture.properties[cv2.CAP_PROP_FOURCC] = cv2.VideoWriter.fourcc(*"VP90")
    decoder = OpenCvDecoder(lambda source, backend: capture)
    decoder.open(tmp_path / "clip.avi")
    assert decoder.read() is not None
    assert decoder.read() is not None
    assert decoder.damaged_frames == FAILED_READS_MAX - 1
    assert decoder.read() is None


@pytest.mark.parametrize(("position_ms", "position_s"), [(40.0, 0.04), (0.0, None)])
def test_no_position_is_told_as_none(
    scripted_capture: Any, tmp_path: Path, position_ms: float, position_s: float | None
) -> None:
    capture = scripted_capture([np.full((4, 6, 3), 9, np.uint8)])
    capture.properties = {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"VP90"), cv2.CAP_PROP_POS_MSEC: position_ms}
    decoder = OpenCvDecoder(lambda source, backend: capture)
    decoder.open(tmp_path / "clip.avi")
    frame = decoder.read()
    assert frame is not None
    assert frame.position_s == position_s
