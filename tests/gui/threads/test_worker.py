"""Order, newest-wins, and what happens to bugs."""

import threading
from collections.abc import Iterator

import pytest

from portrait.gui.threads.worker import Worker

PATIENCE_S = 10.0


class Bench:
    """A worker whose first request holds it until the test lets go."""

    def __init__(self) -> None:
        self.bugs: list[Exception] = []
        self.done: list[str] = []
        self.worker = Worker("bench", self.bugs.append)
        self._release = threading.Event()
        self._all_done = threading.Event()

    def occupy(self) -> None:
        started = threading.Event()

        def wait() -> None:
            started.set()
            assert self._release.wait(PATIENCE_S)

        self.worker.submit("occupy", wait)
        assert started.wait(PATIENCE_S)

    def submit(self, topic: str, name: str) -> None:
        self.worker.submit(topic, lambda: self.done.append(name))

    def finish(self) -> list[str]:
        self.worker.submit("last", self._all_done.set)
        self._release.set()
        assert self._all_done.wait(PATIENCE_S)
        return self.done


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench._release.set()
    assert bench.worker.stop(PATIENCE_S)


def test_only_the_newest_request_of_a_topic_runs(bench: Bench) -> None:
    bench.occupy()
    for number in range(100):
        bench.submit("preview", f"preview {number}")
    assert bench.finish() == ["preview 99"]


def test_topics_run_in_the_order_of_their_newest_request(bench: Bench) -> None:
    bench.occupy()
    bench.submit("preview", "old preview")
    bench.submit("save", "save")
    bench.submit("preview", "new preview")
    assert bench.finish() == ["save", "new preview"]


def test_a_discarded_request_does_not_run(bench: Bench) -> None:
    bench.occupy()
    bench.submit("matte", "matte")
    bench.submit("save", "save")
    bench.worker.discard("matte", "unknown")
    assert bench.finish() == ["save"]


def test_a_bug_is_reported_and_the_next_request_runs(bench: Bench) -> None:
    bug = ZeroDivisionError("oops")

    def fail() -> None:
        raise bug

    bench.worker.submit("fail", fail)
    bench.submit("next", "next")
    assert bench.finish() == ["next"]
    assert bench.bugs == [bug]


def test_what_was_promised_runs_even_if_the_worker_is_stopped_before(bench: Bench) -> None:
    bench.occupy()
    bench.submit("preview", "preview")
    for name in ("first", "second"):
        bench.worker.submit(name, lambda name=name: bench.done.append(name), is_promised=True)
    assert bench.worker.stop(timeout_s=0.0) is False
    bench._release.set()
    assert bench.worker.stop(None) is True
    assert bench.done == ["first", "second"]


def test_stop_drops_what_waits_and_tells_whether_the_thread_has_ended(bench: Bench) -> None:
    bench.occupy()
    bench.submit("save", "never")
    assert bench.worker.stop(timeout_s=0.0) is False
    bench.submit("save", "too late")
    bench._release.set()
    assert bench.worker.stop(PATIENCE_S) is True
    assert bench.done == []
