"""Texts for bug reports, without the names of folders, files and users."""

import re
from pathlib import Path

_PACKAGES = re.compile(r".*[/\\](?=(?:portrait|_internal|PySide6|numpy|PIL|cv2|lib[/\\]python[\d.]+)[/\\])")
_START = r"(?<![\w.:/…])(?:[A-Za-z]:[/\\]|/|\\\\)"
_PATH = re.compile(_START + r"(?:[^\n'\":,;]*[/\\])?(?:[^\n'\":,;/\\]*?\.\w{1,5}\b|[^\s'\":,;/\\]+)")
_QUOTED = re.compile(r"(?P<quote>['\"])(?P<path>(?:[A-Za-z]:)?[/\\][^'\"\n]*)(?P=quote)")


def hide_private_paths(text: str) -> str:
    """Cut paths down to what tells nothing of the user: code to its package or name, others to their ending.

    >>> hide_private_paths("cannot read '/home/ann/Our wedding/kiss.jpg'")
    "cannot read '….jpg'"
    """
    home = str(Path.home())
    text = _QUOTED.sub(lambda found: found["quote"] + _shorten(found["path"]) + found["quote"], text)
    text = _PATH.sub(lambda found: _shorten(found.group()), text)
    return text.replace(home, "~") if len(home) > 1 else text


def shorten_home(text: str) -> str:
    """The text with ``~`` for the home folder, which often has the user's name."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _shorten(path: str) -> str:
    name = re.split(r"[/\\]", path)[-1]
    if not name.endswith(".py"):
        return "…" + Path(name).suffix
    in_package = _PACKAGES.sub("", path)
    return in_package if in_package != path else name
