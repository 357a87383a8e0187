"""Small scenes, each made once."""

import functools
from collections.abc import Callable

import pytest

from portrait.benchmark.scenes.portrait_scenes import SCENE_SPECS, Scene, make_scene

HEIGHT_PX = 180


@functools.cache
def _make(name: str) -> Scene:
    return make_scene([spec.name for spec in SCENE_SPECS].index(name), HEIGHT_PX)


@pytest.fixture(scope="session")
def small_scene() -> Callable[[str], Scene]:
    """A scene by its name, 144 × 180."""
    return _make
