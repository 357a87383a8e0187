"""A folder of many photos, and a batch that is killed again and again: nothing lost, nothing twice, nothing left.

python -m tests.batch.kill_check --photos 1000 --kills 30            SIGKILL at random moments, then the same command
python -m tests.batch.kill_check --photos 200 --ray                  two Ray nodes on this machine, one killed half-way

No part of the daily tests: the real network works on each photo twice. Exit status 1 where something does not hold.
"""

import argparse
import hashlib
import io
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
JOURNAL_NAME = ".portrait-batch.jsonl"
KINDS = (
    ("jpg", "JPEG", 320), ("jpeg", "JPEG", 480), ("png", "PNG", 256), ("png", "PNG", 301), ("webp", "WEBP", 320),
    ("heic", "HEIF", 320), ("avif", "AVIF", 256), ("tif", "TIFF", 288), ("jp2", "JPEG2000", 256), ("bmp", "BMP", 200),
    ("gif", "GIF", 240), ("ppm", "PPM", 260),
)  # fmt: skip
FOLDERS = ("", "trip", "trip/day 1", "사진")
_HOSTILE_SHARE = 20  # every twentieth
_STEP_S, _SHORT_STEP_S = 0.05, 0.004
_PARTIAL = ".portrait-*.part"


def make_photos(folder: Path, count: int) -> set[str]:
    """Photos of a person in 12 sizes and formats, every twentieth of them none; the names of those."""
    pillow_heif.register_heif_opener()
    with Image.open(ROOT / "assets" / "samples" / "astronaut.jpg") as sample:
        person = sample.convert("RGB")
    hostile = set()
    for number in range(count):
        suffix, image_format, side_px = KINDS[number % len(KINDS)]
        path = folder / FOLDERS[number % len(FOLDERS)] / f"{number:05d}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        file = io.BytesIO()
        width = side_px - number % 7
        person.resize((width, width)).crop((0, 0, width, side_px * 3 // 4)).save(file, image_format)
        data = file.getvalue()
        if number % _HOSTILE_SHARE == _HOSTILE_SHARE // 2:
            hostile.add(path.relative_to(folder).as_posix())
            data = _spoiled(data, number)
        path.write_bytes(data)
    return hostile


def _spoiled(data: bytes, number: int) -> bytes:
    """Something that is no photo: nothing, a text, noise, half of the header, or a picture of 100,000² pixels."""
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (100_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0" + b"\0" * 4
    noise = np.random.default_rng(number).bytes(5_000)
    kinds = (b"", b"a text\n" * 100, noise, data[:20], bomb)
    return kinds[number // _HOSTILE_SHARE % len(kinds)]


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of all files below a folder but the journal, by path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != JOURNAL_NAME
    }


class Check:
    """Says what holds, and remembers whether all did."""

    def __init__(self) -> None:
        self.is_good = True

    def that(self, holds: bool, what: str) -> None:
        print(f"{'holds' if holds else 'FAILS'}: {what}", flush=True)
        self.is_good = self.is_good and holds


def command(source: Path, target: Path, *options: str) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), "batch", str(source), str(target), "--quality", "fast", *options]


def run_to_end(source: Path, target: Path, *options: str) -> dict[str, set[str]]:
    """Run a batch; the names of its photos by what became of them."""
    ended = subprocess.run(command(source, target, "--json", *options), capture_output=True, text=True, check=False)
    found: dict[str, set[str]] = {}
    for line in ended.stdout.splitlines():
        values = json.loads(line)
        found.setdefault(values["status"], set()).add(Path(values["input"]).relative_to(source).as_posix())
    if not found:
        raise RuntimeError(ended.stderr[-2000:])
    return found


def journal(folder: Path) -> list[dict[str, Any]]:
    """The complete lines of a journal."""
    path = folder / JOURNAL_NAME
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def journal_lines(folder: Path) -> int:
    """Number of lines of a journal, also while one is being written; cheap, for it is asked often."""
    path = folder / JOURNAL_NAME
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_often(
    source: Path, target: Path, count: int, kills: int, chance: random.Random, options: Sequence[str]
) -> tuple[int, int]:
    """Run and kill batches; how many were killed, and how many of those left a temporary file."""
    killed = with_partial = 0
    for number in range(kills):
        most_lines = max(4, 3 * count // kills)  # two lines for each photo: on average each run does its share
        until = journal_lines(target) + chance.randrange(1, most_lines)
        batch_command = command(source, target, *options)
        with subprocess.Popen(batch_command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as batch:
            while batch.poll() is None and journal_lines(target) < until:
                time.sleep(_STEP_S)
            time.sleep(chance.random() * 0.2)
            while number % 2 and batch.poll() is None and not any(target.rglob(_PARTIAL)):
                time.sleep(_SHORT_STEP_S)  # every second one dies while it writes
            if batch.poll() is None:
                batch.kill()
                killed += 1
        with_partial += any(target.rglob(_PARTIAL))
        done = len({line["source"] for line in journal(target) if line["state"] == "done"})
        print(f"killed {killed}, {done} of {count} done", flush=True)
    return killed, with_partial


def check_results(check: Check, source: Path, plain: Path, target: Path, hostile: set[str]) -> None:
    """Run to the end and compare with a run that nobody disturbed."""
    before = run_to_end(source, target)
    check.that(before.get("failed", set()) == hostile, f"all {len(hostile)} bad files are named, and no other")
    expected, made = hashes(plain), hashes(target)
    check.that(
        made == expected, f"all {len(expected)} portraits are there, byte for byte those of a run without a kill"
    )
    check.that(not list(target.rglob(_PARTIAL)), "no temporary file is left")
    ends = Counter(line["source"] for line in journal(target) if line["state"] == "done")
    again = sum(times - 1 for times in ends.values())
    check.that(
        len(ends) == len(expected), f"each good photo is done in the journal ({again} were made again after a kill)"
    )
    after = run_to_end(source, target)
    check.that(set(after) <= {"skipped", "failed"}, "another run makes nothing")


def free_ports() -> dict[str, int]:
    """Ports for the agents of a node; one that has to wait for theirs ends where a busy machine is slow to tell."""
    agents = ("metrics_agent_port", "metrics_export_port", "runtime_env_agent_port", "dashboard_agent_listen_port")
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in agents]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {agent: one.getsockname()[1] for agent, one in zip(agents, sockets, strict=True)}


@contextmanager
def two_nodes() -> Any:
    """A Ray cluster of two nodes with one core each: its address, and what kills the second."""
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "900")  # a busy machine is slow to start
    os.environ.setdefault("RAY_agent_register_timeout_ms", "900000")
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "memory": 2 * 2**30, "object_store_memory": 100 * 2**20}
    node |= {"include_log_monitor": False, "no_monitor": True}  # the fewer processes, the sooner it stands
    cluster = Cluster(initialize_head=True, head_node_args={**node, **free_ports(), "include_dashboard": False})
    second = cluster.add_node(**node, **free_ports())
    try:
        yield cluster.address, lambda: cluster.remove_node(second, allow_graceful=False)
    finally:
        cluster.shutdown()


def run_on_ray(source: Path, target: Path, count: int) -> None:
    """A batch on two nodes, of which one is killed when half of the photos are done."""
    with two_nodes() as (address, kill_second):
        options = ("--engine", "ray", "--ray-address", address, "--workers", "2")
        is_killed = False
        with subprocess.Popen(command(source, target, *options), stdout=subprocess.DEVNULL) as batch:
            while batch.poll() is None:
                if not is_killed and sum(line["state"] == "done" for line in journal(target)) >= count // 2:
                    kill_second()
                    is_killed = True
                    print("one of two nodes killed", flush=True)
                time.sleep(_STEP_S)
        if not is_killed:
            raise RuntimeError("the batch ended before a node was killed")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--ray", action="store_true")
    given = parser.parse_args(arguments)
    options = ("--workers", given.workers)
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        source, plain, target = (Path(folder) / name for name in ("in", "plain", "out"))
        hostile = make_photos(source, given.photos)
        originals = hashes(source)
        run_to_end(source, plain, *options)
        print(f"{given.photos} photos made and run once", flush=True)
        if given.ray:
            run_on_ray(source, target, given.photos)
        else:
            chance = random.Random(given.seed)
            killed, with_partial = kill_often(source, target, given.photos, given.kills, chance, options)
            check.that(killed > 0, f"{killed} runs were killed, {with_partial} of them while they wrote a file")
        check_results(check, source, plain, target, hostile)
        check.that(hashes(source) == originals, "the photos are unchanged")
    return 0 if check.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
