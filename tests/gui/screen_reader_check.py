"""Does every control of the window have a name and a role for a screen reader? A script, not a test.

    dbus-run-session -- xvfb-run -a /usr/bin/python3 tests/gui/screen_reader_check.py PYTHON

The Python of the system, with python3-gi, gir1.2-atspi-2.0 and at-spi2-core, starts the app by PYTHON on a sample photo
and walks the tree that a screen reader walks. Exits with 1 where a control is nameless or has no role.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402 - the version is chosen before

_OPENING_S, _STEP_S, _LEAST = 60, 1, 300
_CONTROLS = {"push button", "check box", "radio button", "slider", "text", "list", "list item", "image", "alert"}
_ROLELESS = {"invalid", "unknown", "filler", "panel"}


def walk(accessible: Atspi.Accessible, path: str = "") -> Iterator[tuple[Atspi.Accessible, str]]:
    """An accessible object and all below it, with the way to each."""
    path = f"{path} > {accessible.get_role_name()} {accessible.get_name() or ''}"
    yield accessible, path
    for number in range(min(accessible.get_child_count(), 200)):
        child = accessible.get_child_at_index(number)
        if child is not None:
            yield from walk(child, path)


def fault_of(accessible: Atspi.Accessible) -> str:
    """What is wrong with a control; empty where nothing is."""
    role, states = accessible.get_role_name(), accessible.get_state_set()
    is_seen = states.contains(Atspi.StateType.SHOWING)
    is_focusable = states.contains(Atspi.StateType.FOCUSABLE)
    if is_seen and is_focusable and role in _ROLELESS:
        return "has no role"
    if is_seen and (is_focusable or role in _CONTROLS) and not (accessible.get_name() or "").strip():
        return "has no name"
    relations = {relation.get_relation_type() for relation in accessible.get_relation_set()}
    is_labelled = Atspi.RelationType.LABELLED_BY in relations  # such a list is called by its value
    return "has no label" if is_seen and role == "combo box" and not is_labelled else ""


def find_window() -> Atspi.Accessible | None:
    """The app, once its photo is shown."""
    desktop = Atspi.get_desktop(0)
    apps = [desktop.get_child_at_index(number) for number in range(desktop.get_child_count())]
    for app in apps:
        is_it = app is not None and app.get_name() == "portrait"
        if is_it and any((one.get_name() or "").startswith("Magnification") for one, _ in walk(app)):
            return app
    return None


def main(python: str) -> int:
    """Start the app, wait for its photo, and print the faults."""
    environment = {**os.environ, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    app = subprocess.Popen([python, "main.py", "assets/samples/astronaut.jpg"], env=environment)
    found: list[tuple[str, str]] = []
    try:
        end_s = time.monotonic() + _OPENING_S
        while not found and app.poll() is None and time.monotonic() < end_s:
            with suppress(subprocess.TimeoutExpired):
                app.wait(_STEP_S)
            window = find_window()
            found = [] if window is None else [(fault_of(one), path) for one, path in walk(window)]
    finally:
        app.terminate()
        app.wait(20)
    faults = [f"{path}: {fault}" for fault, path in found if fault]
    print(f"{len(found)} accessible objects, {len(faults)} faults", *faults, sep="\n")
    return 1 if faults or len(found) < _LEAST else 0


if __name__ == "__main__":
    Atspi.init()
    raise SystemExit(main(sys.argv[1]))
