"""A long live session that is treated badly: python tests/live/soak_check.py --minutes 30. No part of the daily tests.

The drawn person at 720p30, the bundled network failing in one of twenty calls, the source lost every ten seconds, and
the settings changed ten times a second. Prints memory, threads and latency every ten seconds, and at the end whether
all holds that must; exit 1 where it does not. Linux only.
"""

import argparse
import logging
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from portrait.capture import CameraLostError, Frame
from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine, PortraitResult, open_engine
from portrait.files.background import load_background
from portrait.files.background_choice import BackgroundChoice
from portrait.live import RECENT_S, AutoFramer, LiveProcessor, LiveSession, RecoveryPolicy, make_live_source

SAMPLE_S, LOST_EVERY_S, CHANGED_EVERY_S = 10.0, 10.0, 0.1
SLOPE_MAX_MB = 1.0
ROOM = np.s_[240:480, 0:280]  # the book case, where the person never is
KINDS = ("blur", "blur", "color:#00b140", "blur", "stage")  # with mono the room is sharp, and grey, by intent


class LossySource:
    """A source that is lost every ten seconds."""

    def __init__(self) -> None:
        self._source = make_live_source("synthetic", width=1280, height=720)
        self._lost_s = time.monotonic() + LOST_EVERY_S
        self.times_lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def read(self) -> Frame | None:
        if time.monotonic() >= self._lost_s:
            self._lost_s = time.monotonic() + LOST_EVERY_S
            self.times_lost += 1
            raise CameraLostError("lost")
        return self._source.read()


class FailingEngine(PortraitEngine):
    """The real engine, whose network fails in one of twenty calls."""

    def __init__(self, engine: PortraitEngine) -> None:
        vars(self).update(vars(engine))
        self._rng = np.random.default_rng(3)
        self.failures = 0

    def find_outline(self, *arguments: Any, **options: Any) -> Any:
        if self._rng.random() < 0.05:
            self.failures += 1
            raise RuntimeError("made to fail")
        return super().find_outline(*arguments, **options)


@dataclass
class Watcher:
    """Looks at every shown frame, and measures the process."""

    shown: int = 0
    sharp: int = 0
    samples: list[tuple[float, float, int, float]] = field(default_factory=list)

    def on_result(self, result: PortraitResult, frame: Frame) -> None:
        self.shown += 1
        if result.image.shape == frame.image.shape:
            self.sharp += _detail(result.image) > 0.6 * _detail(frame.image)

    def sample(self, elapsed_s: float, p95_ms: float) -> None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        memory_mb = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        self.samples.append((elapsed_s, memory_mb, threading.active_count(), p95_ms))
        print(
            f"{elapsed_s:6.0f} s  {memory_mb:7.1f} MB  {threading.active_count()} threads  p95 {p95_ms:6.1f} ms",
            flush=True,
        )


def _detail(image: RgbImage) -> float:
    """Mean square of the steps between neighbouring pixels: a blur keeps their sum, not their squares."""
    return float(np.square(np.diff(image[ROOM].astype(np.int32), axis=1)).mean())


def run(minutes: float) -> int:
    engine, watcher, source, framer = FailingEngine(open_engine(None)), Watcher(), LossySource(), AutoFramer()
    session = LiveSession(
        source,
        LiveProcessor(engine, BlurOptions()),
        watcher.on_result,
        print,
        recovery=RecoveryPolicy(20, 0.05),
        framer=framer,
    )
    backgrounds = [load_background(BackgroundChoice.parse(kind)) for kind in KINDS]
    session.start()
    began_s, changes, next_s = time.monotonic(), 0, SAMPLE_S
    while (elapsed_s := time.monotonic() - began_s) < 60.0 * minutes:
        time.sleep(CHANGED_EVERY_S)
        blur = BlurOptions(f_number=(1.4, 2.0, 2.8)[changes % 3], highlight_boost=changes % 2)
        session.options = Look(blur, backgrounds[changes % len(KINDS)], grain="off")
        changes += 1
        if elapsed_s >= next_s:
            watcher.sample(elapsed_s, session.stats(RECENT_S).latency_ms_p95)
            next_s += SAMPLE_S
    session.stop()
    stats = session.stats()
    return _judge(watcher, source, engine, changes, stats.frames_failed)


def _judge(watcher: Watcher, source: LossySource, engine: FailingEngine, changes: int, failed: int) -> int:
    samples = np.array(watcher.samples)
    settled = samples[len(samples) // 4 :]  # before, caches fill
    slope_mb = 60.0 * float(np.polyfit(settled[:, 0], settled[:, 1], 1)[0])
    threads, half = set(settled[:, 2].astype(int).tolist()), len(settled) // 2
    print(f"{watcher.shown} frames shown, {failed} failed, {changes} changes, network failed {engine.failures} times")
    print(f"source lost and back {source.times_lost} times; frames with a sharp room: {watcher.sharp}")
    print(f"memory {slope_mb:+.2f} MB/min; threads {sorted(threads)}")
    first, second = np.median(settled[:half, 3]), np.median(settled[half:, 3])
    print(f"p95 {first:.0f} ms in the first half, {second:.0f} ms in the second")
    is_steady = slope_mb <= SLOPE_MAX_MB and len(threads) == 1
    holds = is_steady and watcher.sharp == 0 and failed == 0 and engine.failures > 0
    print("holds" if holds else "DOES NOT HOLD")
    return 0 if holds else 1


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    sys.exit(run(parser.parse_args().minutes))
