from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from portrait.errors import ModelError
from portrait.inference.lazy import LazySegmenter
from portrait.inference.segmenter import Segmenter


def test_nothing_is_opened_until_it_is_needed_and_then_once(ellipse_segmenter: Segmenter) -> None:
    opened = []

    def open_segmenter() -> Segmenter:
        opened.append(1)
        return ellipse_segmenter

    lazy = LazySegmenter(open_segmenter)
    assert not opened
    start = Barrier(6)

    def use(_: int) -> np.ndarray:
        start.wait(timeout=10)
        return lazy.find_probability(np.zeros((4, 4, 3), np.uint8))

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(use, range(6)))
    assert len(opened) == 1
    assert all(probability.shape == (64, 64) for probability in found)
    assert lazy.find_probability(np.zeros((4, 4, 3), np.uint8), (16, 32)).shape == (16, 32)
    assert (lazy.spec, lazy.provider) == (ellipse_segmenter.spec, ellipse_segmenter.provider)


def test_a_model_that_does_not_open_is_tried_again(ellipse_segmenter: Segmenter) -> None:
    answers = iter([ModelError("it is damaged", "get it again"), ellipse_segmenter])

    def open_segmenter() -> Segmenter:
        answer = next(answers)
        if isinstance(answer, ModelError):
            raise answer
        return answer  # type: ignore[return-value]

    lazy = LazySegmenter(open_segmenter)
    with pytest.raises(ModelError, match="damaged"):
        _ = lazy.spec
    assert lazy.spec.name == "ellipse"
