"""Inference time of networks without pre- and post-processing, measured in turns."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from portrait.core.model_spec import ModelSpec

WARMUP_ROUNDS = 3
"""Untimed runs at the start of each turn."""

TURNS = 4
"""Each network is measured in this many turns, in alternation with the others."""

COMPARED_THREADS = (1, 4)


@dataclass(frozen=True, slots=True)
class SpeedChange:
    """Median time of a network before and after a change, in milliseconds on ``threads`` threads."""

    threads: int
    before_ms: float
    after_ms: float

    @property
    def is_faster(self) -> bool:
        """Whether the network takes less time than before."""
        return self.after_ms < self.before_ms


def measure_median_ms(
    models: Sequence[tuple[Path, ModelSpec]], *, threads: int = 4, rounds: int = 40
) -> tuple[float, ...]:
    """Median inference time of each network on one image, without resizing and normalisation.

    The networks are measured in turns, so that a slowdown of the machine affects all of them alike. Only one session is
    open at a time, because idle threads of a second one would compete for the cores.

    Parameters
    ----------
    models
        ONNX files with their contracts; each runs at its own input size.
    threads
        Number of onnxruntime's threads for each network.
    rounds
        Number of timed runs of each network.

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
    """Median inference times of two files of a network, on each number of threads in `COMPARED_THREADS`."""
    medians = {
        threads: measure_median_ms([before, after], threads=threads, rounds=rounds) for threads in COMPARED_THREADS
    }
    return tuple(SpeedChange(threads, *both_ms) for threads, both_ms in medians.items())


def _time_turn(path: Path, spec: ModelSpec, threads: int, rounds: int) -> list[float]:
    """Seconds of each timed run of one turn, after the warm-up."""
    session, image = _open_session(path, threads), _random_input(spec)
    return [_time_run(session, image) for _ in range(WARMUP_ROUNDS + rounds)][WARMUP_ROUNDS:]


def _open_session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _random_input(spec: ModelSpec) -> NDArray[np.float32]:
    """Network input of random values, the same in every call."""
    size = (spec.input_height, spec.input_width)
    shape = (1, *size, 3) if spec.layout == "nhwc" else (1, 3, *size)
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def _time_run(session: ort.InferenceSession, image: NDArray[np.float32]) -> float:
    started_s = time.perf_counter()
    session.run(None, {session.get_inputs()[0].name: image})
    return time.perf_counter() - started_s
