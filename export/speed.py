"""How long the networks alone take, measured side by side."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from portrait.core.model_spec import ModelSpec

WARMUP_ROUNDS = 3


def measure_median_ms(
    models: Sequence[tuple[Path, ModelSpec]], *, threads: int = 4, rounds: int = 40
) -> tuple[float, ...]:
    """Median time of one run of each network on one picture, without resizing and normalising.

    The networks take turns, so that a machine that slows down slows all of them alike.

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
    runs = [(_open_session(path, threads), _fixed_picture(spec)) for path, spec in models]
    times_s = np.array([[_time_run(*run) for run in runs] for _ in range(WARMUP_ROUNDS + rounds)])
    medians_s = np.median(times_s[WARMUP_ROUNDS:].reshape(rounds, len(runs)), axis=0)
    return tuple(float(median_s) * 1000.0 for median_s in medians_s)


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
