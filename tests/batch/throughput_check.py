"""Speed and memory of a batch, beside a plain loop over the same photos; for a machine that does nothing else.

python -m tests.batch.throughput_check                 1 worker, 2 workers, the loop, in turns; memory over 1,000 photos
python -m tests.batch.throughput_check --ray           and one actor of Ray, where the extra cluster is there

Five minutes on two cores, two more with Ray. Exit status 1 where two workers are not 1.8 times as fast as one, or
memory grows by more than 5 % from file 50 on.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from tests.batch.kill_check import JOURNAL_NAME, ROOT, command

_LEAST_GAIN, _MOST_GROWTH = 1.8, 1.05
_WARM_FILES, _SETTLED_FILES = 4, 50
_SAMPLE_S = 0.05
_SMALL_WIDTH = 320

LOOP = """
import sys, time
from pathlib import Path
from portrait.engine import open_engine
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
threads = int(sys.argv[3]) or None
engine, options, out = open_engine(None, threads=threads), FileOptions(quality="fast"), Path(sys.argv[2])
out.mkdir()
photos = sorted(Path(sys.argv[1]).iterdir())
make_portrait_file(engine, photos[0], out / "first.jpg", options)  # what is loaded at first is no part of the loop
began = time.perf_counter()
for photo in photos:
    make_portrait_file(engine, photo, out / photo.name, options)
print(len(photos) / (time.perf_counter() - began))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Photos a second, CPU seconds a photo with the start, and resident MB by the number of photos done."""

    rate: float
    cpu_s: float
    memory_mb: dict[int, float]

    @property
    def growth(self) -> float:
        """Most memory of fifty photos, by the median, as a share of that of the fifty after the first fifty."""
        fifties: dict[int, list[float]] = {}
        for done, size in self.memory_mb.items():
            fifties.setdefault(done // _SETTLED_FILES, []).append(size)
        later = [median(sizes) for number, sizes in sorted(fifties.items()) if number > 0]
        return max(later) / later[0] if later else 1.0


def make_photos(folder: Path, count: int, width: int) -> None:
    """Photos of one size, each with a pixel of its own, so that no two are one file."""
    folder.mkdir()
    with Image.open(ROOT / "assets" / "samples" / "astronaut.jpg") as sample:
        person = sample.convert("RGB").resize((width, width * 3 // 4))
    for number in range(count):
        person.putpixel((number % width, 0), (number % 256, 0, 0))
        person.save(folder / f"{number:05d}.jpg", quality=92)


def _resident_mb(process: int) -> float | None:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024.0 if lines else None


def run_batch(source: Path, target: Path, *options: str) -> Run:
    """Run a batch and watch it."""
    memory_mb: dict[int, float] = {}
    times_s: dict[int, float] = {}
    began = os.times()
    with subprocess.Popen(command(source, target, *options), stderr=subprocess.PIPE, text=True) as batch:
        said: list[str] = []
        listener = threading.Thread(target=lambda: said.extend(batch.stderr or ()))
        listener.start()
        while batch.poll() is None:
            done = _done(target)
            if done not in times_s and (size := _resident_mb(batch.pid)) is not None:
                times_s[done], memory_mb[done] = time.perf_counter(), size
            time.sleep(_SAMPLE_S)
        listener.join()
    if batch.returncode:
        raise RuntimeError("".join(said)[-2000:])
    ended = os.times()
    cpu_s = ended.children_user + ended.children_system - began.children_user - began.children_system
    # What is loaded at first is left out, as in the loop.
    warm = [done for done in times_s if done >= _WARM_FILES]
    rate = (warm[-1] - warm[0]) / (times_s[warm[-1]] - times_s[warm[0]])
    return Run(rate, cpu_s / warm[-1], memory_mb)


def _done(target: Path) -> int:
    path = target / JOURNAL_NAME
    return path.read_bytes().count(b'"state": "done"') if path.exists() else 0


def run_loop(source: Path, target: Path, threads: int) -> float:
    """Photos a second of a plain loop with the same options, and so many threads of the network; 0: those of photos."""
    words = [sys.executable, "-c", LOOP, str(source), str(target), str(threads)]
    return float(subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def measure_rates(folder: Path, photos: int, width: int, rounds: int, with_ray: bool) -> dict[str, float]:
    """Photos a second by what made them: medians of rounds in which all take their turn."""
    source = folder / "in"
    make_photos(source, photos, width)
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        target = folder / f"round{number}"
        target.mkdir()
        runs = {f"{n} worker(s)": run_batch(source, target / f"{n}", "--workers", str(n)) for n in (1, 2)}
        if with_ray:
            runs["Ray, 1 actor"] = run_batch(source, target / "ray", "--engine", "ray", "--workers", "1")
        rates = {name: run.rate for name, run in runs.items()}
        rates["loop, 1 thread"] = run_loop(source, target / "loop1", 1)
        rates["loop, as photo"] = run_loop(source, target / "loop", 0)
        for name, rate in rates.items():
            found.setdefault(name, []).append(rate)
        said = ", ".join(f"{name} {rate:.2f}" for name, rate in rates.items())
        print(f"round {number + 1}, photos a second: {said}", flush=True)
        print(", ".join(f"{name}: {1e3 * run.cpu_s:.0f} CPU ms a photo" for name, run in runs.items()), flush=True)
    return {name: median(rates) for name, rates in found.items()}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=36)
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--memory-photos", type=int, default=1000)
    parser.add_argument("--ray", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rates = measure_rates(Path(folder), given.photos, given.width, given.rounds, given.ray)
        make_photos(Path(folder) / "small", given.memory_photos, _SMALL_WIDTH)
        growth = run_batch(Path(folder) / "small", Path(folder) / "made", "--workers", "2").growth
    for name, rate in rates.items():
        share = rate / rates["loop, 1 thread"]
        print(f"{name}: {rate:.2f} photos/s, {share:.2f} × the loop of one thread")
    if given.ray:
        overhead_ms = 1000.0 / rates["Ray, 1 actor"] - 1000.0 / rates["1 worker(s)"]
        print(f"Ray costs {overhead_ms:.1f} ms a photo")
    gain = rates["2 worker(s)"] / rates["1 worker(s)"]
    print(f"two workers are {gain:.2f} times as fast as one (at least {_LEAST_GAIN})")
    print(f"memory from file {_SETTLED_FILES} to {given.memory_photos}: × {growth:.3f} (at most {_MOST_GROWTH})")
    return 0 if gain >= _LEAST_GAIN and growth <= _MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
