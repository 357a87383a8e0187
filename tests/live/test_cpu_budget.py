"""A limit on processor time is held, and given up again when there is time to spare."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from portrait.core.arrays import RgbImage
from portrait.live import LiveSession
from portrait.live.cpu_budget import ECONOMIES, CpuBudget, Economy

FPS = 30


class Machine:
    """Clock and processor time of a machine on which a frame costs so much."""

    def __init__(self, whole_frame_s: float) -> None:
        self.whole_frame_s = whole_frame_s
        self.now_s = self.cpu_s = 0.0

    def run(self, budget: CpuBudget, seconds: float) -> list[Economy]:
        """Frames of so many seconds; what was spared in each."""
        spared = []
        for index in range(round(seconds * FPS)):
            self.now_s += 1.0 / FPS
            spared.append(budget.measure())
            if index % spared[-1].frame_divisor == 0:
                self.cpu_s += self.whole_frame_s * (0.4 + 0.6 * spared[-1].matte_resolution)
        return spared

    def budget(self, limit_cores: float | None) -> CpuBudget:
        return CpuBudget(limit_cores, lambda: self.cpu_s, lambda: self.now_s)


def used_cores(machine: Machine, budget: CpuBudget, seconds: float) -> float:
    start_s = machine.cpu_s
    machine.run(budget, seconds)
    return (machine.cpu_s - start_s) / seconds


def test_without_a_limit_nothing_is_spared() -> None:
    machine = Machine(whole_frame_s=10.0)
    assert set(machine.run(machine.budget(None), 20)) == {Economy()}


@pytest.mark.parametrize("limit_cores", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("whole_frame_s", [0.012, 0.030, 0.038])
def test_a_limit_is_held(whole_frame_s: float, limit_cores: float) -> None:
    machine = Machine(whole_frame_s)
    budget = machine.budget(limit_cores)
    machine.run(budget, len(ECONOMIES))  # a second a step
    assert used_cores(machine, budget, 60) <= 1.05 * limit_cores


def test_no_more_is_spared_than_needed() -> None:
    machine = Machine(whole_frame_s=0.010)
    assert set(machine.run(machine.budget(0.5), 30)) == {Economy()}


def test_the_outline_gets_coarser_before_frames_go() -> None:
    machine = Machine(whole_frame_s=0.030)
    spared = machine.run(machine.budget(0.75), 30)
    assert spared[-1].frame_divisor == 1
    assert spared[-1].matte_resolution < 1.0


def test_a_machine_that_gets_faster_is_used_again() -> None:
    machine = Machine(whole_frame_s=0.040)
    budget = machine.budget(0.3)
    assert machine.run(budget, 20)[-1] != Economy()
    machine.whole_frame_s = 0.005
    assert machine.run(budget, 60)[-1] == Economy()


def test_what_was_tried_in_vain_is_tried_ever_more_seldom() -> None:
    """At half of the frames the use is below the slack, with all of them over the limit."""
    machine = Machine(whole_frame_s=0.030)
    budget = machine.budget(0.5)
    machine.run(budget, 10)
    machine.run(budget, 90)
    later = machine.run(budget, 60)
    assert sum(a != b for a, b in pairwise(later)) <= 6
    assert sum(spared.frame_divisor == 1 for spared in later) < 0.1 * len(later)


def test_a_new_limit_starts_from_nothing_spared() -> None:
    machine = Machine(whole_frame_s=0.030)
    budget = machine.budget(0.1)
    assert machine.run(budget, 20)[-1] == ECONOMIES[-1]
    budget.limit_cores = 5.0
    assert budget.measure() == Economy()
    assert set(machine.run(budget, 5)) == {Economy()}


class SparesHalf(CpuBudget):
    """Spares every second frame, and half of the network's input."""

    def measure(self) -> Economy:
        return Economy(0.5, 2)


def test_a_session_leaves_frames_out_and_counts_them(
    make_session: Callable[..., LiveSession], source: Any, listener: Any, scripted_engine: Any, picture: RgbImage
) -> None:
    session = make_session(source, scripted_engine, budget=SparesHalf())
    session.start()
    shown = []
    for _ in range(3):
        source.push(picture, picture)
        shown.append(listener.next_result()[1].index)
    source.wait_until_idle()
    session.stop()
    stats = session.stats()
    assert shown == [0, 2, 4]
    assert stats.economy == Economy(0.5, 2)
    assert (stats.frames_in, stats.frames_shown, stats.frames_spared, stats.frames_dropped) == (3, 3, 3, 0)
