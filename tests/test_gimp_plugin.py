"""What the GIMP plug-in asks of ``portrait``, and how it takes the answer; GIMP itself is not there."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from portrait.app import main

CALLING = Path(__file__).resolve().parents[1] / "packaging" / "gimp" / "portrait-mode" / "calling.py"
PROGRAM = """\
#!{python}
import json, sys
json.dump(sys.argv[1:], open({words!r}, "w"))
{body}
"""


@pytest.fixture
def calling() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calling", CALLING)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calling"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Install a stand-in of ``portrait`` with a body in Python; returns the file with the words that it got."""

    def write(body: str) -> Path:
        program, words = tmp_path / "portrait-program", tmp_path / "words.json"
        program.write_text(PROGRAM.format(python=sys.executable, words=str(words), body=body), encoding="utf-8")
        program.chmod(0o755)
        if sys.platform == "win32":  # which runs no scripts of Python by their first line
            script, program = program, program.with_suffix(".cmd")
            program.write_text(f'@"{sys.executable}" "{script}" %*\n', encoding="utf-8")
        monkeypatch.setenv("PORTRAIT_PROGRAM", str(program))
        return words

    return write


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.new("RGB", (64, 48), "tan").save(path)
    return path


def test_the_call_is_one_that_the_command_line_takes(calling, install, photo: Path, engine, monkeypatch) -> None:
    words = install("open(sys.argv[4], 'w').close(); open(sys.argv[6], 'w').close(); print('{\"status\": \"done\"}')")
    made = calling.make_portrait(photo, photo.parent, f_number=2.8, quality="fast")
    assert made.portrait.exists()
    assert made.matte.exists()
    made.portrait.unlink()
    made.matte.unlink()
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    assert main(json.loads(words.read_text(encoding="utf-8"))) == 0
    with Image.open(made.portrait) as portrait, Image.open(made.matte) as matte:
        assert portrait.size == matte.size == (64, 48)
        assert matte.mode.startswith("I")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('print(\'{"status": "failed", "error": "no room", "hint": "make some"}\'); sys.exit(1)', "no room\nmake some"),
        ("print('boom', file=sys.stderr); sys.exit(70)", "boom"),
        ("sys.exit(3)", "exit status 3"),
        ("open(sys.argv[4], 'w').close(); print('{\"status\": \"done\"}')", "No person"),
        ("print('[1, 2]')", "exit status 0"),
    ],
)
def test_what_goes_wrong_is_told(calling, install, photo: Path, body: str, message: str) -> None:
    install(body)
    with pytest.raises(calling.CallError, match=message):
        calling.make_portrait(photo, photo.parent, f_number=2.0)


def test_without_the_program_it_says_what_to_do(calling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTRAIT_PROGRAM", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(calling, "PLACES", ())
    with pytest.raises(calling.CallError, match="PORTRAIT_PROGRAM"):
        calling.find_program()


def test_a_flatpak_is_found_under_any_id(calling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTRAIT_PROGRAM", raising=False)
    monkeypatch.setattr(calling, "PLACES", ())
    monkeypatch.setattr(calling, "FLATPAKS", (tmp_path,))
    monkeypatch.setattr(calling.shutil, "which", lambda name: "/usr/bin/flatpak" if name == "flatpak" else None)
    for app_id, program in (("org.other.Portrait", "gallery"), ("io.github.owner.Portrait", "portrait")):
        path = tmp_path / app_id / "current" / "active" / "files" / "bin" / program
        path.parent.mkdir(parents=True)
        path.touch()
    assert calling.find_program() == ["flatpak", "run", "--filesystem=/tmp", "io.github.owner.Portrait"]
