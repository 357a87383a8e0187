"""A folder that is run again: what is done is skipped, what has changed is made anew."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from portrait.batch.events import BatchSummary, JobDone, JobSkipped
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.run import BatchOptions
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.inference.model_library import add_model
from portrait.photo.options import FileOptions

WritePhoto = Callable[..., Path]
ONE_WORKER = BatchOptions(workers=1)


def test_second_run_skips_all_and_restart_none(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    run(photo_tree, tmp_path / "out", engine)
    again = run(photo_tree, tmp_path / "out", engine)
    assert Counter(type(event) for event in again) == {JobSkipped: 6, BatchSummary: 1}
    assert summary_of(again).skipped == 6
    restarted = run(photo_tree, tmp_path / "out", engine, BatchOptions(workers=1, restart=True))
    assert summary_of(restarted).done == 6


def test_only_what_changed_is_done_again(
    photo_tree: Path, tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run, summary_of
) -> None:
    out = tmp_path / "out"
    run(photo_tree, out, engine)
    write_photo(photo_tree / "a.png", height=50)
    write_photo(photo_tree / "new.png")
    (out / "b.jpg").unlink()
    events = run(photo_tree, out, engine)
    assert {event.job.source.name for event in events if isinstance(event, JobDone)} == {"a.png", "b.jpg", "new.png"}
    assert summary_of(events).skipped == 4


def test_other_options_do_all_again(photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of) -> None:
    run(photo_tree, tmp_path / "out", engine)
    options = BatchOptions(FileOptions(blur=BlurOptions(f_number=4.0)), workers=1)
    assert summary_of(run(photo_tree, tmp_path / "out", engine, options)).done == 6


def test_options_of_before_bring_back_the_portraits_of_before(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, files_in
) -> None:
    def made_with(f_number: float) -> dict[str, bytes]:
        run(photo_tree, out, engine, BatchOptions(FileOptions(blur=BlurOptions(f_number=f_number)), workers=1))
        return {name: (out / name).read_bytes() for name in files_in(out) - {JOURNAL_NAME}}

    out = tmp_path / "out"
    before, other = made_with(1.4), made_with(16.0)
    assert all(other[name] != content for name, content in before.items())
    assert made_with(1.4) == before


def test_portrait_whose_record_was_lost_is_made_again(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    out = tmp_path / "out"
    run(photo_tree, out, engine)
    journal = out / JOURNAL_NAME
    lines = journal.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[-1])["state"] == "done"
    journal.write_bytes(b"".join(lines[:-1]))
    summary = summary_of(run(photo_tree, out, engine))
    assert (summary.done, summary.skipped) == (1, 5)


def test_a_depth_network_that_was_replaced_under_its_name_makes_new_portraits(
    tmp_path: Path, write_photo: WritePhoto, write_depth_model: Callable[..., Path], ellipse_segmenter, run
) -> None:
    write_photo(tmp_path / "in" / "a.png")
    engine = PortraitEngine(ellipse_segmenter)
    options = BatchOptions(FileOptions(depth_model="mine"), workers=1)
    kept = add_model(str(write_depth_model("midas")), name="mine").path
    kinds = [type(run(tmp_path / "in", tmp_path / "out", engine, options)[-2]) for _ in range(2)]
    first = engine.depth_network("mine")
    assert engine.depth_network("mine") is first
    os.utime(kept, ns=(0, 0))  # another file of the same name
    kinds.append(type(run(tmp_path / "in", tmp_path / "out", engine, options)[-2]))
    assert kinds == [JobDone, JobSkipped, JobDone]
    assert engine.depth_network("mine") is not first, "an engine that stays open sees it too"
