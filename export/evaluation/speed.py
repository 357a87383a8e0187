"""How long the networks alone take, measured side by side."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from portrait.core.model_spec import ModelSpec

WARMUP_ROUNDS = 3
TURNS = 4
COMPARED_THREADS = (1, 4)


@dataclass(frozen=True, slots=True)
class SpeedChange:
    """Median milliseconds of a network before and after, on so many threads."""

    threads: int
    before_ms: float
    after_ms: float

    @property
    def is_faster(self) -> bool:
        """Whether it takes less time than before."""
        return self.after_ms < self.before_ms


def measure_median_ms(
    models: Sequence[tuple[Path, ModelSpec]], *, threads: int = 4, rounds: int = 40
) -> tuple[float, ...]:
    """Median time of one run of each network on one picture, without resizing and normalising.

    The networks take turns, so that a machine that slows down slows all of them alike; only one is open at a time, for
    the idle threads of a second one would take the cores of the first.

    Parameters
    ----------
    models
        ONNX files with their contracts; each runs at its own input size.
    threads
        Of onnxruntime, each.
    rounds
        Runs of each network that are timed.

    Returns
    -------
    tuple of float
        Milliseconds, in the order of ``models``.
    """
    times_s: list[list[float]] = [[] for _ in models]
    for _ in range(TURNS):
        for (path, spec), times_of_model in zip(models, times_s, strict=True):
            times_of_model += _time_turn(path, spec, threads, -(-rounds // TURNS))
    return tuple(float(np.median(times_of_model)) * 1000.0 for times_of_model in times_s)


def compare_speed(
    before: tuple[Path, ModelSpec], after: tuple[Path, ModelSpec], *, rounds: int = 40
) -> tuple[SpeedChange, ...]:
    """Measure two files of a network in turns, on each number of `COMPARED_THREADS`."""
    medians = {
        threads: measure_median_ms([before, after], threads=threads, rounds=rounds) for threads in COMPARED_THREADS
    }
    return tuple(SpeedChange(threads, *both_ms) for threads, both_ms in medians.items())


def _time_turn(path: Path, spec: ModelSpec, threads: int, rounds: int) -> list[float]:
    session, picture = _open_session(path, threads), _fixed_picture(spec)
    return [_time_run(session, picture) for _ in range(WARMUP_ROUNDS + rounds)][WARMUP_ROUNDS:]


def _open_session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _fixed_picture(spec: ModelSpec) -> NDArray[np.float32]:
    size = (spec.input_height, spec.input_width)
    shape = (1, *size, 3) if spec.layout == "nhwc" else (1, 3, *size)
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def _time_run(session: ort.InferenceSession, picture: NDArray[np.float32]) -> float:
    started_s = time.perf_counter()
    session.run(None, {session.get_inputs()[0].name: picture})
    return time.perf_counter() - started_s
