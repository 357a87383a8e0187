"""What was won stays won: the figures of renderer and mask, held against those of `tests/data/scores.json`.

After a change that is meant to move them: ``pytest tests/test_scores.py --update-golden``, and look at what moved.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

import portrait
from portrait.benchmark.quality import OURS, judge, methods, summarize
from portrait.benchmark.scenes.portrait_scenes import make_scene
from portrait.core.metrics.matte_metrics import boundary_iou, count_confusion, false_person_fraction
from portrait.engine import Quality

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
SCORES_PATH = DATA / "scores.json"
SCENES = 12
SCENE_HEIGHT_PX = 450  # half of the benchmark's: a quarter of the time
LARGEST_LOSS_DB = 0.1
LARGEST_LOSS = 0.003
"""Of an intersection over union, or of the share of pictures without people that is taken for one."""

_VOID, _PERSON = 128, 255


def test_no_renderer_falls_behind_itself(request: pytest.FixtureRequest) -> None:
    ours = [method for method in methods() if method.name.startswith(OURS)]
    judged = [judge(make_scene(index, SCENE_HEIGHT_PX), ours) for index in range(SCENES)]
    found = {
        summary.name: {
            "picture_db": summary.mean.psnr_db,
            "inner_db": summary.mean.inner_psnr_db,
            "ring_db": summary.mean.ring_psnr_db,
        }
        for summary in summarize(judged)
    }
    _hold(request, "drawn scenes", found, LARGEST_LOSS_DB)


def test_no_mask_falls_behind_itself(request: pytest.FixtureRequest) -> None:
    _hold(request, "photos", {quality: _mask_scores(quality) for quality in get_args(Quality)}, LARGEST_LOSS)


def _mask_scores(quality: Quality) -> dict[str, float]:
    """Means over the photos: higher is better in each."""
    engine = portrait.open_engine()
    ious, boundary_ious, free = [], [], []
    for path in sorted((DATA / "people" / "images").iterdir()):
        label = np.asarray(Image.open(DATA / "people" / "masks" / f"{path.stem}.png"))
        mask = engine.find_matte(_load(path), quality) >= 0.5
        truth, is_judged = label == _PERSON, label != _VOID
        ious.append(count_confusion(mask, truth, is_judged).person_iou)
        boundary_ious.append(boundary_iou(mask, truth, is_judged))
    for path in sorted((DATA / "noperson" / "images").iterdir()):
        free.append(1.0 - false_person_fraction(engine.find_matte(_load(path), quality) >= 0.5))
    assert min(len(ious), len(free)) >= 3
    return {
        "person_iou": float(np.mean(ious)),
        "boundary_iou": float(np.mean(boundary_ious)),
        "nobody_where_nobody_is": float(np.mean(free)),
    }


def _load(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def _hold(
    request: pytest.FixtureRequest, chapter: str, found: Mapping[str, Mapping[str, float]], largest_loss: float
) -> None:
    """Fail where a figure is lower than that of the file by more than so much; or write it, where that is asked for."""
    kept = json.loads(SCORES_PATH.read_text()) if SCORES_PATH.exists() else {}
    if request.config.getoption("--update-golden"):
        kept[chapter] = {name: {key: round(value, 4) for key, value in row.items()} for name, row in found.items()}
        SCORES_PATH.write_text(json.dumps(kept, indent=2) + "\n")
    wanted = kept[chapter]
    assert {name: set(row) for name, row in found.items()} == {name: set(row) for name, row in wanted.items()}
    losses = {
        f"{name}, {key}": (value, found[name][key])
        for name, row in wanted.items()
        for key, value in row.items()
        if not found[name][key] >= value - largest_loss
    }
    assert not losses, f"{chapter}: figures that fell, each before and now: {losses}"
