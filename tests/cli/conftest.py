"""The command line as a user meets it: words in; exit status, stdout and stderr out."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest
from PIL import Image

from portrait import app
from portrait.engine import PortraitEngine


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        """The JSON objects on stdout; fails where anything else stands there."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for settings and log that is nobody's real one."""
    folder = tmp_path / "home"
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: folder / "config")
    monkeypatch.setattr(platformdirs, "user_log_path", lambda *_, **__: folder / "log")
    return folder


@pytest.fixture
def run(engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the program on the stub engine. Every command opens its engine by this one name, when it runs."""
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    monkeypatch.setenv("COLUMNS", "200")

    def run_words(*words: str | Path) -> Outcome:
        capsys.readouterr()
        status = app.main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run_words


@pytest.fixture
def save_scene(portrait_scene) -> Callable[[Path], Path]:
    """Save the synthetic person as a photo."""

    def save(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(portrait_scene(96, 128)[0]).save(path)
        return path

    return save
