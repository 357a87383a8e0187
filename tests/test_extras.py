"""How an extra comes in: by a command of pip, or not at all."""

import tomllib
from pathlib import Path

import pytest

from portrait import extras
from portrait.capture.video_decoder import better_decoder_hint
from portrait.sinks import recording


def test_the_command_names_an_extra_that_there_is() -> None:
    project = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    known = project["project"]["optional-dependencies"]
    for extra in ("video", "raw", "server", "watch", "models", "cloud", "cluster"):
        assert extra in known
        assert extras.how_to_get(extra) == f"Install it with: pip install 'portrait[{extra}]'."


def test_a_bundle_names_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setattr(recording, "find_spec", lambda name: None)
    missing = recording.why_no_recording()
    assert missing is not None
    assert missing.command == ""
    for hint in (missing.hint, better_decoder_hint(), extras.how_to_get("raw")):
        assert "pip install" not in hint
        assert "Nothing can be added to a bundle" in hint
