"""How long until the window is painted: xvfb-run -a python tests/gui/start_check.py. No part of the daily tests.

Each start is a process of its own, with the settings of a first start. Printed are the wall clock and the processor
time of the process from its start until the start picture, and until the main window has been painted, and their
medians. The wall clock says something only on a machine that does nothing else. Linux only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("picture", "window")
kept: list[object] = []  # the application goes when nothing of Python holds it


def watched_start() -> None:
    """Run the app; print a line of JSON for each step, and end after the last."""
    sys.path.insert(0, str(ROOT))
    from portrait import app

    app.require_display = make_watching_application
    app.main([])


def make_watching_application() -> None:
    """Make the application object, which the app takes where there is one, at the place where the app makes its own."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow, QSplashScreen

    unseen: dict[str, type] = {"picture": QSplashScreen, "window": QMainWindow}

    class WatchingApplication(QApplication):
        def notify(self, receiver: QObject, event: QEvent) -> bool:
            done = super().notify(receiver, event)
            if event.type() == QEvent.Type.Paint:
                for step in [step for step, kind in unseen.items() if isinstance(receiver, kind)]:
                    del unseen[step]
                    if step == "picture":
                        tell(step)
                    else:
                        QTimer.singleShot(0, lambda: tell("window"))  # its children are painted after it
            return done

    kept.append(WatchingApplication(sys.argv[:1]))


def tell(step: str) -> None:
    """Print how long this process has run, by the clock and on processors."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    began_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    wall_s = time.clock_gettime(time.CLOCK_BOOTTIME) - began_s
    print(json.dumps({"step": step, "wall_s": wall_s, "cpu_s": time.process_time()}), flush=True)
    if step == STEPS[-1]:
        os._exit(0)


def start(home: Path) -> dict[str, dict[str, float]]:
    """One start in an empty home folder; what each step took."""
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    words = [sys.executable, __file__, "--watched"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=120)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line.pop("step"): line for line in lines}


def main() -> None:
    """Start several times, and print all and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--watched", action="store_true", help=argparse.SUPPRESS)
    chosen: Any = parser.parse_args()
    if chosen.watched:
        watched_start()
        return
    starts = []
    for _ in range(chosen.starts):
        with tempfile.TemporaryDirectory() as home:
            starts.append(start(Path(home)))
    for step in STEPS:
        for figure in ("wall_s", "cpu_s"):
            # A window that is there at once leaves the start picture unpainted.
            values = [one[step][figure] for one in starts if step in one]
            if values:
                listed = " ".join(f"{value:.2f}" for value in values)
                print(f"{step} {figure}: {listed}  median {statistics.median(values):.2f}")


if __name__ == "__main__":
    main()
