"""Frames come at their rate, and never in a burst."""

from typing import Any

import pytest

from portrait.capture.pacing import Pacer


def test_frames_are_a_period_apart(clock: Any) -> None:
    pacer = Pacer(20.0, clock, clock.wait)
    times_s = []
    for _ in range(5):
        assert pacer.wait_until_due()
        times_s.append(clock())
        clock.now_s += 0.01  # the reader's own work
    assert times_s == pytest.approx([100.0, 100.05, 100.1, 100.15, 100.2])


def test_late_reader_gets_no_burst(clock: Any) -> None:
    pacer = Pacer(20.0, clock, clock.wait)
    pacer.wait_until_due()
    clock.now_s += 3.0  # the machine slept
    pacer.wait_until_due()
    assert clock.waits_s == []
    pacer.wait_until_due()
    assert clock.waits_s == pytest.approx([0.05])


def test_closing_cuts_the_wait_short(clock: Any) -> None:
    pacer = Pacer(20.0, clock, lambda pause_s: True)
    assert pacer.wait_until_due()
    assert not pacer.wait_until_due()


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_rate_must_be_above_zero(clock: Any, rate: float) -> None:
    with pytest.raises(ValueError, match="frame_rate_fps"):
        Pacer(rate, clock, clock.wait)
