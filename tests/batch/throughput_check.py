"""Speed and memory of a batch, beside a plain loop over the same photos; for a machine that does nothing else.

python -m tests.batch.throughput_check --photos 1000            1 worker, 2 workers, the loop; memory over the files
python -m tests.batch.throughput_check --photos 200 --ray       and one actor of Ray, where the extra cluster is there

Exit status 1 where two workers are not 1.8 times as fast as one, or memory grows by more than 5 % from file 50 on.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.batch.kill_check import JOURNAL_NAME, ROOT, command

_LEAST_GAIN, _MOST_GROWTH = 1.8, 1.05
_SETTLED_FILES = 50
_SAMPLE_S = 0.05

LOOP = """
import sys, time
from pathlib import Path
from portrait.engine import open_engine
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
engine, options, out = open_engine(None), FileOptions(quality="fast"), Path(sys.argv[2])
out.mkdir()
photos = sorted(Path(sys.argv[1]).iterdir())
make_portrait_file(engine, photos[0], out / "first.jpg", options)  # what is loaded at first is no part of the loop
began = time.perf_counter()
for photo in photos:
    make_portrait_file(engine, photo, out / photo.name, options)
print(time.perf_counter() - began)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds from the first begun photo to the last done one, and resident MB by the number of photos done."""

    seconds: float
    memory_mb: dict[int, float]

    @property
    def growth(self) -> float:
        """Most memory after 50 photos, as a share of that at 50; 1.0 where there were no more."""
        late = [size for done, size in self.memory_mb.items() if done >= _SETTLED_FILES]
        return max(late) / late[0] if late else 1.0


def make_photos(folder: Path, count: int, width: int) -> None:
    """Photos of one size, each with a turn of its own, so that no two are one file."""
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
    began_s = ended_s = 0.0
    done = -1
    with subprocess.Popen(command(source, target, *options), stderr=subprocess.PIPE, text=True) as batch:
        said: list[str] = []
        assert batch.stderr is not None
        listener = threading.Thread(target=lambda: said.extend(batch.stderr or ()))
        listener.start()
        while batch.poll() is None:
            path = target / JOURNAL_NAME
            lines = path.read_bytes() if path.exists() else b""
            began_s = began_s or (time.perf_counter() if lines else 0.0)
            now_done = lines.count(b'"state": "done"')
            if now_done > done and (size := _resident_mb(batch.pid)) is not None:
                done, ended_s, memory_mb[now_done] = now_done, time.perf_counter(), size
            time.sleep(_SAMPLE_S)
        listener.join()
    if batch.returncode:
        raise RuntimeError("".join(said)[-2000:])
    return Run(ended_s - began_s, memory_mb)


def run_loop(source: Path, target: Path) -> float:
    """Seconds of a plain loop with the same engine and options."""
    ended = subprocess.run(
        [sys.executable, "-c", LOOP, str(source), str(target)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return float(ended.stdout)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--ray", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in"
        make_photos(source, given.photos, given.width)
        runs = {f"{n} worker(s)": run_batch(source, Path(folder) / f"out{n}", "--workers", str(n)) for n in (1, 2)}
        if given.ray:
            runs["Ray, 1 actor"] = run_batch(source, Path(folder) / "ray", "--engine", "ray", "--workers", "1")
        loop_s = run_loop(source, Path(folder) / "loop")
    one, two = (runs[f"{n} worker(s)"] for n in (1, 2))
    for name, run in runs.items():
        ahead = loop_s / run.seconds
        print(f"{name}: {given.photos / run.seconds:.2f} photos/s, {ahead:.2f} × the loop, memory × {run.growth:.3f}")
    print(f"loop: {given.photos / loop_s:.2f} photos/s")
    if given.ray:
        overhead_ms = 1000.0 * (runs["Ray, 1 actor"].seconds - one.seconds) / given.photos
        print(f"Ray costs {overhead_ms:.1f} ms a photo")
    gain, growth = one.seconds / two.seconds, max(one.growth, two.growth)
    print(f"two workers are {gain:.2f} times as fast as one (at least {_LEAST_GAIN}); memory × {growth:.3f}")
    return 0 if gain >= _LEAST_GAIN and growth <= _MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
