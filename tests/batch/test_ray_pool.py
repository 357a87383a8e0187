"""What the Ray pool does when actors cannot start, are lost or find their node not fit; Ray itself is played."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portrait.batch import ray_executor
from portrait.batch.pool_executor import WorkerLost
from portrait.batch.ray_executor import RayPool, open_ray_pool
from portrait.batch.ray_worker import ClusterOptions, RayWorker, installed_version
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError


class RayError(Exception):
    """An actor or its node was lost."""


class RayTaskError(RayError):
    """A method of an actor raised."""


@dataclass
class PlayedRay:
    """A module whose actors answer at once with what ``answer`` gives for the call, or raise it."""

    answer: Callable[[int, str], Any]
    alive: set[int] = field(default_factory=set)
    started: int = 0
    exceptions: Any = field(default_factory=lambda: SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError))

    def start_actor(self) -> Any:
        self.started += 1
        number = self.started
        self.alive.add(number)
        calls = {name: SimpleNamespace(remote=lambda *_, name=name: (number, name, object())) for name in WORDS}
        return SimpleNamespace(number=number, **calls)

    def wait(self, references: list[Any], **_: object) -> tuple[list[Any], list[Any]]:
        return references, []

    def get(self, reference: Any) -> Any:
        value = self.answer(*reference[:2])
        if isinstance(value, RayError):
            raise value
        return value

    def kill(self, actor: Any) -> None:
        self.alive.discard(actor.number)


WORDS = ("prepare", "make")
JOB: Any = SimpleNamespace(prepared=SimpleNamespace(job=SimpleNamespace(source=Path("a.jpg"))), outputs=())


def test_an_actor_that_is_lost_is_replaced_and_the_idle_ones_are_asked_again() -> None:
    ray = PlayedRay(lambda number, word: RayError("lost") if word == "make" and number == 3 else None)
    with RayPool(ray, ray.start_actor, 3) as pool:
        assert pool.wait() == []
        pool.submit(JOB)
        assert pool.wait() == [WorkerLost(JOB)]
        assert ray.alive == {1, 2, 4}
        assert not pool.has_idle_worker
        assert pool.wait() == []
        assert pool.has_idle_worker
    assert ray.alive == set()


def test_what_cannot_travel_back_fails_its_own_job() -> None:
    ray = PlayedRay(lambda number, word: RayTaskError("cannot be read") if word == "make" else None)
    with RayPool(ray, ray.start_actor, 1) as pool:
        pool.wait()
        pool.submit(JOB)
        (outcome,) = pool.wait()
        assert "cannot be read" in outcome.error.message
        assert pool.has_idle_worker
        assert ray.started == 1


def test_a_pool_without_any_actor_raises_why() -> None:
    ray = PlayedRay(lambda number, word: RayError("no room") if word == "prepare" else None)
    with RayPool(ray, ray.start_actor, 2) as pool, pytest.raises(PortraitError, match="no room"):
        list(iter(pool.wait, "for ever"))
    assert 2 < ray.started < 9, "it tries again, not for ever"


def test_an_actor_whose_node_does_not_fit_is_left_out() -> None:
    wrong = PortraitError("another version")
    ray = PlayedRay(lambda number, word: wrong if number == 1 else None)
    with RayPool(ray, ray.start_actor, 2) as pool:
        assert pool.wait() == []
        assert ray.alive == {2}
    everywhere = PlayedRay(lambda number, word: wrong)
    with RayPool(everywhere, everywhere.start_actor, 2) as pool, pytest.raises(PortraitError, match="another version"):
        pool.wait()


def test_a_worker_checks_its_node(tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    version = installed_version()

    def no_model() -> PortraitEngine:
        raise PortraitError("there is no such model")

    def prepared(folder: Path, version: str, open_engine: Callable[[], PortraitEngine] = lambda: engine) -> str:
        worker = RayWorker(ClusterOptions(open_engine=open_engine), (folder,), tmp_path, version)
        error = worker.prepare()
        return error.message if error else ""

    assert prepared(tmp_path, version) == ""
    assert "has Portrait" in prepared(tmp_path, "9.9")
    assert "There is no folder" in prepared(tmp_path / "none", version)
    assert "there is no such model" in prepared(tmp_path, version, no_model)
    with pytest.raises(RuntimeError):
        RayWorker(ClusterOptions(), (), tmp_path, version).make(JOB)
    error = RayWorker(ClusterOptions(), (), tmp_path, "9.9", "ko").prepare()
    assert error is not None
    assert "Portrait" in error.message
    assert not error.message.isascii(), "workers speak the user's language"


@pytest.mark.parametrize(
    ("resources", "workers", "expected"),
    [
        ({"CPU": 8.0, "memory": 2.5 * 2**30}, 0, (2, 0.0)),
        ({"CPU": 8.0, "memory": 2**40}, 0, (8, 0.0)),
        ({"CPU": 8.0, "memory": 2**40, "GPU": 2.0}, 0, (8, 0.25)),
        ({"CPU": 8.0, "memory": 2**40, "GPU": 3.0}, 2, (2, 1.0)),
        ({}, 4, (4, 0.0)),
    ],
)
def test_actors_by_cores_memory_and_gpus(
    resources: dict[str, float], workers: int, expected: tuple[int, float]
) -> None:
    assert ray_executor._size_of_pool(resources, workers) == expected


def test_a_cluster_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PortraitError, match="no core"):
        ray_executor._size_of_pool({"CPU": 4.0, "memory": 1.0}, 0)
    tries: list[object] = []

    def init(address: str, **_: object) -> None:
        tries.append(address)
        raise Exception("timed out")  # as Ray does

    ray = SimpleNamespace(init=init, shutdown=lambda: tries.append("shutdown"))
    monkeypatch.setattr(ray_executor, "import_ray", lambda: ray)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for address, message in ((None, "Cannot reach a Ray on this machine"), ("here:1", "the Ray cluster at here:1")):
        with pytest.raises(PortraitError, match=message), open_ray_pool(ClusterOptions(address), 1, []):
            pass
    assert tries == ["local", "shutdown", "local", "shutdown", "here:1"]


def test_without_ray_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PortraitError) as caught, open_ray_pool(ClusterOptions(), 1, []):
        pass
    assert "pip install 'portrait[cluster]'" in caught.value.hint


def test_tasks_are_handed_out_once() -> None:
    ray = PlayedRay(lambda number, word: None)
    with RayPool(ray, ray.start_actor, 2) as pool:
        pool.wait()
        pool.submit(JOB)
        pool.submit(JOB)
        assert not pool.has_idle_worker
        assert pool.wait() == [None, None]
        assert pool.has_idle_worker
