"""Cycles are collected on the thread of the window, and there they are."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from portrait.gui.threads import garbage
from portrait.gui.threads.garbage import collected_on_this_thread


class Knot(QObject):
    """Part of a cycle; tells which thread took it apart."""

    def __init__(self, threads: list[int]) -> None:
        super().__init__()
        self.self = self
        self.finalizer = weakref.finalize(self, lambda: threads.append(threading.get_ident()))


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every allocation of a container would collect, and the timer ticks fast."""
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    monkeypatch.setattr(garbage, "_INTERVAL_MS", 5)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_eager")
def test_a_worker_that_allocates_destroys_no_qobject(qtbot: QtBot) -> None:
    threads: list[int] = []
    with collected_on_this_thread():
        Knot(threads)
        worker = threading.Thread(target=lambda: [[index] for index in range(10_000)])
        worker.start()
        worker.join()
        assert threads == []
        qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]


def test_python_collects_again_afterwards() -> None:
    gc.enable()
    with collected_on_this_thread():
        assert not gc.isenabled()
        with collected_on_this_thread():
            pass
        assert not gc.isenabled(), "the inner one must not enable what the outer one disabled"
    assert gc.isenabled()
    gc.disable()
