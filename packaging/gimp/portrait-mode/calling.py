"""How the plug-in calls the installed ``portrait``: files in, files out, no part of GIMP."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FLATPAKS = (Path("/var/lib/flatpak/app"), Path.home() / ".local/share/flatpak/app")
PLACES = (
    "/usr/local/bin/portrait",
    "/opt/portrait/bin/portrait",
    "/Applications/Portrait.app/Contents/MacOS/portrait",
    "%LOCALAPPDATA%/Programs/Portrait/portrait.exe",
)
"""Where the program may lie if it is not on the PATH; PORTRAIT_PROGRAM names another place."""


class CallError(Exception):
    """The portrait could not be made; its text is for the user."""


@dataclass(frozen=True)
class Made:
    """What ``portrait`` made: the picture, the matte (16-bit grey, white is the person), and what it said."""

    portrait: Path
    matte: Path
    warnings: tuple[str, ...]


def find_program() -> list[str]:
    """The words that start ``portrait``.

    Raises
    ------
    CallError
        It is not installed, or not found.
    """
    named = os.environ.get("PORTRAIT_PROGRAM") or shutil.which("portrait")
    found = named or next((path for path in map(os.path.expandvars, PLACES) if Path(path).is_file()), None)
    if found is not None:
        return [found]
    if (app_id := _find_flatpak()) is not None:
        return ["flatpak", "run", "--filesystem=/tmp", app_id]
    raise CallError("Portrait is not installed, or not on the PATH. Set PORTRAIT_PROGRAM to its path.")


def make_portrait(photo: Path, folder: Path, *, f_number: float, quality: str = "fine") -> Made:
    """Let ``portrait`` make the portrait of an image file into a folder.

    Parameters
    ----------
    photo
        PNG or TIFF, as GIMP wrote it.
    folder
        For the results; it exists and is empty but for the photo.
    f_number
        1.4 … 16.
    quality
        ``fast`` or ``fine``.

    Raises
    ------
    CallError
        The program is missing or failed, or there is no person.
    """
    portrait, matte = folder / "portrait.png", folder / "matte.png"
    words = ["photo", str(photo), "-o", str(portrait), "--save-matte", str(matte), "--json"]
    words += ["--f-number", f"{f_number:.2f}", "--quality", quality]
    quiet = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
    try:
        done = subprocess.run([*find_program(), *words], capture_output=True, text=True, check=False, **quiet)
    except OSError as exc:
        raise CallError(f"Portrait cannot be started: {exc}") from exc
    answer = _read_answer(done.stdout)
    if answer.get("status") != "done" or not portrait.is_file():
        said = answer.get("error") or done.stderr.strip() or f"exit status {done.returncode}"
        raise CallError("\n".join(filter(None, (str(said), answer.get("hint", "")))))
    if not matte.is_file():
        raise CallError("No person was found in this picture.")
    return Made(portrait, matte, tuple(answer.get("warnings", ())))


def _find_flatpak() -> str | None:
    """The id of the Flatpak that holds ``portrait``; each publisher gives it another one."""
    if shutil.which("flatpak") is None:
        return None
    programs = (path for folder in FLATPAKS for path in folder.glob("*.Portrait/current/active/files/bin/portrait"))
    return next((path.parents[4].name for path in programs), None)


def _read_answer(text: str) -> dict:
    """The JSON object of the last line; empty where there is none."""
    try:
        answer = json.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return answer if isinstance(answer, dict) else {}
