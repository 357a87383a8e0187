"""A batch killed in the middle of a job, then run again."""

import json
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from portrait.batch.events import BatchSummary
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.plan import plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.engine import PortraitEngine

VICTIM = textwrap.dedent(
    """
    import sys, threading
    from pathlib import Path
    import numpy as np
    from portrait.batch.plan import plan_batch
    from portrait.batch.run import BatchOptions, run_batch
    from portrait.core.model_spec import ModelSpec
    from portrait.engine import PortraitEngine
    from portrait.files.system import atomic
    from portrait.inference.providers import ProviderReport

    class Segmenter:
        spec = ModelSpec(name="ellipse", input_height=64, input_width=64, size_multiple=16)
        provider = ProviderReport(requested="cpu", active="cpu", reason="")
        def find_probability(self, image, input_size=None):
            probability = np.zeros(input_size or (64, 64), np.float32)
            probability[16:48, 16:48] = 1.0
            return probability

    really_write = atomic._write_to_disk
    written = []
    def write_half_of_the_third(path, data):
        if not data:  # only tried
            return really_write(path, data)
        written.append(path)
        if len(written) < 3:
            return really_write(path, data)
        path.write_bytes(bytes(data)[: len(data) // 2])
        print("half", flush=True)
        threading.Event().wait()
    atomic._write_to_disk = write_half_of_the_third
    plan = plan_batch(Path(sys.argv[1]), Path(sys.argv[2]))
    for event in run_batch(plan, PortraitEngine(Segmenter()), BatchOptions(workers=1)):
        pass
    """
)


def test_killed_batch_is_resumed(tmp_path: Path, write_photo: Callable[..., Path], engine: PortraitEngine) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    for index in range(6):
        write_photo(source / f"{index}.png")
    command = [sys.executable, "-c", VICTIM, source, target]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert victim.stdout is not None
    with victim:
        assert victim.stdout.readline() == "half\n"
        victim.kill()
    left = sorted(path.name for path in target.iterdir())
    assert len([name for name in left if name.endswith(".part")]) == 1
    assert [name for name in left if name.endswith(".png")] == ["0.png", "1.png"]

    *_, summary = run_batch(plan_batch(source, target), engine, BatchOptions(workers=1))
    assert isinstance(summary, BatchSummary)
    assert (summary.skipped, summary.done, summary.failed) == (2, 4, 0)
    assert sorted(path.name for path in target.iterdir()) == [JOURNAL_NAME, *(f"{index}.png" for index in range(6))]
    records = [json.loads(line) for line in (target / JOURNAL_NAME).read_text("utf-8").splitlines()]
    done = Counter(record["source"] for record in records if record["state"] == "done")
    assert done == {f"{index}.png": 1 for index in range(6)}
    for index in range(6):
        with Image.open(target / f"{index}.png") as picture:
            picture.load()
