"""A batch on a real Ray: pytest tests/batch/ray_check.py, where the extra ``cluster`` is installed.

No part of the daily tests: Ray takes ten seconds to start, gives up after thirty on a busy machine, and is 79 MB large.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ray import cloudpickle

from portrait.batch.events import BatchSummary, JobFailed
from portrait.batch.ray_worker import ClusterOptions
from portrait.batch.run import BatchOptions
from portrait.engine import PortraitEngine


@pytest.mark.filterwarnings("default")
def test_ray_gives_what_this_process_gives_though_a_worker_is_killed(
    tmp_path: Path, write_photo: Callable[..., Path], engine: PortraitEngine, run, files_in
) -> None:
    for index in range(8):
        write_photo(tmp_path / "in" / f"{index}.png", height=48 + index)
    (tmp_path / "in" / "broken.jpg").write_text("no photo")
    killed = tmp_path / "killed"
    segmenter_type = type(engine.segmenter_of("fast"))
    cloudpickle.register_pickle_by_value(sys.modules[segmenter_type.__module__])  # workers cannot import tests

    def open_engine_that_dies_once() -> PortraitEngine:
        def find(image: np.ndarray, input_size: tuple[int, int] | None = None) -> np.ndarray:
            calls.append(image.shape)
            if len(calls) == 4 and not killed.exists():
                killed.touch()
                os._exit(9)
            return really_find(image, input_size)

        calls: list[tuple[int, ...]] = []
        segmenter = segmenter_type()
        really_find = segmenter.find_probability
        segmenter.find_probability = find
        return PortraitEngine(segmenter)

    options = BatchOptions(workers=1, cluster=ClusterOptions(open_engine=open_engine_that_dies_once))
    *events, summary = run(tmp_path / "in", tmp_path / "out", engine, options)
    assert isinstance(summary, BatchSummary)
    assert (summary.done, summary.failed) == (8, 1)
    assert killed.exists()
    failed = [event for event in events if isinstance(event, JobFailed)]
    assert [event.job.source.name for event in failed] == ["broken.jpg"]
    run(tmp_path / "in", tmp_path / "local", engine)
    assert files_in(tmp_path / "out") == files_in(tmp_path / "local")
    for index in range(8):
        pixels = [np.asarray(Image.open(tmp_path / folder / f"{index}.png")) for folder in ("out", "local")]
        assert np.array_equal(*pixels)
