"""A crash of native code is in a file, and is given at the next start."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from portrait.cli.crash_file import crashes_kept

_CRASH = """
import ctypes, os, pathlib, platformdirs, sys
platformdirs.user_log_path = lambda *_, **__: pathlib.Path(sys.argv[1])
from portrait.cli.crash_file import crashes_kept
with crashes_kept() as earlier:
    print(earlier)
    if sys.argv[2] == "crash":
        ctypes.string_at(0)
"""


@pytest.fixture(autouse=True)
def log_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(platformdirs, "user_log_path", lambda *_, **__: tmp_path / "log")
    return tmp_path / "log"


def run(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", _CRASH, str(folder), how]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_crash_is_given_at_the_next_start_and_then_gone(log_folder: Path) -> None:
    crashed = run(log_folder, "crash")
    assert crashed.returncode != 0
    assert crashed.stdout == "\n"
    assert len(list(log_folder.glob("crash-*.txt"))) == 1
    told = run(log_folder, "end")
    assert told.returncode == 0
    assert "string_at" in told.stdout
    assert list(log_folder.iterdir()) == []
    assert run(log_folder, "end").stdout == "\n"


def test_a_crash_while_an_earlier_one_is_shown_keeps_both(log_folder: Path) -> None:
    run(log_folder, "crash")
    run(log_folder, "crash")
    assert run(log_folder, "end").stdout.count("Current thread") == 2


def test_empty_files_are_those_of_others_until_they_are_old(log_folder: Path) -> None:
    log_folder.mkdir()
    running, killed = log_folder / "crash-a.txt", log_folder / "crash-b.txt"
    running.touch()
    killed.touch()
    os.utime(killed, (0, 0))
    with crashes_kept() as earlier:
        assert earlier == ""
    assert list(log_folder.iterdir()) == [running]


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_start(log_folder: Path) -> None:
    log_folder.touch()
    told = run(log_folder, "end")
    assert (told.returncode, told.stdout, told.stderr) == (0, "\n", "")
