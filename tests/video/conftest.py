"""Small real videos with sound, and what is in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from portrait.capture.opencv_device import configure_opencv

configure_opencv()  # as the app does before anything else opens FFmpeg
SEGMENT_FRAMES = 4
SECOND = 90_000  # units of the clips' clock


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of one stream: when each begins, in seconds, and its bytes; and the stream's codec."""

    times_s: list[Fraction]
    contents: list[bytes]
    codec: str


def read_packets(path: Path, kind: str = "audio") -> Packets:
    with av.open(str(path)) as container:
        stream = container.streams.best(kind)
        packets = [packet for packet in container.demux(stream) if packet.size]
        times_s = [packet.pts * packet.time_base for packet in packets]
        return Packets(times_s, [bytes(packet) for packet in packets], stream.codec_context.name)


def read_frames(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def frame_times_s(path: Path) -> list[Fraction]:
    return [Fraction(frame.pts * frame.time_base) for frame in read_frames(path)]


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.video.segments.SEGMENT_FRAMES", SEGMENT_FRAMES)


@pytest.fixture
def make_clip(tmp_path: Path, portrait_scene: Callable[..., Any]) -> Callable[..., Path]:
    """Write a person before a room that moves, with a tone as sound."""

    def make(
        name: str = "clip.mp4",
        *,
        pts: Sequence[int] = tuple(SECOND * number // 25 for number in range(10)),
        size: tuple[int, int] = (48, 64),
        sound: str | None = "aac",
        pixel_format: str = "yuv420p",
        codec: str = "libx264",
        prepare: Callable[[Any, Any], None] = lambda stream, frame: None,
    ) -> Path:
        scene, alpha = portrait_scene(*size)
        scene[alpha == 0.0] = draw_cells(*size)[alpha == 0.0]
        with av.open(str(tmp_path / name), "w") as container:
            container.metadata["title"] = "Ein Fünfzeiler"
            video = container.add_stream(codec, rate=25)
            video.height, video.width, video.pix_fmt = *size, pixel_format
            video.time_base = video.codec_context.time_base = Fraction(1, SECOND)
            tone = None if sound is None else container.add_stream(sound, rate=48_000)
            if tone is not None:
                tone.metadata["language"] = "deu"
            for number, time in enumerate(pts):
                image = np.roll(scene, number, axis=1)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixel_format)
                frame.pts, frame.time_base = time, Fraction(1, SECOND)
                prepare(video if number == 0 else None, frame)
                container.mux(video.encode(frame))
            container.mux(video.encode())
            if tone is not None:
                write_tone(container, tone, (pts[-1] - pts[0]) / SECOND, pts[0] / SECOND)
        return tmp_path / name

    return make


def draw_cells(height: int, width: int) -> Any:
    """Fine grey cells: uint8 (H, W, 3)."""
    cells = np.random.default_rng(2).choice(np.uint8((40, 200)), (height // 2 + 1, width // 2 + 1))
    return np.repeat(np.repeat(cells, 2, 0), 2, 1)[:height, :width, None].repeat(3, 2)


def write_tone(container: Any, stream: Any, duration_s: float, start_s: float = 0.0) -> None:
    samples = np.arange(int(48_000 * duration_s)) / 48_000
    wave = (0.2 * np.sin(2 * np.pi * 440 * samples * (1 + samples))).astype(np.float32)
    for first in range(0, len(wave), 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, first : first + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48_000, first + int(48_000 * start_s)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
