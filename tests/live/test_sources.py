"""The sources that the shells open."""

from pathlib import Path

import numpy as np

from portrait.capture.synthetic import SyntheticSource
from portrait.engine import open_engine
from portrait.live.sources import load_sample_person, make_live_source


def test_the_network_finds_the_synthetic_person() -> None:
    source = make_live_source("synthetic", width=640, height=360)
    assert isinstance(source, SyntheticSource)
    image, alpha = source.draw(0)
    found, truth = open_engine(threads=1).find_matte(image) > 0.5, alpha > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.85


def test_the_cut_out_rests_on_its_lower_edge() -> None:
    image, alpha = load_sample_person()
    assert image.shape[:2] == alpha.shape
    assert alpha[-1].max() > 0.9
    assert alpha[0].max() < 0.1
    assert 0.2 < np.mean(alpha) < 0.8


def test_other_ids_are_those_of_capture(tmp_path: Path) -> None:
    assert make_live_source(str(tmp_path / "clip.avi")).name == "clip.avi"
