"""Flicker: clips of a square that moves by a known step, still pictures under noise, files that cannot be read."""

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from export.data.clips import LONG_SIDE_PX, read_clip
from export.errors import DataError
from export.evaluation.flicker import ClipFigures, measure_clip, noise_flicker
from portrait.core.arrays import RgbImage

Frames = list[NDArray[np.uint8]]


def find_red(image: RgbImage) -> NDArray[np.float32]:
    return (image[..., 0] > image[..., 1] + 60).astype(np.float32)


def make_frames(count: int, step_px: int, size: tuple[int, int] = (96, 128)) -> Frames:
    """A red textured square over grey texture, a step to the right from each frame to the next."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.random((*size, 1), dtype=np.float32), (0, 0), 2.0)
    ground = cv2.cvtColor((255 * (texture - texture.min()) / np.ptp(texture)).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    square = ground[:40, :40].copy()
    square[..., 0], square[..., 1:] = 255, square[..., 1:] // 2
    frames = []
    for index in range(count):
        frame = ground.copy()
        frame[30:70, 20 + step_px * index : 60 + step_px * index] = square
        frames.append(frame)
    return frames


def judge(frames: Frames, *finders: Callable[[RgbImage], NDArray[np.float32]]) -> list[ClipFigures]:
    with ThreadPoolExecutor(1) as executor:
        return measure_clip("clip", frames, finders, executor)


class Blinking:
    """Right at first, and less sure in every second frame."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, image: RgbImage) -> NDArray[np.float32]:
        self.calls += 1
        return find_red(image) * np.float32(1.0 - 0.2 * (self.calls % 2))


def test_motion_is_no_flicker_and_blinking_is() -> None:
    frames = make_frames(5, step_px=4)
    steady, blinking = judge(frames, find_red, Blinking())
    person_share = find_red(frames[0]).mean()
    assert steady.frames == blinking.frames == 5
    assert steady.explained_fraction > 0.8
    assert steady.flicker is not None
    assert blinking.flicker is not None
    assert steady.flicker < 0.1 * np.mean([abs(find_red(a) - find_red(b)).mean() for a, b in pairwise(frames)])
    assert blinking.flicker - steady.flicker == pytest.approx(0.2 * person_share, rel=0.25)


def test_smoothing_calms_what_blinks_in_a_scene_at_rest() -> None:
    (figures,) = judge(make_frames(6, step_px=0), Blinking())
    assert figures.flicker is not None
    assert figures.smoothed_flicker is not None
    assert figures.smoothed_flicker < 0.5 * figures.flicker


def test_scenes_that_change_altogether_are_not_judged() -> None:
    black, noise = np.zeros((64, 64, 3), np.uint8), np.random.default_rng(0).integers(100, 256, (64, 64, 3), np.uint8)
    (figures,) = judge([black, noise], find_red)
    assert (figures.flicker, figures.explained_fraction) == (None, 0.0)


def test_one_frame_is_too_few() -> None:
    with pytest.raises(DataError, match="fewer than two frames"):
        judge(make_frames(1, 0), find_red)


def test_noise_shakes_what_looks_at_single_pixels_and_not_what_averages() -> None:
    image = np.full((64, 64, 3), 128, np.uint8)
    calm, shaken = noise_flicker(
        image,
        [
            lambda taken: np.full((8, 8), taken.mean() > 64, np.float32),
            lambda taken: (taken[..., 0] > 128).astype(np.float32),
        ],
        seed=0,
    )
    assert calm == 0.0
    assert shaken > 0.3


def test_noise_is_drawn_by_seed() -> None:
    image = make_frames(1, 0)[0]
    soft = [lambda taken: taken[..., 0].astype(np.float32) / 255]
    assert (
        noise_flicker(image, soft, seed=3) == noise_flicker(image, soft, seed=3) != noise_flicker(image, soft, seed=4)
    )


@pytest.fixture
def clip_dir(tmp_path: Path) -> Path:
    for index, frame in enumerate(make_frames(3, step_px=2)):
        Image.fromarray(frame).save(tmp_path / f"{index:03d}.png")
    return tmp_path


def test_a_folder_of_frames_is_a_clip(clip_dir: Path) -> None:
    for frame, made in zip(read_clip(clip_dir), make_frames(3, step_px=2), strict=True):
        np.testing.assert_array_equal(frame, made)


def test_large_frames_are_shrunk(tmp_path: Path) -> None:
    Image.new("RGB", (1280, 720)).save(tmp_path / "0.png")
    assert next(read_clip(tmp_path)).shape == (360, LONG_SIDE_PX, 3)


@pytest.mark.parametrize(
    ("size", "said"), [((90, 90), r"different sizes \[\(90, 90\), \(96, 128\)\]"), ((9, 9), "different sizes")]
)
def test_frames_of_two_sizes_are_refused(clip_dir: Path, size: tuple[int, int], said: str) -> None:
    Image.new("RGB", size).save(clip_dir / "002.png")
    with pytest.raises(DataError, match=said):
        list(read_clip(clip_dir))


def test_tiny_frames_broken_frames_and_missing_clips_are_named(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    Image.new("RGB", (20, 20)).save(tmp_path / "tiny" / "0.png")
    with pytest.raises(DataError, match="too small"):
        list(read_clip(tmp_path / "tiny"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "7.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"7\.png"):
        list(read_clip(tmp_path / "broken"))
    with pytest.raises(DataError, match=r"there is no .*none\.mp4"):
        list(read_clip(tmp_path / "none.mp4"))


def test_without_its_library_a_video_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    (tmp_path / "talk.mp4").write_bytes(b"video")
    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(DataError, match="PyAV") as caught:
        list(read_clip(tmp_path / "talk.mp4"))
    assert "portrait[video]" in caught.value.hint


def test_a_video_file_is_a_clip(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "talk.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "bgr0"
        for frame in make_frames(3, step_px=2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="bgr0")))
        container.mux(stream.encode())
    for frame, made in zip(read_clip(tmp_path / "talk.mkv"), make_frames(3, step_px=2), strict=True):
        np.testing.assert_array_equal(frame, made)


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "talk.mp4").write_bytes(b"no video at all" * 100)
    with pytest.raises(DataError, match=r"talk\.mp4 as a video"):
        list(read_clip(tmp_path / "talk.mp4"))
