"""What only PyAV shows: interlaced, AV1 and HDR videos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from portrait.capture.pyav_decoder import PyAvDecoder
from portrait.errors import CameraError

INTERLACED = int(av.codec.context.Flags.interlaced_dct) | int(av.codec.context.Flags.interlaced_me)
HEIGHT, WIDTH = 96, 128
PQ, HLG = 16, 18


def read_all(path: Path) -> list[Any]:
    decoder = PyAvDecoder()
    decoder.open(path)
    images = []
    while (frame := decoder.read()) is not None:
        images.append(frame.image)
    decoder.close()
    return images


def draw_bar(at: int) -> Any:
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[:, at : at + 24] = 220
    return picture


def weave(count: int, step_px: int) -> list[Any]:
    """Frames of a moving bar whose odd rows are half a frame later than the even ones."""
    frames = []
    for index in range(count):
        frame = draw_bar(2 * index * step_px)
        frame[1::2] = draw_bar((2 * index + 1) * step_px)[1::2]
        frames.append(frame)
    return frames


def measure_combing(image: Any) -> float:
    """How much rows differ from the mean of their neighbours."""
    grey = image[..., 1].astype(float)
    return float(np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2.0).mean())


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("camcorder.mp4", "libx264", {"x264opts": "tff=1"}),
        ("broadcast.ts", "libx264", {"x264opts": "tff=1"}),
        ("dvd.vob", "mpeg2video", {"b": "4000000"}),
        ("old.avi", "mpeg4", {"b": "4000000"}),
        ("mezzanine.mov", "prores_ks", {}),
    ],
)
def test_interlaced_videos_are_shown_without_combing(
    encode_video: Callable[..., Path], name: str, codec: str, options: dict[str, str]
) -> None:
    woven = weave(12, step_px=4)
    pixel_format = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    path = encode_video(name, codec, woven, pixel_format=pixel_format, flags=INTERLACED, options=options)
    with av.open(str(path)) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0)), "the file is what it should be"
    images = read_all(path)
    assert len(images) == 12
    for image, source in zip(images, woven, strict=True):
        assert abs(float(image.mean()) - float(source.mean())) < 4.0
        assert measure_combing(image) < 0.35 * measure_combing(source)


def test_progressive_frames_of_an_interlaced_stream_stay_sharp(encode_video: Callable[..., Path]) -> None:
    rows = np.repeat(np.arange(HEIGHT) % 2 * 160 + 40, WIDTH).reshape(HEIGHT, WIDTH, 1)
    pictures = [np.broadcast_to(rows, (HEIGHT, WIDTH, 3)).astype(np.uint8)] * 4
    options = {"x264opts": "fake-interlaced=1", "qp": "10"}
    images = read_all(encode_video("film.mp4", "libx264", pictures, options=options))
    assert all(measure_combing(image) > 100.0 for image in images)


def test_av1(encode_video: Callable[..., Path], card: Any) -> None:
    images = read_all(encode_video("screen.mp4", "libsvtav1", [card] * 3, options={"preset": "12", "crf": "20"}))
    assert len(images) == 3
    np.testing.assert_allclose(images[0][20, 20].astype(int), card[20, 20].astype(int), atol=12)


@pytest.mark.parametrize(("size", "matrix"), [((720, 1280), (0.2126, 0.0722)), ((480, 640), (0.299, 0.114))])
def test_a_matrix_that_is_not_told_goes_by_the_size(
    encode_video: Callable[..., Path], size: tuple[int, int], matrix: tuple[float, float]
) -> None:
    def paint(stream: Any, frame: Any) -> None:
        for plane, value in zip(frame.planes, (81, 90, 240), strict=True):  # red in BT.601
            plane.update(bytes([value]) * plane.buffer_size)
        frame.colorspace = 2

    picture = np.zeros((*size, 3), np.uint8)
    options = {"qp": "0", "preset": "ultrafast"}
    image = read_all(encode_video("untold.mkv", "libx264", [picture] * 2, options=options, prepare=paint))[0]
    luma, blue, red = (81 - 16) / 219, (90 - 128) / 224, (240 - 128) / 224
    red_share, blue_share = matrix
    expected_red = luma + 2 * (1 - red_share) * red
    expected_blue = luma + 2 * (1 - blue_share) * blue
    expected_green = (luma - red_share * expected_red - blue_share * expected_blue) / (1 - red_share - blue_share)
    expected = np.clip(np.array([expected_red, expected_green, expected_blue]) * 255, 0, 255)
    np.testing.assert_allclose(image[50, 50], expected, atol=2)


@pytest.mark.slow
@pytest.mark.parametrize(("curve", "signal"), [(PQ, 0.5081), (HLG, 0.5)], ids=["PQ", "HLG"])
def test_hdr_is_shown_with_the_light_of_sdr(encode_video: Callable[..., Path], curve: int, signal: float) -> None:
    """100 cd/m² in PQ and 50 in HLG (signal 0.5), of a white of 203 cd/m² (ITU-R BT.2408)."""

    def paint(stream: Any, frame: Any) -> None:
        if stream is not None:
            context = stream.codec_context
            context.colorspace, context.color_primaries, context.color_trc = 9, 9, curve
        frame.colorspace, frame.color_primaries, frame.color_trc = 9, 9, curve
        level = round(64 + 876 * signal)
        for index, plane in enumerate(frame.planes):
            values = np.full(plane.buffer_size // 2, 512 if index else level, np.uint16)
            plane.update(values.tobytes())

    options = {"qp": "0", "preset": "ultrafast"}
    path = encode_video(
        "phone.mkv", "libx264", [draw_bar(0)] * 2, pixel_format="yuv420p10le", options=options, prepare=paint
    )
    light = {PQ: 100.0 / 203.0, HLG: 50.0 / 203.0}[curve]
    expected = 255.0 * (1.055 * light ** (1 / 2.4) - 0.055)
    image = read_all(path)[0]
    np.testing.assert_allclose(image[50, 50], expected, atol=6)
    assert np.ptp(image[50, 50]) <= 1


def test_a_mirrored_display_matrix_mirrors(encode_video: Callable[..., Path], card: Any) -> None:
    def mirror(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.set_display_rotation(0, hflip=True)

    image = read_all(encode_video("selfie.mp4", "libx264", [card] * 3, prepare=mirror))[0]
    np.testing.assert_allclose(image[20, 20].astype(int), card[20, -20].astype(int), atol=6)


def test_a_cover_of_a_piece_of_music_is_no_video(tmp_path: Path, card: Any) -> None:
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("mp3", rate=44100)
        cover = container.add_stream("png")
        cover.height, cover.width, cover.pix_fmt = *card.shape[:2], "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(card, format="rgb24")))
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1152), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 44100
        for index in range(4):
            silence.pts = 1152 * index
            container.mux(sound.encode(silence))
        container.mux(sound.encode())
    with pytest.raises(CameraError, match="holds no pictures"):
        read_all(path)


def test_a_failing_disk_is_told(encode_video: Callable[..., Path], card: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, frame: Any, pixel_aspect: Any) -> Any:
        raise av.FFmpegError(5, "Input/output error")

    monkeypatch.setattr("portrait.capture.pyav_decoder.FrameConverter.to_rgb", fail)
    with pytest.raises(CameraError, match=r"clip\.mp4 cannot be read any further: Input/output error"):
        read_all(encode_video("clip.mp4", "libx264", [card] * 3))


def test_raw_dv_has_the_rate_of_its_coding(tmp_path: Path) -> None:
    path = tmp_path / "tape.dv"
    with av.open(str(path), "w", format="rawvideo") as container:
        stream = container.add_stream("dvvideo", rate=25)
        stream.height, stream.width, stream.pix_fmt = 576, 720, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.full((576, 720, 3), 90, np.uint8), format="rgb24")
        for index in range(6):
            tape = frame.reformat(format="yuv420p")
            tape.pts = index
            container.mux(stream.encode(tape))
        container.mux(stream.encode())
    decoder = PyAvDecoder()
    assert decoder.open(path).frame_rate_fps == 25.0
    decoder.close()
