"""How long until the window is painted: xvfb-run -a python tests/gui/start_check.py. No part of the daily tests.

Each start is a process of its own in an empty home folder. One before them, which is not counted, compiles the modules,
as an installation does. Printed are medians of the processor time and of the wall clock, from the start of the process
until each step has ended. The wall clock says something only on a machine that does nothing else. Linux only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = {
    "program": "the interpreter, and what app or command need",
    "qt": "the modules of Qt",
    "modules": "the modules of the window",
    "application": "Qt's application object",
    "window": "the window with its first page and menus",
    "painted": "layout and the first painting",
}
WATCHED = """
import os, sys, time

def tell(step):
    fields = open("/proc/self/stat").read().rpartition(")")[2].split()
    wall_s = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    print(f'{{"step": "{step}", "wall_s": {wall_s}, "cpu_s": {time.process_time()}}}', flush=True)

def told(step, function):
    def call(*arguments):
        result = function(*arguments)
        tell(step)
        return result
    return call

from portrait import app
tell("program")
from portrait.gui.application_object import import_as_python_does
import_as_python_does()
tell("qt")
from portrait.gui import application
tell("modules")
application.make_application = told("application", application.make_application)
application.fill_menu_bar = told("window", application.fill_menu_bar)
application.Bridge.open_engine = lambda bridge: (tell("painted"), os._exit(0))
app.main([])
"""


def start(compiled: Path) -> dict[str, dict[str, float]]:
    """One start in an empty home folder; what each step took, by its name."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as home:
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), home)
        environment = {**kept, **folders, "PYTHONPYCACHEPREFIX": str(compiled)}
        words = [sys.executable, "-c", WATCHED]
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line.pop("step"): line for line in lines}


def main() -> None:
    """Start several times, and print the medians of each step, and all figures of the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    starts: int = parser.parse_args().starts
    with tempfile.TemporaryDirectory() as compiled:
        runs = [start(Path(compiled)) for _ in range(starts + 1)][1:]
    print("ended after s:  processor  wall")
    for step, what in STEPS.items():
        cpu_s, wall_s = (statistics.median(run[step][figure] for run in runs) for figure in ("cpu_s", "wall_s"))
        print(f"{step:14}  {cpu_s:9.3f}  {wall_s:.3f}  {what}")
    print("painted, processor:", *(f"{run['painted']['cpu_s']:.3f}" for run in runs))
    print("painted, wall:", *(f"{run['painted']['wall_s']:.3f}" for run in runs))


if __name__ == "__main__":
    main()
