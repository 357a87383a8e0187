"""What long calls do to a session: networks that fail now and then, and every knob turned while it runs."""

import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine
from portrait.files.background import load_background
from portrait.files.background_choice import BackgroundChoice
from portrait.live import AutoFramer, CpuBudget, LiveProcessor

FRAMES = 80
SHAPE = (96, 128)
ROOM = np.s_[:, :24]  # where nobody ever is


def draw_frame(number: int) -> RgbImage:
    """A person in the middle who sways, before a room of fine cells; uint8 (H, W, 3)."""
    rng = np.random.default_rng(5)
    cells = rng.choice(np.array((30, 220), np.uint8), (SHAPE[0] // 2, SHAPE[1] // 2)).repeat(2, 0).repeat(2, 1)
    frame = cells[..., None].repeat(3, axis=2)
    center = (SHAPE[1] // 2 + round(3 * np.sin(number / 3)), SHAPE[0] // 2)
    return np.asarray(cv2.ellipse(frame, center, (20, 36), 0, 0, 360, (200, 120, 90), -1), np.uint8)


def detail(image: RgbImage) -> float:
    """Mean step between neighbouring pixels of the room."""
    return float(np.abs(np.diff(image[ROOM].astype(int), axis=1)).mean())


def fail_now_and_then(segmenter: Any) -> list[int]:
    """Let a network fail in every twelfth call, in every way there is; returns the numbers of those calls."""
    failed: list[int] = []
    find = segmenter.find_probability

    def find_or_fail(image: RgbImage, input_size: tuple[int, int] | None = None) -> Any:
        probability = find(image, input_size)
        if segmenter.calls % 12 != 5:
            return probability
        failed.append(segmenter.calls)
        match len(failed) % 4:
            case 0:
                raise RuntimeError("out of memory")
            case 1:
                return np.full_like(probability, np.nan)
            case 2:
                return np.zeros_like(probability)
            case _:
                return probability[1:, 1:] * 0.0 + 2.0

    segmenter.find_probability = find_or_fail
    return failed


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.slow
def test_no_frame_shows_a_sharp_room_when_the_network_fails_in_one_of_twenty(
    engine: PortraitEngine, ellipse_segmenter: Any
) -> None:
    failed = fail_now_and_then(ellipse_segmenter)
    processor = LiveProcessor(engine, BlurOptions(f_number=1.4))
    given = detail(draw_frame(0))
    shown = [detail(processor.process(draw_frame(number)).image) for number in range(FRAMES)]
    assert len(failed) >= FRAMES / 20, "calls are fewer than frames, where nothing moves"
    assert max(shown) < 0.5 * given, "a frame shows the room"


def test_a_frame_whose_mask_fails_is_let_go_at_once(scripted_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: RgbImage) -> Any:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(scripted_engine, "replaced_matte", fail)
    monkeypatch.setattr("portrait.live.processor._logger.exception", lambda *words: None)  # pytest keeps what is logged
    processor, frames = LiveProcessor(scripted_engine, BlurOptions()), []
    gc.disable()
    try:
        for number in range(4):
            frame = draw_frame(number)
            frames.append(weakref.ref(frame))
            processor.process(frame)
            del frame
        assert [reference() for reference in frames] == [None] * 4
    finally:
        gc.enable()


def test_every_knob_is_turned_a_thousand_times_while_it_runs(
    source: Any, scripted_engine: Any, listener: Any, make_session: Any, tmp_path: Path
) -> None:
    picture_path = tmp_path / "beach.png"
    cv2.imwrite(str(picture_path), draw_frame(0))
    kinds = ("blur", "mono", "color:#00b140", "stage", f"image:{picture_path}")
    backgrounds = [load_background(BackgroundChoice.parse(kind)) for kind in kinds]
    budget, framer = CpuBudget(), AutoFramer()
    session = make_session(source, scripted_engine, budget=budget, framer=framer)
    session.start()
    threads = threading.active_count()
    for number in range(1000):
        blur = BlurOptions(f_number=1.4 + number % 14, highlight_boost=(number % 3) / 2, swirl=(number % 2) / 2)
        blur = replace(blur, aperture_shape=("disk", "hexagon")[number % 2])
        session.options = Look(blur, backgrounds[number % len(backgrounds)], grain="off")
        budget.limit_cores = (None, 0.5)[number // 50 % 2]
        framer.is_on = number % 7 == 0
        if number % 25 == 0:
            budget.limit_cores = None  # else frames may be left out, and the test would wait for them
            source.push(draw_frame(number))
            result, _ = listener.next_result()
            assert result.image.shape == (*SHAPE, 3)
    assert threading.active_count() == threads
    session.stop()
    stats = session.stats()
    assert (stats.frames_shown, stats.frames_failed) == (40, 0)
