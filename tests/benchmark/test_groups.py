"""People of all groups are found alike by the bundled networks; how far they are apart is held."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from portrait.benchmark.groups import GroupFigures, JudgedPicture, by_group, measure_drawn_groups, worst_gaps
from portrait.core.resize import resize
from portrait.files.system.assets import asset_path
from portrait.inference.segmenter import OnnxSegmenter

LARGEST_GAP = 0.08
LOWEST_IOU = 0.84


def test_figures_are_means_by_group_and_gaps_by_kind() -> None:
    pictures = (
        JudgedPicture({"light": "even", "aid": "none"}, 0.9, 0.1),
        JudgedPicture({"light": "dark", "aid": "none"}, 0.6, 0.3),
        JudgedPicture({"light": "even", "aid": "none"}, 0.7, 0.2),
    )
    figures = by_group(pictures)
    assert [(one.kind, one.group, one.pictures) for one in figures] == [
        ("light", "even", 2),
        ("light", "dark", 1),
        ("aid", "none", 3),
    ]
    assert figures[0] == GroupFigures("light", "even", 2, pytest.approx(0.8), pytest.approx(0.15))
    assert worst_gaps(figures) == {"light": pytest.approx(0.2), "aid": 0.0}


@pytest.mark.slow
def test_no_group_of_drawn_people_is_left_behind() -> None:
    network = OnnxSegmenter(asset_path("models", "portrait-live.onnx"), threads=1, provider="cpu")

    def find(image: np.ndarray) -> np.ndarray:
        return resize(network.find_probability(image), *image.shape[:2])

    with ThreadPoolExecutor(1) as executor:
        figures = measure_drawn_groups(find, executor)
    assert len(figures) == 19
    for kind, gap in worst_gaps(figures).items():
        assert gap <= LARGEST_GAP, kind
    assert min(one.person_iou for one in figures) >= LOWEST_IOU
