"""Timing side by side: who is run, how often, and in which order."""

from pathlib import Path

import pytest

from export.evaluation import speed
from export.evaluation.speed import SpeedChange, compare_speed, measure_median_ms
from portrait.core.model_spec import ModelSpec


def test_networks_take_turns_and_the_median_is_taken(monkeypatch: pytest.MonkeyPatch, person_spec: ModelSpec) -> None:
    asked: list[tuple[str, int, int]] = []

    def time_turn(path: Path, _: ModelSpec, threads: int, rounds: int) -> list[float]:
        asked.append((path.name, threads, rounds))
        return [0.001] * (rounds - 1) + [9.0]

    monkeypatch.setattr(speed, "_time_turn", time_turn)
    models = [(Path(name), person_spec) for name in ("a", "b")]
    assert measure_median_ms(models, threads=3, rounds=12) == pytest.approx((1.0, 1.0))
    assert asked == [("a", 3, 3), ("b", 3, 3)] * speed.TURNS


def test_comparison_runs_both_files_on_each_number_of_threads(red_onnx: Path, person_spec: ModelSpec) -> None:
    network = (red_onnx, person_spec)
    changes = compare_speed(network, network, rounds=4)
    assert [change.threads for change in changes] == [1, 4]
    assert all(change.before_ms > 0.0 and change.after_ms > 0.0 for change in changes)


def test_as_fast_is_not_faster() -> None:
    assert not SpeedChange(1, 2.0, 2.0).is_faster
    assert SpeedChange(1, 2.0, 1.9).is_faster
