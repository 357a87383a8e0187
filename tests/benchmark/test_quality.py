"""Judging methods by scenes: who is perfect, who is worse, and how it is summed up."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from portrait.benchmark.quality import (
    REFINEMENTS,
    Method,
    MethodSummary,
    Scores,
    judge,
    judge_scenes,
    methods,
    portrait_of,
    summarize,
)
from portrait.benchmark.sheet import LABEL_PX, draw_row
from portrait.core.metrics.image_metrics import psnr

pytestmark = pytest.mark.slow

SCENE, NIGHT = "straight hair, garden", "spiked hair, city"


def _scores(**values: float) -> Scores:
    return Scores(**dict.fromkeys(Scores.__dataclass_fields__, 1.0) | values)


def test_all_flavours_and_mattes_stand_beside_the_baselines() -> None:
    names = [method.name for method in methods()]
    assert names[0] == "whole-frame Gaussian"
    assert names[-4:] == [
        "portrait live",
        "portrait fine",
        "portrait live, 256 px matte",
        "portrait fine, 256 px matte",
    ]


def test_the_truth_itself_is_perfect(small_scene) -> None:
    scene = small_scene(SCENE)
    perfect = Method("truth", lambda *_: scene.truth, lambda *_: scene.truth)
    scores = judge(scene, [perfect]).scores["truth"]
    assert scores.psnr_db == scores.inner_psnr_db == scores.ring_psnr_db == math.inf
    assert scores.ssim == pytest.approx(1.0)
    assert (scores.ring_delta_e, scores.energy_error, scores.alpha_error) == (0.0, 0.0, 0.0)
    assert math.isnan(scores.light_radius_error), "there is no light in this scene"


@pytest.mark.slow
def test_the_app_is_nearer_to_the_truth_than_what_others_do(small_scene) -> None:
    scene = small_scene(SCENE)
    scores = judge(scene, methods()).scores
    for flavour in REFINEMENTS:
        ours, refined = scores[f"portrait {flavour}"], scores[f"portrait {flavour}, 256 px matte"]
        assert ours.ring_psnr_db > scores["whole-frame Gaussian"].ring_psnr_db + 1.0
        assert ours.alpha_error == 0.0 < refined.alpha_error < 0.1
    assert scores["portrait fine"].psnr_db == psnr(portrait_of(scene), scene.truth)
    assert scores["portrait live"].ring_psnr_db == pytest.approx(scores["portrait fine"].ring_psnr_db, abs=4.0)


@pytest.mark.slow
def test_a_gaussian_makes_no_disk_of_a_light(small_scene) -> None:
    scene = small_scene(NIGHT)
    scores = judge(scene, methods()).scores
    ours, gaussian = scores["portrait fine"], scores["whole-frame Gaussian"]
    assert ours.light_radius_error < 0.1 < gaussian.light_radius_error
    assert ours.light_unevenness < 0.1 < gaussian.light_unevenness


def test_a_summary_has_the_mean_and_the_worst(small_scene) -> None:
    judged = judge(small_scene(SCENE), [])
    scenes = [
        replace(judged, scores={"a": _scores(psnr_db=psnr_db, energy_error=energy, light_unevenness=light)})
        for psnr_db, energy, light in ((40.0, -0.3, math.nan), (30.0, 0.1, 0.2))
    ]
    (summary,) = summarize(scenes)
    assert summary.name == "a"
    assert (summary.mean.psnr_db, summary.worst.psnr_db) == (35.0, 30.0)
    assert summary.mean.energy_error == pytest.approx(0.2)
    assert summary.worst.energy_error == -0.3
    assert (summary.mean.light_unevenness, summary.worst.light_unevenness) == (0.2, 0.2)


def test_json_knows_no_infinity() -> None:
    summary = MethodSummary("a", _scores(psnr_db=math.inf), _scores(ssim=math.nan))
    row = json.loads(json.dumps(summary.to_json_dict(), allow_nan=False))
    assert row["mean"]["psnr_db"] is None
    assert row["worst"]["ssim"] is None
    assert row["mean"].keys() == asdict(summary.mean).keys()


def test_scenes_are_judged_in_order() -> None:
    ((scene, judged),) = judge_scenes(1, 64)
    assert (judged.scene, judged.radius_px) == (scene.name, scene.radius_px)
    assert judged.scores.keys() == {method.name for method in methods()}


def test_the_sheet_shows_where_a_portrait_differs(small_scene) -> None:
    scene = small_scene(SCENE)
    off = scene.truth.copy()
    off[10, 20] ^= 4
    row = draw_row(scene, off)
    height, width = scene.alpha.shape
    assert row.shape == (height + LABEL_PX, 4 * width, 3)
    cells = np.split(row[LABEL_PX:], 4, axis=1)
    np.testing.assert_array_equal(cells[0], scene.image)
    np.testing.assert_array_equal(cells[1], scene.truth)
    np.testing.assert_array_equal(cells[2], off)
    assert (cells[3][10, 20] == 32).all()
    assert np.count_nonzero(cells[3]) == 3
