"""Frames go to every sink; one that fails leaves alone. What leaves shows no sharp room, whatever the mask does."""

import threading
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import SinkError
from portrait.live import LiveSession
from portrait.live.outputs import FrameOutputs
from portrait.live.processor import LiveProcessor


class KeepingSink:
    """Keeps what it gets, and fails when told to."""

    name = "the list"
    state = "open"

    def __init__(self) -> None:
        self.images: list[RgbImage] = []
        self.error: SinkError | None = None
        self.times_closed = 0
        self.has_frame = threading.Event()

    def write(self, image: RgbImage) -> None:
        if self.error is not None:
            raise self.error
        self.images.append(image)
        self.has_frame.set()

    def close(self) -> None:
        self.times_closed += 1


FRAME = np.zeros((4, 6, 3), np.uint8)


def test_a_sink_that_fails_is_closed_and_told_and_the_others_go_on() -> None:
    told: list[tuple[Any, SinkError]] = []
    outputs = FrameOutputs(lambda sink, error: told.append((sink, error)))
    good, bad = KeepingSink(), KeepingSink()
    bad.error = SinkError("full")
    outputs.add(bad)
    outputs.add(good)
    outputs.write(FRAME)
    outputs.write(FRAME)
    assert told == [(bad, bad.error)]
    assert (bad.times_closed, good.times_closed, len(good.images)) == (1, 0, 2)


def test_a_sink_that_was_removed_gets_nothing_and_is_closed_once() -> None:
    outputs = FrameOutputs(lambda sink, error: None)
    sink, other = KeepingSink(), KeepingSink()
    outputs.add(sink)
    outputs.add(other)
    outputs.remove(sink)
    outputs.remove(sink)
    outputs.write(FRAME)
    outputs.close()
    outputs.write(FRAME)
    assert (sink.images, sink.times_closed) == ([], 1)
    assert (len(other.images), other.times_closed) == (1, 1)


def _detail(image: RgbImage) -> float:
    return float(cv2.Laplacian(image[..., 1], cv2.CV_32F).std())


@pytest.mark.parametrize("failure", ["raises", "finds nobody"])
def test_without_a_mask_what_leaves_is_blurred_all_over(
    engine: PortraitEngine,
    ellipse_segmenter: Any,
    picture: RgbImage,
    source: Any,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        if failure == "raises":
            raise RuntimeError("the network is gone")
        return np.zeros((64, 64), np.float32)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", fail)
    sink = KeepingSink()
    outputs = FrameOutputs(lambda sink, error: None)
    outputs.add(sink)
    session = LiveSession(source, LiveProcessor(engine, BlurOptions(f_number=16.0)), _into(outputs))
    session.start()
    source.push(picture)
    assert sink.has_frame.wait(20.0)
    session.stop()
    assert _detail(sink.images[0]) < 0.35 * _detail(picture)


def _into(outputs: FrameOutputs) -> Callable[..., None]:
    return lambda result, frame: outputs.write(result.image)
