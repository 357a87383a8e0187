"""portrait benchmark: tables, JSON, the sheet, and words that do not go together."""

import functools
import io
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from portrait.benchmark import highlights, quality

pytestmark = pytest.mark.slow

QUALITY = ("benchmark", "--quality", "--scenes", "1", "--scene-height", "96")

really_judge = quality.judge_scenes
judge_highlights_once = functools.cache(highlights.judge_highlights)


@functools.cache
def judge_once(count: int, height: int, names: tuple[str, ...]) -> tuple[object, ...]:
    """The scores of the methods of these names, judged for the first who asks."""
    judged = tuple(really_judge(count, height))
    assert {name for _, scores in judged for name in scores.scores} == set(names)
    return judged


@pytest.fixture(autouse=True)
def _judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How it is told is what differs between these tests."""

    def judge_scenes(count: int, height: int) -> tuple[object, ...]:
        return judge_once(count, height, tuple(method.name for method in quality.methods()))

    monkeypatch.setattr(quality, "judge_scenes", judge_scenes)
    monkeypatch.setattr(highlights, "judge_highlights", judge_highlights_once)


def test_quality_is_a_table_of_all_methods(run) -> None:
    outcome = run(*QUALITY)
    assert outcome.status == 0
    for text in ("mean", "worst", "whole-frame Gaussian", "mask-aware disk", "portrait live", "portrait fine, 256 px"):
        assert text in outcome.out
    assert "[1/1] straight hair, garden" in outcome.err
    assert "–" in outcome.out, "this scene has no lights to measure"
    assert "nan" not in outcome.out


def test_quality_keeps_all_figures_and_words_in_a_file(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # what rich takes where there is no terminal
    lines = run(*QUALITY).out.splitlines()
    assert "…" not in "".join(lines)
    headings = " ".join(lines[:3]).split()
    assert {"PSNR", "inner", "SSIM", "light", "radius", "uneven", "matte", "error"} <= set(headings)
    ours = next(line for line in lines if line.startswith("portrait fine  "))
    ssim = ours.split()[5]
    assert 0.5 < float(ssim) < 1.0
    assert len(ssim) == len("0.9876")


def test_quality_fits_a_terminal_of_80_characters(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")  # makes rich take stdout for a terminal
    out = re.sub(r"\x1b\[[0-9;]*m", "", run(*QUALITY).out)
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out


def test_quality_survives_an_encoding_without_its_signs(run, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "cp1252"))
    assert run(*QUALITY).status == 0
    sys.stdout.flush()
    assert "portrait fine" in written.getvalue().decode("cp1252")


def test_quality_as_json_has_scenes_then_methods(run) -> None:
    *rows, lamps, stage, leaves = run(*QUALITY, "--json").rows
    assert [row["highlights"] for row in (lamps, stage, leaves)] == ["street lamps", "stage lights", "sunlit leaves"]
    assert rows[0]["scene"] == "straight hair, garden"
    assert rows[0]["scores"].keys() == {row["method"] for row in rows[1:]}
    ours = next(row for row in rows[1:] if row["method"] == "portrait fine")
    assert 20.0 < ours["worst"]["ring_psnr_db"] <= ours["mean"]["ring_psnr_db"] < 80.0
    assert ours["mean"]["light_radius_error"] is None


def test_the_sheet_is_saved(run, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert run(*QUALITY, "--sheet", sheet).status == 0
    with Image.open(sheet) as picture:
        assert picture.size[0] == 4 * round(0.8 * 96)


@pytest.mark.parametrize(("name", "named"), [("a.xyz", "a.xyz"), ("none/a.png", "none"), ("b.png", "b.png")])
def test_a_sheet_that_cannot_be_written_is_refused_at_once(run, tmp_path: Path, name: str, named: str) -> None:
    (tmp_path / "b.png").mkdir()
    outcome = run(*QUALITY, "--sheet", tmp_path / name)
    assert outcome.status == 1
    assert str(tmp_path / named) in outcome.err
    assert "[1/1]" not in outcome.err


def test_the_missing_reference_is_named(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.benchmark.baselines.find_spec", lambda name: None)
    outcome = run(*QUALITY)
    assert "pip install pymatting" in outcome.err
    assert "ML colours" not in outcome.out


def test_speed_is_a_table_with_ratios(run) -> None:
    outcome = run("benchmark", "--megapixels", "0.03", "--rounds", "1", "--threads", "1")
    assert outcome.status == 0
    for text in ("decode", "matte fine", "render", "live frame", "save", "ratio"):
        assert text in outcome.out
    assert "model ellipse" in outcome.err


def test_speed_as_json_names_the_machine_first(run) -> None:
    machine, *stages = run("benchmark", "--megapixels", "0.03", "--rounds", "1", "--json").rows
    assert machine["rounds"] == 1
    assert machine["model"] == "ellipse"
    assert all(stage["median_ms"] >= 0.0 for stage in stages)
    assert any(stage["ratio"] is not None for stage in stages)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--sheet", "a.png"), "--sheet needs --quality"),
        (("--scenes", "2", "--scene-height", "99"), "--scenes, --scene-height needs --quality"),
        (("--quality", "--rounds", "2"), "--rounds does not go with --quality"),
        (("--quality", "--model", "x.onnx"), "--model does not go with --quality"),
    ],
)
def test_words_that_do_not_go_together_are_a_usage_error(run, words: tuple[str, ...], text: str) -> None:
    outcome = run("benchmark", *words)
    assert outcome.status == 2
    assert text in " ".join(outcome.err.replace("│", " ").split())


@pytest.fixture
def tiny_live(monkeypatch: pytest.MonkeyPatch, ellipse_segmenter) -> None:
    """Frames of 72 × 128, two of them, and the stub as the network of the simple recipe."""
    monkeypatch.setattr("portrait.benchmark.live_speed.LIVE_SIZES", {"720p": (72, 128)})
    monkeypatch.setattr("portrait.benchmark.live_speed.FRAMES_PER_ROUND", 2)
    monkeypatch.setattr("portrait.benchmark.live_latency._FOREWORD_S", 0.1)
    monkeypatch.setattr("portrait.inference.foreign_model.open_foreign_model", lambda path, threads: ellipse_segmenter)


LIVE = ("benchmark", "--live", "--rounds", "1", "--seconds", "0.3")


def test_live_is_a_table_of_stages_beside_the_simple_recipe(run, tiny_live: None) -> None:
    outcome = run(*LIVE, "--baseline-model", "selfie.onnx")
    assert outcome.status == 0
    named = ("decode", "matte", "render", "network and mask", "simple recipe", "ratio", "p99 ms", "dropped")
    for text in ("720p", *named):
        assert text in outcome.out
    assert "of the simple recipe" in outcome.err
    assert "baseline_model ellipse" in outcome.err


def test_live_as_json_has_the_machine_and_each_size(run, tiny_live: None) -> None:
    machine, row = run(*LIVE, "--live-size", "720p", "--json").rows
    assert machine["baseline_model"] == "none"
    assert row["size"] == "720p"
    assert row["own"]["total_ms"] >= 0.0
    assert (row["recipe"], row["ratio"]) == (None, None)
    assert row["session"]["frames_shown"] > 0


def test_without_its_network_the_recipe_is_left_out_and_that_is_said(run, tiny_live: None) -> None:
    outcome = run(*LIVE)
    assert outcome.status == 0
    assert "--baseline-model" in outcome.err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--live", "--quality"), "--live does not go with --quality"),
        (("--live", "--megapixels", "3"), "--megapixels does not go with --live"),
        (("--baseline-model", "a.onnx", "--seconds", "3"), "--baseline-model, --seconds needs --live"),
        (("--live", "--live-size", "8K"), "8K is none of 720p, 1080p, 4K"),
    ],
)
def test_words_that_do_not_go_with_live_are_a_usage_error(run, words: tuple[str, ...], text: str) -> None:
    outcome = run("benchmark", *words)
    assert outcome.status == 2
    assert text in " ".join(outcome.err.replace("│", " ").split())
